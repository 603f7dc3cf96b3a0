/**
 * Tries again what may go better next time: a leader or coordinator that moves, a broker that starts, a topic that is
 * not known everywhere yet. Waits longer each time, and gives up in the end with the last failure.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isStreamJobError } from '../../errors.ts';
import { BrokerRefusal } from './broker-refusal.ts';
import { isRetryable } from './protocol-errors.ts';

export interface Patience {
  readonly now: () => number;
  /** No attempt begins later than this after the first one. */
  readonly boundMillis: number;
  /** The first wait; each further one is twice as long, up to `longestWaitMillis`. */
  readonly firstWaitMillis: number;
  readonly longestWaitMillis: number;
  /** Nobody waits for the result any more. */
  readonly isOver: () => boolean;
}

/** A broker may not know yet what another one has created just now. */
const UNKNOWN_TOPIC_MILLIS = 1000;

/** `again` is told of each failure before the next attempt: forget what it proves wrong. */
export async function retrying<T>(
  patience: Patience,
  attempt: () => Promise<T>,
  again: (failure: unknown) => void = () => undefined,
): Promise<T> {
  const { now, boundMillis, firstWaitMillis, longestWaitMillis } = patience;
  const begun = now();
  for (let wait = firstWaitMillis; ; wait = Math.min(wait * 2, longestWaitMillis)) {
    try {
      return await attempt();
    } catch (failure) {
      const bound = patience.isOver() ? 0 : Math.min(boundMillis, worthMillis(failure));
      if (now() + wait > begun + bound) throw failure;
      again(failure);
    }
    await delay(wait);
  }
}

/** How long trying again is worth it. */
function worthMillis(failure: unknown): number {
  if (isStreamJobError(failure, 'TopicNotFound')) return UNKNOWN_TOPIC_MILLIS;
  if (failure instanceof BrokerRefusal) return isRetryable(failure.kafkaCode) ? Infinity : 0;
  return isStreamJobError(failure, 'LogUnavailable') ? Infinity : 0;
}

/** Whether what became of a request is unknown: the connection failed, the request may not have. */
export function isInDoubt(failure: unknown): boolean {
  return !(failure instanceof BrokerRefusal) && isStreamJobError(failure, 'LogUnavailable');
}
