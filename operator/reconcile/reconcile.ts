/**
 * One pass over one job: from what was observed to what is to be done. Pure: the same observation gives the same plan,
 * and a plan that was carried out gives an empty one.
 */
import type { KubeObject } from '../resources/kube-object.ts';
import { desiredObjects } from '../resources/desired-objects.ts';
import { effectiveJob, inputsHash, inputsOf } from '../resources/effective-job.ts';
import { ANNOTATIONS } from '../resources/labels.ts';
import type { Aim } from './aim.ts';
import { aimOf } from './aim.ts';
import { deletionOf, hasFinalizer, isPaused, needsFinalizer } from './deletion.ts';
import { difference } from './difference.ts';
import { eventsOf } from './events.ts';
import { judge } from './judge.ts';
import type { Observed } from './observed.ts';
import type { Plan } from './plan.ts';
import { superfluous } from './prune.ts';
import { statusOf } from './status.ts';
import type { Target } from './target.ts';
import { consumerDeployment, kafkaOf } from './target.ts';

export function reconcile(observed: Observed): Plan {
  const { job, scaling } = observed;
  // Before all else: a job that cannot be deleted holds up its namespace too.
  if (job.metadata.deletionTimestamp !== undefined) return deletionOf(observed);
  if (isPaused(job)) return { ...IDLE, scaling };
  const aim = aimOf(observed);
  const seen = { ...observed, kafka: kafkaOf(observed, aim.target) };
  const judged = judge(seen, aim);
  const desired = desiredOf(observed, aim);
  return {
    finalizer: finalizerOf(observed),
    // Without a target nothing is known of what should be, and so nothing is taken away.
    remove: aim.target ? superfluous(observed, desired) : [],
    apply: desired.filter((object) => isDifferent(observed, object)),
    cleanup: undefined,
    status: statusOf(seen, aim, judged),
    events: eventsOf(observed, aim, judged),
    scaling: aim.scaling,
    requeueMillis: undefined,
  };
}

const IDLE = {
  finalizer: undefined,
  remove: [],
  apply: [],
  cleanup: undefined,
  status: undefined,
  events: [],
  requeueMillis: undefined,
} as const;

function finalizerOf(observed: Observed): Plan['finalizer'] {
  const [needs, has] = [needsFinalizer(observed), hasFinalizer(observed.job)];
  if (needs === has) return undefined;
  return needs ? 'add' : 'remove';
}

function desiredOf(observed: Observed, aim: Aim): readonly KubeObject[] {
  const { target, consumers, producers } = aim;
  if (!target) return [];
  const { apiVersion, kind, metadata } = observed.job;
  return desiredObjects({
    identity: target.identity,
    owner: { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true },
    revision: target.revision,
    consumers,
    producers,
    inputsHash: inputsOfPods(observed, target),
    options: observed.options,
  });
}

/**
 * Of the inputs that the pods have, which are not those of a spec that cannot run. While one of them is missing or cannot
 * be read, the pods keep what they have.
 */
function inputsOfPods(observed: Observed, { sound }: Target): string {
  const needed = inputsOf(effectiveJob(sound.job, observed.options.defaultKafka)).map((input) => ({
    isOptional: input.keys.length === 0,
    facts: observed.inputs.find(({ kind, name }) => kind === input.kind && name === input.name),
    keys: input.keys,
  }));
  const isKnown = needed.every(({ facts, isOptional, keys }) => {
    if (!facts || facts.trouble !== undefined) return false;
    return facts.found ? keys.every((key) => facts.found!.keys.includes(key)) : isOptional;
  });
  const { template } = (consumerDeployment(observed)?.spec ?? {}) as { template?: Pick<KubeObject, 'metadata'> };
  const before = template?.metadata.annotations?.[ANNOTATIONS.inputs];
  return isKnown || before === undefined ? inputsHash(needed.flatMap(({ facts }) => facts ?? [])) : before;
}

function isDifferent({ owned }: Observed, desired: KubeObject): boolean {
  const existing = owned.find(({ kind, metadata }) => kind === desired.kind && metadata.name === desired.metadata.name);
  return existing === undefined || difference(desired, existing) !== undefined;
}
