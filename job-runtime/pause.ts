/** Waits between attempts: how long, and that whoever is asked to stop waits no longer. */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after `millis`, or at once when `signal` is aborted: whoever has waited looks at the signal next. */
export async function pauseFor(millis: number, signal?: AbortSignal): Promise<void> {
  await delay(millis, undefined, { signal }).catch(() => undefined);
}

export interface BackOffBounds {
  readonly shortestMillis: number;
  readonly longestMillis: number;
}

/** Pauses after failures that follow each other: each about twice as long as the one before. */
export class BackOff {
  private readonly bounds: BackOffBounds;
  private readonly random: () => number;
  /** The last one, before chance made it shorter; 0: none since the last success. */
  private full = 0;

  /** `random`: in [0, 1); spreads the pauses, so that many processes do not knock together. */
  constructor(bounds: BackOffBounds, random: () => number) {
    this.bounds = bounds;
    this.random = random;
  }

  /** After a failure: how long to pause, in milliseconds; between half and all of what it has grown to. */
  nextMillis(): number {
    const { shortestMillis, longestMillis } = this.bounds;
    this.full = Math.min(Math.max(this.full * 2, shortestMillis), longestMillis);
    return this.full * (0.5 + this.random() / 2);
  }

  /** After a success: the next pause is the shortest again. */
  reset(): void {
    this.full = 0;
  }
}
