/** How long a consumer's transactions took between two looks at its metrics. */
import type { BenchPod } from './pod.ts';

const BUCKET = /^streamjob_commit_duration_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\d+)/gm;

/** Commits that took at most so many seconds, by bound; the last bound is infinite. */
export type CommitCounts = ReadonlyMap<number, number>;

export async function commitCounts(pod: BenchPod): Promise<CommitCounts> {
  const page = (await pod.page('metrics')) ?? '';
  return new Map(
    [...page.matchAll(BUCKET)].map(([, le, count]) => [le === '+Inf' ? Infinity : Number(le), Number(count)]),
  );
}

export interface CommitTimes {
  readonly count: number;
  /** Such as `≤ 10 ms`: the metric knows no more than its buckets. */
  readonly p50: string;
  readonly p95: string;
}

export function commitTimes(before: CommitCounts, after: CommitCounts): CommitTimes {
  const since = [...after].map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }));
  const count = since.at(-1)?.count ?? 0;
  const atMost = (share: number): string => {
    const { bound } = since.find((bucket) => bucket.count >= count * share) ?? { bound: NaN };
    return `≤ ${Math.round(bound * 1000)} ms`;
  };
  return { count, p50: atMost(0.5), p95: atMost(0.95) };
}
