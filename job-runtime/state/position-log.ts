/**
 * A value that is replaced with each commit and small enough to be written whole, such as how far a producer has come
 * with its source: the last committed record of a topic with one partition. Old records are deleted now and then, so
 * that reading stays short.
 */
import { StreamJobError } from '../errors.ts';
import type { Log, TopicPartition, Transaction } from '../log/log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { valueOf } from '../record.ts';
import type { RecordBatch } from '../record.ts';
import { costOf } from './chunk-list.ts';
import type { ReadOptions } from './read-committed.ts';
import { placeOf, readCommitted } from './read-committed.ts';

export interface PositionLogOptions {
  /** Old records are deleted when there are so many. Default 1,000. */
  readonly purgeRecords?: number;
  /** The same, when they take so many bytes. Default 1 MiB. */
  readonly purgeBytes?: number;
}

export class PositionLog {
  private readonly log: Log;
  private readonly at: TopicPartition;
  private readonly purgeRecords: number;
  private readonly purgeBytes: number;
  /** What stands before the newest record. */
  private records = 0;
  private bytes = 0;
  /** The newest record; −1: there is none. */
  private newest = -1;
  private newestBytes = 0;
  /** Length of a value whose transaction is under way. */
  private appended: number | undefined;
  private isPurging = false;

  constructor(log: Log, topic: string, options: PositionLogOptions = {}) {
    this.log = log;
    this.at = { topic, partition: 0 };
    this.purgeRecords = options.purgeRecords ?? 1000;
    this.purgeBytes = options.purgeBytes ?? 1 << 20;
  }

  /** A copy of the value; undefined: none was ever committed. Throws as readCommitted; StateUnreadable on a tombstone. */
  async read(options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    this.forget();
    let last: Uint8Array | undefined;
    const taker = {
      take: (batch: RecordBatch, row: number): void => {
        last = valueOf(batch, row)?.slice();
        const place = placeOf(this.at, batch, row);
        if (!last) throw new StreamJobError('StateUnreadable', `the position at ${place} is a record without a value`);
        this.note(batch.offset[row]!, last.length);
      },
      reset: (): void => {
        last = undefined;
        this.forget();
      },
    };
    await readCommitted({ log: this.log, at: this.at }, taker, options);
    return last;
  }

  /** `now`: wall clock. */
  append(transaction: Transaction, value: Uint8Array, now: number): void {
    const builder = new RecordBuilder(1, value.length);
    builder.append(null, value, now);
    transaction.append(this.at.topic, 0, builder);
    this.appended = value.length;
  }

  /** Call once the transaction is known to be committed; after one that failed, read again. */
  committed(transaction: Transaction): void {
    if (this.appended === undefined) return;
    this.note(transaction.offsetOf(this.at.topic, 0), this.appended);
    this.appended = undefined;
  }

  /** As Changelog.purge: deletes old records if there are enough, and gives why it failed. */
  async purge(): Promise<string | undefined> {
    const { records, bytes } = this;
    if (this.isPurging || (records < this.purgeRecords && bytes < this.purgeBytes)) return undefined;
    this.isPurging = true;
    // Whether it works or not, it is done again only when as much has come together.
    this.records = 0;
    this.bytes = 0;
    try {
      await this.log.deleteRecords(this.at, this.newest);
      return undefined;
    } catch (error) {
      if (!(error instanceof StreamJobError)) throw error;
      return `${this.at.topic}/0: ${records} records that nobody needs were not deleted: ${error.message}`;
    } finally {
      this.isPurging = false;
    }
  }

  private note(offset: number, length: number): void {
    if (this.newest >= 0) {
      this.records++;
      this.bytes += this.newestBytes;
    }
    this.newest = offset;
    this.newestBytes = costOf(length);
  }

  private forget(): void {
    this.records = 0;
    this.bytes = 0;
    this.newest = -1;
    this.appended = undefined;
  }
}
