/**
 * What a pass has to know of a pod, from the Pod as Kubernetes holds it. Pure. What is missing in a status has not been
 * written yet, and a status that cannot be read counts as one that is not there: the pod is then not ready.
 */
import * as z from 'zod';
import type { PodFacts } from '../reconcile/observed.ts';
import type { KubeObject, ObjectMeta } from '../resources/kube-object.ts';
import { LABELS } from '../resources/labels.ts';
import { ContainerStatus, containerFailure } from './container-failure.ts';
import type { Failure } from './container-failure.ts';
import { oneLine } from './one-line.ts';

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().nullish(),
});
type Condition = z.output<typeof Condition>;

const PodStatus = z.object({
  phase: z.string().default('Pending'),
  reason: z.string().default(''),
  message: z.string().default(''),
  conditions: z.array(Condition).default([]),
  initContainerStatuses: z.array(ContainerStatus).default([]),
  containerStatuses: z.array(ContainerStatus).default([]),
});
type PodStatus = z.output<typeof PodStatus>;

const NOTHING: PodStatus = PodStatus.parse({});

/** `trouble` is not among them: only the pod itself knows it. */
export function podFacts({ metadata, status }: KubeObject): PodFacts {
  const read = PodStatus.safeParse(status).data ?? NOTHING;
  const isDeleting = metadata.deletionTimestamp !== undefined;
  const isReady = !isDeleting && conditionOf(read, 'Ready')?.status === 'True';
  // What is ready works, and what is being deleted is meant to end.
  const failure = isReady || isDeleting ? undefined : failureOf(read);
  const containers = [...read.initContainerStatuses, ...read.containerStatuses];
  return {
    name: metadata.name,
    ...templateOf(metadata),
    isReady,
    isDeleting,
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    createdAt: Date.parse(metadata.creationTimestamp ?? '') || 0,
    ...(failure && { failure }),
  };
}

function templateOf({ labels = {} }: ObjectMeta): Pick<PodFacts, 'role' | 'revision' | 'run'> {
  const role = labels[LABELS.component] === 'producer' ? 'producer' : 'consumer';
  return { role, revision: labels[LABELS.revision] ?? '', run: labels[LABELS.run] ?? '' };
}

const conditionOf = ({ conditions }: PodStatus, type: string): Condition | undefined =>
  conditions.find((condition) => condition.type === type);

/** The first reason in the order in which a pod comes to run: a node, its preparations, its program. */
function failureOf(status: PodStatus): Failure | undefined {
  return unscheduled(status) ?? containersFailure(status) ?? podFailure(status);
}

function unscheduled(status: PodStatus): Failure | undefined {
  const scheduled = conditionOf(status, 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  const reason = scheduled.reason || 'Unschedulable';
  return { reason, message: oneLine(scheduled.message ?? '') || 'no node takes the pod' };
}

function containersFailure(status: PodStatus): Failure | undefined {
  // The whole pod was ended, and its containers with it.
  if (status.reason !== '') return undefined;
  const readySince = Date.parse(conditionOf(status, 'Ready')?.lastTransitionTime ?? '');
  for (const container of [...status.initContainerStatuses, ...status.containerStatuses]) {
    const failure = containerFailure(container, readySince);
    if (failure) return failure;
  }
  return undefined;
}

/** Evicted, preempted, refused by its node, or ended for good. */
function podFailure({ phase, reason, message }: PodStatus): Failure | undefined {
  if (phase !== 'Failed' && reason === '') return undefined;
  return { reason: reason || 'Failed', message: oneLine(message) || 'the pod was ended by its node' };
}
