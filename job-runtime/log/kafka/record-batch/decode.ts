/**
 * From the record set of one partition in a Fetch response to one RecordBatch. Batches that are not compressed are
 * walked in place, so that the response's buffer becomes the batch's; inflated ones bring buffers of their own, which
 * are put into one if there is more than one.
 */
import { StreamJobError } from '../../../errors.ts';
import type { RecordBatch } from '../../../record.ts';
import { partitionName } from '../../log.ts';
import { AbortedProducers } from './aborted-producers.ts';
import type { AbortedTransaction } from './aborted-producers.ts';
import { batchHeaderAt, checkCrc } from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';
import { int16At } from './big-endian.ts';
import { decompress } from './compression.ts';
import { RECORDS_AT } from './layout.ts';
import { checkCount, RecordColumns } from './record-columns.ts';
import type { RecordRun } from './record-columns.ts';
import { RecordReader } from './record-reader.ts';

export type { AbortedTransaction } from './aborted-producers.ts';

export interface DecodeOptions {
  /** For messages. */
  readonly topic: string;
  readonly partition: number;
  /** Records before it are dropped: a broker sends whole batches. */
  readonly fetchOffset: number;
  /** As a read_committed response lists them; empty for read_uncommitted. */
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Stops behind the batch that reaches this number. Absent: no limit. */
  readonly maxRecords?: number;
  /** Absent: yes. */
  readonly isCrcChecked?: boolean;
}

export interface DecodedRecordSet {
  readonly batch: RecordBatch;
  /**
   * Bytes are left that were not read: the last batch is cut off, or `maxRecords` was reached. If nextOffset is still
   * the fetch offset, the first batch is larger than the response: ask for more bytes.
   */
  readonly isCut: boolean;
}

/** What one call inflates, roughly; the rest is for the next fetch, which begins at nextOffset. */
const ENOUGH_INFLATED_BYTES = 64 << 20;
/** The key of a marker is its version and its type, each an int16. */
const ABORT_TYPE = 0;

/** Reads bytes[start, end), zero or more batches. Throws RecordsUnreadable for what is damaged or too old. */
export function decodeRecordSet(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: DecodeOptions,
): DecodedRecordSet {
  const walk = new RecordSetWalk(bytes, options);
  let at = start;
  while (at < end && !walk.hasEnough) {
    const batchEnd = walk.take(at, end);
    if (batchEnd === undefined) break;
    at = batchEnd;
  }
  return { batch: walk.toBatch(), isCut: at < end };
}

/** Goes over the batches first and keeps what is to be read of each, so that the columns get their size at once. */
class RecordSetWalk {
  private readonly bytes: Uint8Array;
  private readonly options: DecodeOptions;
  private readonly aborted: AbortedProducers;
  private readonly runs: RecordRun[] = [];
  private recordCount = 0;
  private inflatedBytes = 0;
  /** Behind the last batch, wherever the fetch began. */
  private behind = 0;

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    this.bytes = bytes;
    this.options = options;
    this.aborted = new AbortedProducers(options.abortedTransactions);
  }

  get hasEnough(): boolean {
    return this.recordCount >= (this.options.maxRecords ?? Infinity) || this.inflatedBytes >= ENOUGH_INFLATED_BYTES;
  }

  private get nextOffset(): number {
    return Math.max(this.behind, this.options.fetchOffset);
  }

  /** Takes the batch at bytes[start, end) and returns where it ends; undefined: it is not complete. */
  take(start: number, end: number): number | undefined {
    try {
      const batch = batchHeaderAt(this.bytes, start, end);
      if (batch) this.takeWhole(batch);
      return batch?.end;
    } catch (cause) {
      throw this.unreadable(this.nextOffset, cause);
    }
  }

  toBatch(): RecordBatch {
    const { bytes, runs } = inOneBuffer(this.bytes, this.runs);
    const columns = new RecordColumns(bytes, this.recordCount, this.options.fetchOffset);
    for (const run of runs) {
      try {
        columns.read(run);
      } catch (cause) {
        throw this.unreadable(Math.max(run.header.baseOffset, this.options.fetchOffset), cause);
      }
    }
    return columns.toBatch(this.options.partition, this.nextOffset);
  }

  private takeWhole(batch: BatchHeader): void {
    if (this.options.isCrcChecked !== false) checkCrc(this.bytes, batch);
    if (batch.baseOffset < this.behind) throw new RangeError('has an offset that an earlier batch has, too');
    const isAborted = this.aborted.hides(batch);
    if (batch.isControl) this.takeMarker(batch);
    else if (!isAborted && batch.lastOffset >= this.options.fetchOffset) this.takeRecords(batch);
    this.behind = batch.lastOffset + 1;
  }

  /** A marker's batch may be empty: compaction removes the marker once it is of no use. */
  private takeMarker(batch: BatchHeader): void {
    if (batch.recordCount > 0 && markerType(this.inflated(batch)) === ABORT_TYPE) this.aborted.end(batch.producerId);
  }

  private takeRecords(batch: BatchHeader): void {
    const run = this.inflated(batch);
    checkCount(run);
    if (batch.compression !== 'none') this.inflatedBytes += run.end - run.start;
    this.recordCount += batch.recordCount;
    this.runs.push(run);
  }

  private inflated(header: BatchHeader): RecordRun {
    const start = header.start + RECORDS_AT;
    if (header.compression === 'none') return { header, bytes: this.bytes, start, end: header.end };
    const bytes = decompress(header.compression, this.bytes.subarray(start, header.end));
    return { header, bytes, start: 0, end: bytes.length };
  }

  private unreadable(offset: number, cause: unknown): unknown {
    if (!(cause instanceof RangeError)) return cause;
    const problem = `cannot read ${partitionName(this.options)} at offset ${offset}: the batch there ${cause.message}`;
    return new StreamJobError('RecordsUnreadable', problem, { cause });
  }
}

function markerType({ bytes, start, end }: RecordRun): number {
  const reader = new RecordReader(bytes, start);
  reader.varint();
  reader.at++;
  reader.varlong();
  reader.varint();
  const keyLength = reader.skipField();
  if (keyLength < 4 || reader.at > end) throw new RangeError('is a marker without a type');
  return int16At(bytes, reader.at - keyLength + 2);
}

/** Copies only where the runs are in more than one buffer. */
function inOneBuffer(
  otherwise: Uint8Array,
  runs: readonly RecordRun[],
): Readonly<{ bytes: Uint8Array; runs: readonly RecordRun[] }> {
  const first = runs[0]?.bytes ?? otherwise;
  if (runs.every((run) => run.bytes === first)) return { bytes: first, runs };
  const bytes = new Uint8Array(runs.reduce((sum, run) => sum + run.end - run.start, 0));
  let at = 0;
  const moved = runs.map((run) => {
    bytes.set(run.bytes.subarray(run.start, run.end), at);
    const start = at;
    at += run.end - run.start;
    return { header: run.header, bytes, start, end: at };
  });
  return { bytes, runs: moved };
}
