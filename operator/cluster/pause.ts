/** Waiting that ends early when nobody wants it any more. */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after `millis`, or at once when `signal` aborts. */
export async function pauseFor(millis: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, millis), undefined, { signal }).catch(() => undefined);
}
