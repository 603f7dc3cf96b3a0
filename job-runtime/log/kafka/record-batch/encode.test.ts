import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  anyRecords,
  batchAt,
  builderOf,
  decode,
  expected,
  PLAIN,
  recordsOf,
  word,
} from '../../../../test/builders/record-batches.ts';
import { int16At, int32At, int64At } from './big-endian.ts';
import { COMPRESSIONS } from './compression.ts';
import { encodeBatch } from './encode.ts';
import * as layout from './layout.ts';
import { batchSize, splitRows } from './record-size.ts';

const TEN = Array.from({ length: 10 }, (_, row) => word('value '.repeat(10 + row)));

describe('a batch', () => {
  test.each(COMPRESSIONS)('gives its records back: %s', (compression) => {
    fc.assert(
      fc.property(anyRecords, fc.nat(2 ** 40), (records, baseOffset) => {
        const { batch, isCut } = decode([batchAt(baseOffset, records, { compression })], { fetchOffset: baseOffset });
        expect(recordsOf(batch)).toEqual(expected(records, baseOffset));
        expect(batch.nextOffset).toBe(baseOffset + records.length);
        expect(isCut).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('holds the rows that were asked for and no others', () => {
    const batch = encodeBatch(builderOf(TEN), 3, 7, PLAIN);
    expect(recordsOf(decode([batch]).batch)).toEqual(expected(TEN.slice(3, 7)));
  });

  test('says in its header what it holds', () => {
    const times = [5_000, 2_000, 9_000, 7_000].map((timestamp) => ({ ...word('x'), timestamp }));
    const options = { producerId: 2 ** 40 + 5, producerEpoch: 7, baseSequence: 2 ** 31 - 1, isTransactional: true };
    const batch = encodeBatch(builderOf(times), 0, 4, { ...PLAIN, ...options });
    expect(int64At(batch, layout.BASE_OFFSET_AT)).toBe(0);
    expect(int32At(batch, layout.LENGTH_AT)).toBe(batch.length - 12);
    expect(int32At(batch, layout.LEADER_EPOCH_AT)).toBe(-1);
    expect(int16At(batch, layout.ATTRIBUTES_AT)).toBe(layout.TRANSACTIONAL_BIT);
    expect(int32At(batch, layout.LAST_OFFSET_DELTA_AT)).toBe(3);
    expect(int64At(batch, layout.BASE_TIMESTAMP_AT)).toBe(5_000);
    expect(int64At(batch, layout.MAX_TIMESTAMP_AT)).toBe(9_000);
    expect(int64At(batch, layout.PRODUCER_ID_AT)).toBe(2 ** 40 + 5);
    expect(int16At(batch, layout.PRODUCER_EPOCH_AT)).toBe(7);
    expect(int32At(batch, layout.BASE_SEQUENCE_AT)).toBe(2 ** 31 - 1);
    expect(int32At(batch, layout.RECORD_COUNT_AT)).toBe(4);
  });

  test('names its compression where records became smaller, and leaves them alone otherwise', () => {
    const encode = (records: typeof TEN, compression: (typeof COMPRESSIONS)[number]): number =>
      int16At(batchAt(0, records, { compression }), layout.ATTRIBUTES_AT);
    expect(COMPRESSIONS.map((compression) => encode(TEN, compression))).toEqual([0, 1, 2, 3, 4]);
    expect(COMPRESSIONS.map((compression) => encode([word('x')], compression))).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('splitRows', () => {
  test('fills batches up to the limit, and gives a larger record a batch of its own', () => {
    fc.assert(
      fc.property(anyRecords, fc.integer({ min: 60, max: 5_000 }), (records, maxBytes) => {
        const builder = builderOf(records);
        const ranges = splitRows(builder, maxBytes);
        expect(ranges.map(({ from }) => from)).toEqual([0, ...ranges.map(({ to }) => to)].slice(0, -1));
        expect(ranges.at(-1)!.to).toBe(builder.count);
        for (const { from, to } of ranges) {
          const size = encodeBatch(builder, from, to, PLAIN).length;
          expect(batchSize(builder, from, to)).toBe(size);
          expect(size <= maxBytes || to === from + 1).toBe(true);
          expect(to === builder.count || batchSize(builder, from, to + 1) > maxBytes).toBe(true);
        }
      }),
    );
  });

  test('takes the record that just fits', () => {
    const size = batchSize(builderOf(TEN), 0, 4);
    expect(splitRows(builderOf(TEN), size)[0]).toEqual({ from: 0, to: 4 });
    expect(splitRows(builderOf(TEN), size - 1)[0]).toEqual({ from: 0, to: 3 });
  });

  test('makes nothing of nothing', () => {
    expect(splitRows(builderOf([]), 1000)).toEqual([]);
  });
});
