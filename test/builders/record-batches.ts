/** Records and batches for the tests of the codec: random ones, and batches changed after the fact. */
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import type { RecordBatch } from '../../job-runtime/record.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import { decodeHeaders, encodeHeaders } from '../../job-runtime/log/record-headers.ts';
import type { RecordHeader } from '../../job-runtime/log/record-headers.ts';
import { putInt16, putInt32, putInt64 } from '../../job-runtime/log/kafka/record-batch/big-endian.ts';
import { decodeRecordSet } from '../../job-runtime/log/kafka/record-batch/decode.ts';
import type { DecodedRecordSet, DecodeOptions } from '../../job-runtime/log/kafka/record-batch/decode.ts';
import { encodeBatch } from '../../job-runtime/log/kafka/record-batch/encode.ts';
import type { EncodeOptions } from '../../job-runtime/log/kafka/record-batch/encode.ts';
import { joinedBytes } from '../../job-runtime/log/kafka/record-batch/joined-bytes.ts';
import * as layout from '../../job-runtime/log/kafka/record-batch/layout.ts';

export interface TestRecord {
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

export interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  /** Base64, which compares faster than bytes. */
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

export const PLAIN: EncodeOptions = {
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  isTransactional: false,
  compression: 'none',
};

const NEWEST_MILLIS = 2 ** 42;

const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60, max: 20_000 }).map((size) => new Uint8Array(size).fill(size)) },
);

export const anyRecord: fc.Arbitrary<TestRecord> = fc.record({
  timestamp: fc.oneof(fc.nat(100), fc.nat(NEWEST_MILLIS), fc.constant(NEWEST_MILLIS)),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.oneof(
    fc.constant([]),
    fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: fc.option(bytes) }), { maxLength: 3 }),
  ),
});

export const anyRecords: fc.Arbitrary<TestRecord[]> = fc.array(anyRecord, { minLength: 1, maxLength: 30 });

/** A record of one word at time 0. */
export const word = (value: string): TestRecord => ({
  timestamp: 0,
  key: null,
  value: new TextEncoder().encode(value),
  headers: [],
});

export function builderOf(records: readonly TestRecord[]): RecordBuilder {
  const builder = new RecordBuilder(1, 16);
  for (const { timestamp, key, value, headers } of records) {
    builder.append(key, value, timestamp);
    if (headers.length === 0) continue;
    const encoded = encodeHeaders(headers);
    builder.setHeaders(encoded, 0, encoded.length);
  }
  return builder;
}

/** A batch as it lies in a partition whose first record has this offset. */
export function batchAt(
  baseOffset: number,
  records: readonly TestRecord[],
  options: Partial<EncodeOptions> = {},
): Uint8Array {
  const batch = encodeBatch(builderOf(records), 0, records.length, { ...PLAIN, ...options });
  putInt64(batch, layout.BASE_OFFSET_AT, baseOffset);
  return batch;
}

/** The marker that ends a transaction. */
export function markerAt(baseOffset: number, producerId: number, type: 'ABORT' | 'COMMIT'): Uint8Array {
  const key = Uint8Array.of(0, 0, 0, type === 'ABORT' ? 0 : 1);
  const value = Uint8Array.of(0, 0, 0, 0, 0, 0);
  const record: TestRecord = { timestamp: 0, key, value, headers: [] };
  const batch = batchAt(baseOffset, [record], { producerId, producerEpoch: 0, isTransactional: true });
  return changed(batch, (copy) => putInt16(copy, layout.ATTRIBUTES_AT, layout.TRANSACTIONAL_BIT | layout.CONTROL_BIT));
}

/** A copy with a change and a checksum that fits again. */
export function changed(batch: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = batch.slice();
  change(copy);
  putInt32(copy, layout.CRC_AT, crc32c(copy.subarray(layout.ATTRIBUTES_AT)));
  return copy;
}

/** Decodes batches that lie behind and in front of something else, as in a Fetch response. */
export function decode(batches: readonly Uint8Array[], options: Partial<DecodeOptions> = {}): DecodedRecordSet {
  const set = joinedBytes([Uint8Array.of(1, 2, 3), ...batches, new Uint8Array(100).fill(2)]);
  const all = { topic: 'orders', partition: 3, fetchOffset: 0, abortedTransactions: [], ...options };
  return decodeRecordSet(set, 3, set.length - 100, all);
}

export function recordsOf(batch: RecordBatch): ReadRecord[] {
  const part = (start: number, end: number): string | null =>
    start < 0 ? null : base64(batch.bytes.subarray(start, end));
  return Array.from({ length: batch.count }, (_, row) => ({
    offset: batch.offset[row]!,
    timestamp: batch.timestamp[row]!,
    key: part(batch.keyStart[row]!, batch.keyEnd[row]!),
    value: part(batch.valueStart[row]!, batch.valueEnd[row]!),
    headers: decodeHeaders(batch.bytes, batch.headerStart[row]!, batch.headerEnd[row]!).map(
      ({ key, value }) => [key, value && base64(value)] as const,
    ),
  }));
}

/** What a reader sees of records whose first has this offset. */
export function expected(records: readonly TestRecord[], baseOffset = 0): ReadRecord[] {
  return records.map(({ timestamp, key, value, headers }, row) => ({
    offset: baseOffset + row,
    timestamp,
    key: key && base64(key),
    value: value && base64(value),
    headers: headers.map((header) => [header.key, header.value && base64(header.value)] as const),
  }));
}

/** The values as text, for tests that look at nothing else. */
export function wordsOf(batch: RecordBatch): string[] {
  return recordsOf(batch).map(({ value }) => Buffer.from(value ?? '', 'base64').toString());
}

export const base64 = (part: Uint8Array): string => Buffer.from(part).toString('base64');
