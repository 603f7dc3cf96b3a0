/** What a pass wants of a job: which revision its pods are made of, how many there should be, and why no more. */
import type { Observed, ScalingMemory, SoundSpec } from './observed.ts';
import { replicaBounds, widestStage } from './consumer-replicas.ts';
import { scaleByLag } from './lag-scaling.ts';
import { firstViolation } from './policies.ts';
import type { Target } from './target.ts';
import { consumerDeployment, desiredTarget, kafkaOf, runningTarget } from './target.ts';
import type { Violation } from './violation.ts';

export interface Aim {
  /** Why the present spec is not put to work; what runs already goes on. */
  readonly violation: Violation | undefined;
  /** Undefined: nothing runs, and nothing can. */
  readonly target: Target | undefined;
  /** Pods of another run still leave. Two runs side by side would both write: the target waits for them. */
  readonly isChangingRun: boolean;
  /** Why there are to be no pods. */
  readonly end: 'suspended' | 'completed' | undefined;
  readonly consumers: number;
  readonly producers: number;
  readonly scaling: ScalingMemory;
}

export function aimOf(observed: Observed): Aim {
  const violation = firstViolation(observed);
  const running = runningTarget(observed);
  const { sound } = observed.verdict;
  const next = sound && !violation ? desiredTarget(observed, sound) : running;
  const isChangingRun = next !== undefined && hasPodsOfAnother(observed, next.identity.run);
  const target = isChangingRun ? (running ?? next) : next;
  const base = { violation, target, isChangingRun };
  const end = target ? endOf(observed, target) : endOfNothing(observed);
  if (!target) return { ...base, end, ...NO_PODS, scaling: observed.scaling };
  if (isChangingRun || end) return { ...base, end, ...NO_PODS, scaling: { recommended: [] } };
  return { ...base, end, ...podsOf(observed, target) };
}

const NO_PODS = { consumers: 0, producers: 0 } as const;

const hasPodsOfAnother = ({ pods }: Observed, wanted: string): boolean =>
  pods.some(({ run }) => run !== '' && run !== wanted);

function podsOf(observed: Observed, target: Target): Pick<Aim, 'consumers' | 'producers' | 'scaling'> {
  const spec = scaleOf(observed, target.sound);
  const seen = { ...observed, kafka: kafkaOf(observed, target) };
  const { replicas, memory } = desiredConsumers(seen, spec);
  return { consumers: replicas, producers: spec.job.spec.producer?.replicas ?? 1, scaling: memory };
}

/** How many pods there are is the manifest's to say, also where the rest of it cannot run. */
function scaleOf({ verdict }: Observed, running: SoundSpec): SoundSpec {
  if (!verdict.sound) return running;
  const { consumer } = verdict.sound.job.spec;
  return { ...running, job: { ...running.job, spec: { ...running.job.spec, consumer } } };
}

function endOf(observed: Observed, { sound, identity }: Target): Aim['end'] {
  const { job, kafka, kafkaRun } = observed;
  const isBounded = sound.job.spec.stopAt !== undefined;
  const wasCompleted = job.status?.phase === 'Completed' && job.status.run === identity.run;
  // The group's positions expire some day; a run that was over stays over.
  const isDone = kafkaRun === identity.run && kafka.progress?.isDone;
  if (isBounded && (wasCompleted || isDone)) return 'completed';
  return endOfNothing(observed);
}

/** A spec that cannot run can be suspended all the same. */
function endOfNothing({ verdict, job }: Observed): 'suspended' | undefined {
  const isSuspended = verdict.sound?.job.spec.suspend ?? job.spec['suspend'] === true;
  return isSuspended ? 'suspended' : undefined;
}

function desiredConsumers(observed: Observed, sound: SoundSpec): ReturnType<typeof scaleByLag> {
  const { now, kafka, pods, scaling } = observed;
  const { consumer } = sound.job.spec;
  const tasks = widestStage(sound, kafka);
  const bounds = replicaBounds(consumer, tasks);
  if (!consumer.autoscaling) return { replicas: bounds.most, memory: { recommended: [] } };
  const current = (consumerDeployment(observed)?.spec as { replicas?: number } | undefined)?.replicas;
  const { progress, earlier } = kafka;
  const { lagSeconds } = consumer.autoscaling;
  const consumers = pods.filter(({ role }) => role === 'consumer');
  // After a suspension there is nothing to hold on to.
  const held = current === 0 ? undefined : current;
  return scaleByLag({ now, tasks, bounds, current: held, lagSeconds, progress, earlier, consumers, memory: scaling });
}
