/**
 * The contract of sinks outside Kafka. A sink only writes: batching is the outbox's, retry is `retrying.ts`'s, and what
 * was delivered is remembered by the runtime.
 */
import type { SealedBatch } from '../outbox/sealed-batch.ts';

export interface Sink {
  /** Called once, before the first write. Fails if the target can be seen to be unusable. */
  open(): Promise<void>;
  /**
   * Resolves when the batch is durable. May be repeated after a failure, a restart or an unknown outcome: a name that is
   * there already, from whichever attempt, is success and leaves one copy. Writes of different names may run at once.
   */
  write(batch: SealedBatch, signal?: AbortSignal): Promise<void>;
  /** Called once, after the last write, also where one has failed. */
  close(): Promise<void>;
}
