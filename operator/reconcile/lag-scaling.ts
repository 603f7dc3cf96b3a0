/**
 * Scaling by lag, between the bounds: how long records wait is lag over the rate of consumption. Up at once, down only
 * when every recommendation of the last ten minutes was lower, as a horizontal pod autoscaler does. What is not known
 * changes nothing: no data is not zero lag, and a rebalance, a restore or a rollout says nothing about the load.
 */
import type { PodFacts, ProgressFacts, ScalingMemory } from './observed.ts';
import type { ReplicaBounds } from './consumer-replicas.ts';
import { evenReplicas } from './consumer-replicas.ts';

export const DOWN_WINDOW_MILLIS = 600_000;
/** A poll that is older says nothing about now. A job that has nothing to read is asked about less often. */
const STALE_MILLIS = 60_000;
const STALE_QUIET_MILLIS = 400_000;
/** Each step at most doubles: the next one can see what the first one did. */
const MOST_GROWTH = 2;
/** Down only where the pods that stay would still wait far less than the limit. */
const LOW_SHARE = 0.25;

export interface ScalingInput {
  readonly now: number;
  readonly tasks: number;
  readonly bounds: ReplicaBounds;
  /** What the Deployment has at present; undefined: there is none yet. */
  readonly current: number | undefined;
  readonly lagSeconds: number;
  readonly progress: ProgressFacts | undefined;
  readonly earlier: ProgressFacts | undefined;
  readonly consumers: readonly PodFacts[];
  readonly memory: ScalingMemory;
}

export interface Scaling {
  readonly replicas: number;
  readonly memory: ScalingMemory;
}

export function scaleByLag(input: ScalingInput): Scaling {
  const { now, bounds, current, memory } = input;
  if (current === undefined) return { replicas: bounds.least, memory };
  const held = clamp(current, bounds);
  // A pass may see the same poll again: what it tells has been acted upon.
  const isNew = input.progress?.at !== memory.recommended.at(-1)?.at;
  const wanted = isNew ? recommend(input, held) : undefined;
  if (wanted === undefined) return { replicas: held, memory };
  const recent = memory.recommended.filter(({ at }) => now - at <= DOWN_WINDOW_MILLIS);
  const recommended = [...recent, { at: input.progress!.at, replicas: wanted }];
  if (wanted > held) return { replicas: wanted, memory: { recommended } };
  const highest = Math.max(...recommended.map(({ replicas }) => replicas));
  if (!isKnownForLong(memory, now) || highest >= held) return { replicas: held, memory: { recommended } };
  return { replicas: clamp(highest, bounds), memory: { recommended: [] } };
}

function isKnownForLong({ recommended: [oldest] }: ScalingMemory, now: number): boolean {
  return oldest !== undefined && now - oldest.at >= DOWN_WINDOW_MILLIS;
}

/** Undefined: nothing can be said now. */
function recommend(input: ScalingInput, held: number): number | undefined {
  const { tasks, bounds, lagSeconds: limit } = input;
  const waiting = lagSeconds(input);
  if (waiting === undefined || !isSteady(input, held)) return undefined;
  if (waiting > limit) {
    const faster = clamp(Math.ceil(held * Math.min(waiting / limit, MOST_GROWTH)), bounds);
    return Math.max(held, evenReplicas(tasks, faster));
  }
  if (waiting > limit * LOW_SHARE) return held;
  return clamp(evenReplicas(tasks, Math.max(1, held - 1)), bounds);
}

/** Seconds that the newest record has to wait; undefined: not known. */
export function lagSeconds({
  now,
  progress,
  earlier,
}: Pick<ScalingInput, 'now' | 'progress' | 'earlier'>): number | undefined {
  if (!progress) return undefined;
  const lag = totalLag(progress);
  if (now - progress.at > (lag === 0 ? STALE_QUIET_MILLIS : STALE_MILLIS)) return undefined;
  if (lag === 0) return 0;
  const rate = consumedRate(progress, earlier);
  return rate === undefined || rate <= 0 ? undefined : lag / rate;
}

export const totalLag = ({ partitions }: ProgressFacts): number => partitions.reduce((sum, { lag }) => sum + lag, 0);

/** Records per second of the first stage between two polls; undefined: there is no earlier one, or a partition was added. */
export function consumedRate(progress: ProgressFacts, earlier: ProgressFacts | undefined): number | undefined {
  return rateOf(progress, earlier, ({ committed }) => committed);
}

/** Records per second that arrive in the source topic. */
export function producedRate(progress: ProgressFacts, earlier: ProgressFacts | undefined): number | undefined {
  return rateOf(progress, earlier, ({ end }) => end);
}

function rateOf(
  progress: ProgressFacts,
  earlier: ProgressFacts | undefined,
  of: (partition: ProgressFacts['partitions'][number]) => number | undefined,
): number | undefined {
  const seconds = earlier ? (progress.at - earlier.at) / 1000 : 0;
  if (!earlier || seconds <= 0) return undefined;
  const [after, before] = [progress, earlier].map(({ partitions }) => {
    const source = partitions[0]?.topic;
    const values = partitions.filter(({ topic }) => topic === source).map(of);
    return values.includes(undefined)
      ? undefined
      : { count: values.length, sum: values.reduce<number>((a, b) => a + b!, 0) };
  });
  if (!after || !before || after.count !== before.count) return undefined;
  return Math.max(0, (after.sum - before.sum) / seconds);
}

/** All consumers that should be there are, work, and did so all the time that the rates are of. */
function isSteady({ consumers, current, progress, earlier }: ScalingInput, held: number): boolean {
  const living = consumers.filter(({ isDeleting }) => !isDeleting);
  const since = (earlier ?? progress)!.at;
  const hasWorked = living.every(({ isReady, createdAt }) => isReady && createdAt <= since);
  return current === held && living.length === held && hasWorked;
}

const clamp = (replicas: number, { least, most }: ReplicaBounds): number => Math.min(most, Math.max(least, replicas));
