/**
 * Turns the records of batches into the columns of one RecordBatch. No object is made per record: a batch of a Fetch
 * response holds thousands.
 */
import type { RecordBatch } from '../../../record.ts';
import type { BatchHeader } from './batch-header.ts';
import { SMALLEST_RECORD } from './layout.ts';
import { RecordReader } from './record-reader.ts';

/** Where the records of one batch stand, inflated. */
export interface RecordRun {
  readonly header: BatchHeader;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Throws a RangeError if the batch claims more records than there is room for, before memory is taken for them. */
export function checkCount({ header, start, end }: RecordRun): void {
  if (header.recordCount < 0 || header.recordCount * SMALLEST_RECORD > end - start) {
    throw new RangeError('claims more records than it has room for');
  }
}

export class RecordColumns {
  private count = 0;
  private readonly bytes: Uint8Array;
  private readonly fetchOffset: number;
  private readonly keyStart: Int32Array;
  private readonly keyEnd: Int32Array;
  private readonly valueStart: Int32Array;
  private readonly valueEnd: Int32Array;
  private readonly headerStart: Int32Array;
  private readonly headerEnd: Int32Array;
  private readonly offset: Float64Array;
  private readonly timestamp: Float64Array;

  /** Records before `fetchOffset` are dropped. `capacity` counts them as well. */
  constructor(bytes: Uint8Array, capacity: number, fetchOffset: number) {
    this.bytes = bytes;
    this.fetchOffset = fetchOffset;
    this.keyStart = new Int32Array(capacity);
    this.keyEnd = new Int32Array(capacity);
    this.valueStart = new Int32Array(capacity);
    this.valueEnd = new Int32Array(capacity);
    this.headerStart = new Int32Array(capacity);
    this.headerEnd = new Int32Array(capacity);
    this.offset = new Float64Array(capacity);
    this.timestamp = new Float64Array(capacity);
  }

  /** Appends the records of a run in these columns' bytes. Throws a RangeError on damage. */
  read({ header, start, end }: RecordRun): void {
    const reader = new RecordReader(this.bytes, start);
    let previous = header.baseOffset - 1;
    for (let left = header.recordCount; left > 0; left--) {
      const size = reader.varint();
      const recordEnd = reader.at + size;
      if (size < 0 || recordEnd > end) throw new RangeError('has a record that is longer than the batch');
      const offset = this.readRecord(reader, header);
      if (reader.at !== recordEnd) throw new RangeError('has a record whose length is not that of its fields');
      if (offset <= previous || offset > header.lastOffset) throw new RangeError('has records out of order');
      previous = offset;
      if (offset >= this.fetchOffset) this.count++;
    }
    if (reader.at !== end) throw new RangeError('has bytes behind its last record');
  }

  /** What was read so far. */
  toBatch(partition: number, nextOffset: number): RecordBatch {
    const { count } = this;
    const rows = <A extends Int32Array | Float64Array>(column: A): A =>
      (column.length === count ? column : column.subarray(0, count)) as A;
    return {
      partition,
      count,
      bytes: this.bytes,
      keyStart: rows(this.keyStart),
      keyEnd: rows(this.keyEnd),
      valueStart: rows(this.valueStart),
      valueEnd: rows(this.valueEnd),
      headerStart: rows(this.headerStart),
      headerEnd: rows(this.headerEnd),
      offset: rows(this.offset),
      timestamp: rows(this.timestamp),
      nextOffset,
    };
  }

  /** Reads what follows a record's length into the next row, which counts once `count` moves. Returns the offset. */
  private readRecord(reader: RecordReader, header: BatchHeader): number {
    const row = this.count;
    reader.at++; // The attributes of a record: all bits are unused.
    const timestamp = header.baseTimestamp + reader.varlong();
    const offset = header.baseOffset + reader.varint();
    this.offset[row] = offset;
    this.timestamp[row] = header.appendTime ?? timestamp;
    const keyLength = reader.skipField();
    this.keyStart[row] = keyLength < 0 ? -1 : reader.at - keyLength;
    this.keyEnd[row] = keyLength < 0 ? -1 : reader.at;
    const valueLength = reader.skipField();
    this.valueStart[row] = valueLength < 0 ? -1 : reader.at - valueLength;
    this.valueEnd[row] = valueLength < 0 ? -1 : reader.at;
    const headers = reader.at;
    const hasHeaders = reader.skipHeaders() > 0;
    this.headerStart[row] = hasHeaders ? headers : -1;
    this.headerEnd[row] = hasHeaders ? reader.at : -1;
    return offset;
  }
}
