/**
 * The changelog of one task: its partition of a stage's changelog topic, as chunks with ascending numbers (docs/adr/0003,
 * engine/changes.ts). A commit appends the chunks of what changed; while the log is longer than twice the live state,
 * the oldest chunks are emptied by having the task write again what is alive in them, in the same transaction; emptied
 * chunks are deleted later, outside of it.
 *
 * One commit: `rewriteBefore`, then the task writes into a ChangeWriter that begins at `nextChunk`, `append`, the
 * transaction commits, `committed`, and now and then `purge`. After a transaction that failed the object is dropped with
 * its task: it does not know any more what the log holds.
 */
import { StreamJobError } from '../errors.ts';
import { partitionName } from '../log/log.ts';
import type { Log, TopicPartition, Transaction } from '../log/log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { valueOf } from '../record.ts';
import type { RecordBatch } from '../record.ts';
import { ChunkList, costOf } from './chunk-list.ts';
import type { ReadProgress } from './read-committed.ts';
import { placeOf, readCommitted } from './read-committed.ts';
import { RewriteBudget } from './rewrite-budget.ts';

export interface ChangelogOptions {
  /** Bytes beyond twice the live state before chunks are emptied. Default 256 KiB. */
  readonly slackBytes?: number;
  /** Emptied chunks are deleted when they take this many bytes. Default 4 MiB. */
  readonly purgeBytes?: number;
  /** How long a restore waits for a transaction that someone has left open. Default 30 s. */
  readonly patienceMillis?: number;
}

/** Who a restore is for. */
export interface ChunkTaker {
  /** A chunk, in the order of the log; its bytes are only lent. A RangeError says that it cannot be read. */
  apply(chunk: Uint8Array, number: number): void;
  /** Back to a task without state: the restore begins anew. */
  reset(): void;
}

export interface RestoreOptions {
  readonly signal?: AbortSignal;
  /** What neededFrom said when the state was last committed; emptied chunks before it may still be there. */
  readonly from?: number | undefined;
  readonly onProgress?: (progress: ReadProgress) => void;
}

export interface RestoreResult {
  readonly records: number;
  readonly bytes: number;
}

/** What was appended to a transaction that has not ended yet. */
interface Appended {
  readonly lengths: readonly number[];
  /** Chunks below this are empty once it is committed. */
  readonly rewrittenBefore: number;
}

const MEBIBYTE = 1 << 20;

export class Changelog {
  private readonly log: Log;
  private readonly at: TopicPartition;
  private readonly patienceMillis: number | undefined;
  private readonly purgeBytes: number;
  private readonly chunks = new ChunkList();
  private readonly budget: RewriteBudget;
  /** What the next append makes empty: the last answer of rewriteBefore. */
  private rewrittenBefore = 0;
  private appended: Appended | undefined;
  /** Where the newest commit begins: never deleted. */
  private newest = 0;
  /** What emptied chunks take that may be deleted. */
  private freed = 0;
  /** Tries to delete them from here on. */
  private purgeAt: number;
  private isPurging = false;

  constructor(log: Log, at: TopicPartition, options: ChangelogOptions = {}) {
    this.log = log;
    this.at = at;
    this.patienceMillis = options.patienceMillis;
    this.purgeBytes = options.purgeBytes ?? 4 * MEBIBYTE;
    this.purgeAt = this.purgeBytes;
    this.budget = new RewriteBudget(options.slackBytes ?? MEBIBYTE / 4);
  }

  /** The offset of the oldest chunk that is needed; undefined: none is known. A restore may begin there. */
  get neededFrom(): number | undefined {
    return this.chunks.firstOffset;
  }

  /** The number that the next chunk gets. */
  get nextChunk(): number {
    return this.chunks.next;
  }

  /** About what chunks take that are still needed. */
  get neededBytes(): number {
    return this.chunks.bytes;
  }

  /** About what the log takes, with chunks that are empty and not deleted yet. */
  get logBytes(): number {
    return this.chunks.bytes + this.freed;
  }

