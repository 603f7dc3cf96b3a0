/**
 * From rows of a RecordBuilder to the bytes of one record batch, as Kafka's Java producer would lay them out. The size is
 * computed first, so that all goes into one buffer, and no object is made per record.
 */
import { crc32c } from '@node-rs/crc32';
import type { RecordBuilder } from '../../record-builder.ts';
import { putInt16, putInt32, putInt64 } from './big-endian.ts';
import { compress, COMPRESSIONS } from './compression.ts';
import type { Compression } from './compression.ts';
import * as layout from './layout.ts';
import { batchSize, recordSize } from './record-size.ts';
import { RecordWriter } from './record-writer.ts';

export interface EncodeOptions {
  /** −1, with epoch and sequence −1: no idempotent producer. */
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of the first record, int32. */
  readonly baseSequence: number;
  readonly isTransactional: boolean;
  /** Records that would not become smaller are left as they are, and the batch says so. */
  readonly compression: Compression;
}

/** One batch of rows [fromRow, toRow), at least one, with base offset 0: the broker gives the offsets. */
export function encodeBatch(
  builder: RecordBuilder,
  fromRow: number,
  toRow: number,
  options: EncodeOptions,
): Uint8Array {
  const plain = new Uint8Array(batchSize(builder, fromRow, toRow));
  writeRecords(plain, builder, fromRow, toRow);
  const { batch, compression } = compressed(plain, options.compression);
  writeTimes(batch, builder, fromRow, toRow);
  putInt32(batch, layout.LAST_OFFSET_DELTA_AT, toRow - fromRow - 1);
  putInt32(batch, layout.RECORD_COUNT_AT, toRow - fromRow);
  writeProducer(batch, options);
  const attributes = COMPRESSIONS.indexOf(compression) | (options.isTransactional ? layout.TRANSACTIONAL_BIT : 0);
  putInt16(batch, layout.ATTRIBUTES_AT, attributes);
  putInt32(batch, layout.LENGTH_AT, batch.length - layout.LENGTH_COUNTS_FROM);
  putInt32(batch, layout.LEADER_EPOCH_AT, -1);
  batch[layout.MAGIC_AT] = layout.MAGIC;
  putInt32(batch, layout.CRC_AT, crc32c(batch.subarray(layout.ATTRIBUTES_AT)));
  return batch;
}

function writeRecords(batch: Uint8Array, builder: RecordBuilder, fromRow: number, toRow: number): void {
  const writer = new RecordWriter(batch, layout.RECORDS_AT);
  for (let row = fromRow; row < toRow; row++) {
    writer.varint(recordSize(builder, row, fromRow));
    writer.byte(0);
    writer.varint(builder.timestamp[row]! - builder.timestamp[fromRow]!);
    writer.varint(row - fromRow);
    writer.field(builder.bytes, builder.keyStart[row]!, builder.keyEnd[row]!);
    writer.field(builder.bytes, builder.valueStart[row]!, builder.valueEnd[row]!);
    if (builder.headerStart[row]! < 0) writer.byte(0);
    else writer.copy(builder.bytes, builder.headerStart[row]!, builder.headerEnd[row]!);
  }
}

/** The batch with its records compressed and room for its header; the same batch where that gains nothing. */
function compressed(
  plain: Uint8Array,
  compression: Compression,
): Readonly<{ batch: Uint8Array; compression: Compression }> {
  if (compression === 'none') return { batch: plain, compression };
  const records = compress(compression, plain.subarray(layout.RECORDS_AT));
  if (layout.RECORDS_AT + records.length >= plain.length) return { batch: plain, compression: 'none' };
  const batch = new Uint8Array(layout.RECORDS_AT + records.length);
  batch.set(records, layout.RECORDS_AT);
  return { batch, compression };
}

function writeTimes(batch: Uint8Array, builder: RecordBuilder, fromRow: number, toRow: number): void {
  let latest = builder.timestamp[fromRow]!;
  for (let row = fromRow + 1; row < toRow; row++)
    if (builder.timestamp[row]! > latest) latest = builder.timestamp[row]!;
  putInt64(batch, layout.BASE_TIMESTAMP_AT, builder.timestamp[fromRow]!);
  putInt64(batch, layout.MAX_TIMESTAMP_AT, latest);
}

function writeProducer(batch: Uint8Array, options: EncodeOptions): void {
  putInt64(batch, layout.PRODUCER_ID_AT, options.producerId);
  putInt16(batch, layout.PRODUCER_EPOCH_AT, options.producerEpoch);
  putInt32(batch, layout.BASE_SEQUENCE_AT, options.baseSequence);
}
