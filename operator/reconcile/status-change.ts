/**
 * Whether a new status is worth a write. What a person waits for is written at once; numbers that move with every record
 * are written now and then, and nothing is written while nothing changes.
 */
import type { StreamJobStatus } from '../../crds/stream-job.ts';

export type StatusChange = 'none' | 'numbers' | 'news';

const NUMBERS = ['lag', 'watermark', 'deadLetters', 'rates', 'progress'] as const;

export function statusChange(before: StreamJobStatus | undefined, after: StreamJobStatus): StatusChange {
  if (!before || !isEqual(newsOf(before), newsOf(after))) return 'news';
  return isEqual(before, after) ? 'none' : 'numbers';
}

/** Messages may name a pod or a number; a reason that stays is no news. */
function newsOf(status: StreamJobStatus): unknown {
  const rest: Record<string, unknown> = { ...status };
  for (const name of NUMBERS) Reflect.deleteProperty(rest, name);
  return {
    ...rest,
    lastError: status.lastError?.message,
    conditions: status.conditions?.map(({ type, status: holds, reason, observedGeneration }) => ({
      type,
      holds,
      reason,
      observedGeneration,
    })),
  };
}

/** Of JSON values; the order of members does not count. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => isEqual(left[name], right[name]));
}