  /**
   * Gives all chunks to `take`, numbered from 0. Call once, before the first append. A dead owner's open transaction is
   * to be ended before, else this waits for it. Throws StateUnreadable, LogUnavailable, the reason of `signal`.
   */
  async restore(take: ChunkTaker, { signal, from, onProgress }: RestoreOptions = {}): Promise<RestoreResult> {
    const { log, at, chunks, patienceMillis } = this;
    let bytes = 0;
    const taker = {
      take: (batch: RecordBatch, row: number): void => {
        bytes += this.applyRecord(take, batch, row);
      },
      reset: (): void => {
        chunks.clear();
        bytes = 0;
        take.reset();
      },
      ...(onProgress && { onProgress }),
    };
    await readCommitted({ log, at }, taker, { signal, patienceMillis, from });
    return { records: chunks.next, bytes };
  }

  /**
   * Everything alive that was last written in a chunk below this number is to be written with the next commit; 0: only
   * what changed. `liveBytes`: about what all that is alive would take.
   */
  rewriteBefore(liveBytes: number): number {
    const wanted = this.budget.wanted(this.chunks.bytes, liveBytes);
    this.rewrittenBefore = wanted > 0 ? this.chunks.behind(wanted) : 0;
    return this.rewrittenBefore;
  }

  /** Puts the chunks of a commit into its transaction; the first has the number nextChunk. `now`: wall clock. */
  append(transaction: Transaction, chunks: readonly Uint8Array[], now: number): void {
    if (this.appended) throw new Error(`${this.name}: the commit before is still under way`);
    const lengths = chunks.map(({ length }) => length);
    // Without a chunk of its own a commit takes nobody's place, and no position would stand behind what it frees.
    this.appended = { lengths, rewrittenBefore: chunks.length > 0 ? this.rewrittenBefore : 0 };
    this.rewrittenBefore = 0;
    if (chunks.length === 0) return;
    const builder = new RecordBuilder(
      chunks.length,
      lengths.reduce((sum, length) => sum + length, 0),
    );
    for (const chunk of chunks) builder.append(null, chunk, now);
    transaction.append(this.at.topic, this.at.partition, builder);
  }

  /** Call once the transaction is known to be committed. */
  committed(transaction: Transaction): void {
    const { appended, chunks } = this;
    this.appended = undefined;
    if (!appended || appended.lengths.length === 0) return;
    // Only this transaction writes to the partition, so its records stand without gaps.
    this.newest = transaction.offsetOf(this.at.topic, this.at.partition);
    let written = 0;
    appended.lengths.forEach((length, index) => {
      chunks.push(this.newest + index, length);
      written += costOf(length);
    });
    const emptied = chunks.bytesBelow(appended.rewrittenBefore);
    if (emptied > 0) chunks.dropBelow(appended.rewrittenBefore);
    this.freed += emptied;
    this.budget.committed(written, emptied);
  }

  /**
   * Deletes emptied chunks if that is worth a request. Call outside of transactions; it may overlap with later ones. A
   * failure harms nothing and is tried again when more has come together: gives it as a line for the log.
   */
  async purge(): Promise<string | undefined> {
    const { freed } = this;
    if (this.isPurging || freed < this.purgeAt) return undefined;
    this.isPurging = true;
    try {
      await this.log.deleteRecords(this.at, Math.min(this.chunks.firstOffset ?? this.newest, this.newest));
      this.freed -= freed;
      this.purgeAt = this.purgeBytes;
      return undefined;
    } catch (error) {
      if (!(error instanceof StreamJobError)) throw error;
      this.purgeAt = freed + this.purgeBytes;
      return `${this.name}: ${freed} bytes that nobody needs were not deleted: ${error.message}`;
    } finally {
      this.isPurging = false;
    }
  }

  private get name(): string {
    return partitionName(this.at);
  }

  /** Gives the length of the chunk. */
  private applyRecord(take: ChunkTaker, batch: RecordBatch, row: number): number {
    const chunk = valueOf(batch, row);
    try {
      if (!chunk) throw new RangeError('a record without a value');
      take.apply(chunk, this.chunks.next);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const place = placeOf(this.at, batch, row);
      throw new StreamJobError('StateUnreadable', `state at ${place} cannot be read: ${cause.message}`, { cause });
    }
    this.chunks.push(batch.offset[row]!, chunk.length);
    return chunk.length;
  }
}
