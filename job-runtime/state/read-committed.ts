/**
 * Reads a partition from its start, or a place behind it, to its present end, as a restore does (docs/adr/0003): the end is that of whatever
 * transaction, the records are committed ones, and reading is over once the position is at the end or behind it. A test
 * for "the last record was at end − 1" would wait for ever where the end is a transaction's marker.
 */
import { setImmediate } from 'node:timers/promises';
import { StreamJobError, isStreamJobError } from '../errors.ts';
import { partitionName } from '../log/log.ts';
import type { Log, TopicPartition } from '../log/log.ts';
import { pauseFor } from '../pause.ts';
import type { RecordBatch } from '../record.ts';

const FETCH_BYTES = 1 << 20;
const PATIENCE_MILLIS = 30_000;
const SHORTEST_PAUSE_MILLIS = 5;
const LONGEST_PAUSE_MILLIS = 100;
/** So often the start may move away under the reader; each time it reads a log that has become shorter. */
const MOST_ATTEMPTS = 20;

export interface ReadProgress {
  readonly start: number;
  /** The next offset to read. */
  readonly position: number;
  readonly end: number;
}

export interface RecordTaker {
  /** A record, in the order of the log. The batch is not copied. */
  take(batch: RecordBatch, row: number): void;
  /** Forget what was taken: the log's start has moved past it, and reading begins anew. */
  reset(): void;
  onProgress?(progress: ReadProgress): void;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait where an open transaction holds committed records back. Default 30 s. */
  readonly patienceMillis?: number | undefined;
  /** Where to begin, if the log goes there; absent: at its start. */
  readonly from?: number | undefined;
}

export interface ReadSource {
  readonly log: Log;
  readonly at: TopicPartition;
}

/**
 * Takes every committed record of the partition. Throws LogUnavailable where a transaction stays open for longer than
 * the patience: whoever knows its owner ends it before.
 */
export async function readCommitted(source: ReadSource, taker: RecordTaker, options: ReadOptions = {}): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await readOnce(source, taker, options);
      return;
    } catch (error) {
      if (!isStreamJobError(error, 'OffsetOutOfRange') || attempt === MOST_ATTEMPTS) throw error;
      // To go on at the new start with what was read before it would keep entries whose tombstones are gone.
      taker.reset();
    }
  }
}

async function readOnce({ log, at }: ReadSource, taker: RecordTaker, options: ReadOptions): Promise<void> {
  const { start: first, end } = await log.offsets(at);
  const { from = first } = options;
  const start = from <= end ? Math.max(first, from) : first;
  const wait = new Patience(at, options);
  for (let position = start; position < end;) {
    options.signal?.throwIfAborted();
    const batch = await log.fetch(at, position, FETCH_BYTES);
    if (!batch || batch.nextOffset <= position) {
      await wait.forMore(position, end);
      continue;
    }
    wait.isOver();
    // A fetch may give the whole of a batch that begins before the position.
    for (let row = 0; row < batch.count; row++) if (batch.offset[row]! >= position) taker.take(batch, row);
    position = batch.nextOffset;
    taker.onProgress?.({ start, position, end });
    // What is in memory comes without waiting: heartbeats must get their turn.
    await setImmediate();
  }
}

class Patience {
  private readonly at: TopicPartition;
  private readonly signal: AbortSignal | undefined;
  private readonly millis: number;
  private since: number | undefined;
  private pause = SHORTEST_PAUSE_MILLIS;

  constructor(at: TopicPartition, { signal, patienceMillis = PATIENCE_MILLIS }: ReadOptions) {
    this.at = at;
    this.signal = signal;
    this.millis = patienceMillis;
  }

  isOver(): void {
    this.since = undefined;
    this.pause = SHORTEST_PAUSE_MILLIS;
  }

  async forMore(position: number, end: number): Promise<void> {
    const now = performance.now();
    this.since ??= now;
    if (now - this.since > this.millis) {
      throw new StreamJobError(
        'LogUnavailable',
        `${partitionName(this.at)} cannot be read from offset ${position} to its end ${end}: ` +
          `a transaction there has been open for ${Math.round(this.millis / 1000)} s; it ends by its timeout at the latest`,
      );
    }
    // An abort ends the pause, and the caller's loop throws its reason.
    await pauseFor(this.pause, this.signal);
    this.signal?.throwIfAborted();
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MILLIS);
  }
}

/** For messages: TOPIC/PARTITION@OFFSET. */
export function placeOf(at: TopicPartition, batch: RecordBatch, row: number): string {
  return `${partitionName(at)}@${batch.offset[row]}`;
}
