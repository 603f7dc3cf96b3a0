/**
 * The end of a job. Without a finalizer Kubernetes does it all. With one, the pods leave first, then what the job keeps
 * in Kafka goes, then the finalizer; a Kafka that does not answer holds that up for a while and no longer.
 */
import { ANNOTATIONS } from '../resources/labels.ts';
import { FINALIZER } from '../resources/names.ts';
import type { JobResource } from '../resources/kube-object.ts';
import { runOf } from '../resources/run.ts';
import type { Observed } from './observed.ts';
import type { KafkaCleanup, Plan } from './plan.ts';
import { refOf } from './prune.ts';

/** Nothing of it is changed, and so nothing of it is lost. */
const NOTHING = { apply: [], cleanup: undefined, events: [] } as const;
const SOON_MILLIS = 2000;

export function needsFinalizer(observed: Observed): boolean {
  const { deletionPolicy, topic } = endingOf(observed);
  return deletionPolicy === 'Delete' || topic?.deletionPolicy === 'Delete';
}

/** Of a spec, what is to become of all when the job ends. */
interface Ending {
  readonly deletionPolicy?: string;
  readonly topic?: { readonly name: string; readonly deletionPolicy?: string };
}

/** Also of a spec that cannot run: what is to go is said in it as well, and what ran before may be gone already. */
const endingOf = ({ verdict, job }: Observed): Ending => verdict.sound?.job.spec ?? (job.spec as Ending);

export const hasFinalizer = ({ metadata }: JobResource): boolean => metadata.finalizers?.includes(FINALIZER) ?? false;

export function deletionOf(observed: Observed): Plan {
  const { job, owned, pods, scaling, now, options } = observed;
  const status = { ...job.status, phase: 'Deleting' as const };
  const base = { ...NOTHING, finalizer: undefined, remove: [], status, scaling, requeueMillis: undefined };
  if (!hasFinalizer(job)) return { ...base, status: undefined };
  const workloads = owned.filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.deletionTimestamp === undefined,
  );
  const isLate = now - Date.parse(job.metadata.deletionTimestamp!) > options.cleanupMillis;
  if (workloads.length > 0) return { ...base, remove: workloads.map(refOf), requeueMillis: SOON_MILLIS };
  if (pods.length > 0 && !isLate) return { ...base, requeueMillis: SOON_MILLIS };
  const cleanup = cleanupOf(observed);
  if (!isLate && cleanup) return { ...base, cleanup, finalizer: 'remove', requeueMillis: SOON_MILLIS };
  return { ...base, finalizer: 'remove', events: isLate && cleanup ? [givenUp(observed)] : [] };
}

function cleanupOf(observed: Observed): KafkaCleanup | undefined {
  const { job, peers, running } = observed;
  const { deletionPolicy, topic } = endingOf(observed);
  const known = [runOf(job), job.status?.run, running?.run].filter((run) => run !== undefined);
  const runs = deletionPolicy === 'Delete' ? [...new Set(known)] : [];
  const isOurs = topic?.deletionPolicy === 'Delete' && peers.length === 0;
  return runs.length > 0 || isOurs ? { runs, topic: isOurs ? topic.name : undefined } : undefined;
}

const givenUp = ({ job, kafka }: Observed): Plan['events'][number] => ({
  type: 'Warning',
  reason: 'CleanupGivenUp',
  message:
    `topics and group of ${job.metadata.name} stay in Kafka, which did not let them be deleted in time` +
    `${kafka.trouble ? ` (${kafka.trouble.message})` : ''}: delete what begins with sj.${job.metadata.namespace}.`,
});

export const isPaused = ({ metadata }: JobResource): boolean => metadata.annotations?.[ANNOTATIONS.paused] === 'true';
