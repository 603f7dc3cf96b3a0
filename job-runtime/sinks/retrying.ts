/**
 * Tries a sink again while trying can help: errors that are retryable, with waits that double up to a maximum. Sinks
 * themselves never retry. A wait ends at once when the signal is aborted.
 */
import { StreamJobError, isStreamJobError } from '../errors.ts';
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import type { Sink } from './sink.ts';

export interface RetryPlan {
  /** How often in all; Infinity where only the signal ends it. */
  readonly attempts: number;
  readonly firstDelayMillis: number;
  readonly maxDelayMillis: number;
  /** Rejects when the signal is aborted. */
  readonly sleep: (millis: number, signal?: AbortSignal) => Promise<void>;
  /** In [0, 1): spreads the waits, so that many tasks do not knock together. */
  readonly random: () => number;
  /** Called before each wait, for logs and status. */
  readonly onRetry?: (error: StreamJobError, attempt: number, delayMillis: number) => void;
}

export class RetryingSink implements Sink {
  private readonly inner: Sink;
  private readonly plan: RetryPlan;

  constructor(inner: Sink, plan: RetryPlan) {
    this.inner = inner;
    this.plan = plan;
  }

  open(): Promise<void> {
    return this.persist(() => this.inner.open());
  }

  write(batch: SealedBatch, signal?: AbortSignal): Promise<void> {
    return this.persist(() => this.inner.write(batch, signal), signal);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private async persist(attempt: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    const { attempts, sleep, onRetry } = this.plan;
    for (let tried = 1; ; tried++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isStreamJobError(error) || !error.retryable) throw error;
        if (tried >= attempts) throw gaveUp(error, tried);
        const delay = this.delayAfter(tried);
        onRetry?.(error, tried, delay);
        await sleep(delay, signal);
      }
    }
  }

  /** Between half and all of firstDelay · 2^(tried − 1). */
  private delayAfter(tried: number): number {
    const { firstDelayMillis, maxDelayMillis, random } = this.plan;
    const full = Math.min(maxDelayMillis, firstDelayMillis * 2 ** (tried - 1));
    return Math.round(full * (0.5 + random() / 2));
  }
}

function gaveUp(error: StreamJobError, tried: number): StreamJobError {
  if (tried === 1) return error;
  return new StreamJobError(error.code, `${error.message} (tried ${tried} times)`, { cause: error });
}
