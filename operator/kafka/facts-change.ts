/** What of a job's facts is news. Computes only. */
import { isDeepStrictEqual } from 'node:util';
import type { KafkaFacts, PartitionProgress, ProgressFacts } from '../reconcile/observed.ts';

/** Whether a pass over the job could come to another end: everything but when it was seen. */
export function isNews(before: KafkaFacts, after: KafkaFacts): boolean {
  return !isDeepStrictEqual(lasting(before), lasting(after));
}

function lasting({ trouble, partitions, run, progress }: KafkaFacts): unknown {
  return { trouble, partitions, run, progress: progress && { ...progress, at: 0 } };
}

/**
 * Whether the job is to be looked at again soon: it has something to read, or has come further since the last look, or
 * has only begun. `ageMillis`: since it was first looked at.
 */
export function isMoving(before: KafkaFacts, after: KafkaFacts, { ageMillis, youngMillis }: Age): boolean {
  const { progress } = after;
  if (!progress) return ageMillis < youngMillis;
  if (progress.isDone) return false;
  if (progress.partitions.some(({ lag }) => lag > 0)) return true;
  return !isDeepStrictEqual(places(before.progress), places(progress));
}

export interface Age {
  readonly ageMillis: number;
  /** A job that has not begun by then is broken, or nobody starts it. */
  readonly youngMillis: number;
}

function places(progress: ProgressFacts | undefined): unknown {
  return progress?.partitions.map(({ committed, watermark }: PartitionProgress) => [committed, watermark]);
}
