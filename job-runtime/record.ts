/**
 * What travels between the log and the engine: records by the batch, never one object per record.
 * A batch is a struct of arrays over one buffer, so that a Kafka fetch response can be walked in place.
 */

/** Records of one topic partition, in offset order. Row i is (offset[i], timestamp[i], key, value, headers), i < count. */
export interface RecordBatch {
  readonly partition: number;
  /** May be 0 in a batch that only moves a reader on. */
  readonly count: number;
  /** Holds all keys, values and headers; positions below point into it. */
  readonly bytes: Uint8Array;
  /** Start −1 means null. */
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  /** Headers as record-headers.ts writes them; start −1: there are none. */
  readonly headerStart: Int32Array;
  readonly headerEnd: Int32Array;
  /** Offsets are below 2^53, so a double holds each exactly. */
  readonly offset: Float64Array;
  /** The log's timestamp of each record, milliseconds since the epoch. */
  readonly timestamp: Float64Array;
  /** Where to read on: behind the last record, and behind what holds none, such as the marker of a transaction. */
  readonly nextOffset: number;
}

/** The key of a row, a view into the batch. */
export function keyOf({ bytes, keyStart, keyEnd }: RecordBatch, row: number): Uint8Array | null {
  return keyStart[row]! < 0 ? null : bytes.subarray(keyStart[row], keyEnd[row]);
}

/** The value of a row, a view into the batch. */
export function valueOf({ bytes, valueStart, valueEnd }: RecordBatch, row: number): Uint8Array | null {
  return valueStart[row]! < 0 ? null : bytes.subarray(valueStart[row], valueEnd[row]);
}

/** The part of a batch from `start` on. */
export function from(records: RecordBatch, start: number): RecordBatch {
  const { offset, count } = records;
  if (count === 0 || offset[0]! >= start) return records;
  let first = 0;
  while (first < count && offset[first]! < start) first++;
  return {
    ...records,
    count: count - first,
    keyStart: records.keyStart.subarray(first),
    keyEnd: records.keyEnd.subarray(first),
    valueStart: records.valueStart.subarray(first),
    valueEnd: records.valueEnd.subarray(first),
    headerStart: records.headerStart.subarray(first),
    headerEnd: records.headerEnd.subarray(first),
    offset: offset.subarray(first),
    timestamp: records.timestamp.subarray(first),
  };
}

/** The part of a batch before `stop`; what is behind it is passed over. */
export function upTo(records: RecordBatch, stop: number): RecordBatch {
  if (records.nextOffset <= stop) return records;
  let { count } = records;
  while (count > 0 && records.offset[count - 1]! >= stop) count--;
  return { ...records, count, nextOffset: stop };
}
