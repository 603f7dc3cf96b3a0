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
