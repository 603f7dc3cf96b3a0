/**
 * The header of a record batch, checked: from here on its fields can be trusted as far as a checksum goes. Damage is a
 * RangeError with the rest of a sentence that begins with the batch.
 */
import { crc32c } from '@node-rs/crc32';
import { int16At, int32At, int64At } from './big-endian.ts';
import { COMPRESSIONS } from './compression.ts';
import type { Compression } from './compression.ts';
import * as layout from './layout.ts';

export interface BatchHeader {
  /** Of the whole batch in its buffer. */
  readonly start: number;
  readonly end: number;
  readonly baseOffset: number;
  /** The offset that the last record had when the batch was written; compaction may have removed it since. */
  readonly lastOffset: number;
  readonly compression: Compression;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly baseTimestamp: number;
  /** The timestamp of all records where the broker's clock sets it; undefined: each has its own. */
  readonly appendTime: number | undefined;
  /** Negative: no idempotent producer wrote it. */
  readonly producerId: number;
  readonly recordCount: number;
}

/** The header of the batch at bytes[start, end), or undefined if the batch is not complete there. */
export function batchHeaderAt(bytes: Uint8Array, start: number, end: number): BatchHeader | undefined {
  if (start + layout.MAGIC_AT >= end) return undefined;
  const length = int32At(bytes, start + layout.LENGTH_AT);
  const batchEnd = start + layout.LENGTH_COUNTS_FROM + length;
  checkFormat(bytes[start + layout.MAGIC_AT]!, length);
  if (batchEnd > end) return undefined;
  return fieldsOf(bytes, start, batchEnd);
}

/** Throws if the batch is not what its producer wrote. */
export function checkCrc(bytes: Uint8Array, { start, end }: BatchHeader): void {
  const written = int32At(bytes, start + layout.CRC_AT) >>> 0;
  if (crc32c(bytes.subarray(start + layout.ATTRIBUTES_AT, end)) !== written) {
    throw new RangeError('fails its checksum');
  }
}

function checkFormat(magic: number, length: number): void {
  if (magic < layout.MAGIC) {
    throw new RangeError(`is in message format ${magic} of Kafka before 0.11; copy the topic with a newer producer`);
  }
  if (magic > layout.MAGIC) throw new RangeError(`is in message format ${magic}, which is not known`);
  if (length < layout.RECORDS_AT - layout.LENGTH_COUNTS_FROM) throw new RangeError('is shorter than its header');
}

function fieldsOf(bytes: Uint8Array, start: number, end: number): BatchHeader {
  const attributes = int16At(bytes, start + layout.ATTRIBUTES_AT);
  const baseOffset = int64At(bytes, start + layout.BASE_OFFSET_AT);
  const lastOffsetDelta = int32At(bytes, start + layout.LAST_OFFSET_DELTA_AT);
  if (baseOffset < 0 || lastOffsetDelta < 0 || !Number.isSafeInteger(baseOffset + lastOffsetDelta)) {
    throw new RangeError('has an offset that cannot be');
  }
  const isAppendTime = (attributes & layout.LOG_APPEND_TIME_BIT) !== 0;
  return {
    start,
    end,
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    compression: compressionOf(attributes),
    isTransactional: (attributes & layout.TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & layout.CONTROL_BIT) !== 0,
    baseTimestamp: int64At(bytes, start + layout.BASE_TIMESTAMP_AT),
    appendTime: isAppendTime ? int64At(bytes, start + layout.MAX_TIMESTAMP_AT) : undefined,
    producerId: int64At(bytes, start + layout.PRODUCER_ID_AT),
    recordCount: int32At(bytes, start + layout.RECORD_COUNT_AT),
  };
}

function compressionOf(attributes: number): Compression {
  const compression = COMPRESSIONS[attributes & layout.COMPRESSION_BITS];
  if (compression === undefined) throw new RangeError('has a compression that is not known');
  return compression;
}
