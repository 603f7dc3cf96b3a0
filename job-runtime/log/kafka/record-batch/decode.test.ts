import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isStreamJobError } from '../../../errors.ts';
import {
  anyRecords,
  batchAt,
  changed,
  decode,
  expected,
  markerAt,
  recordsOf,
  word,
  wordsOf,
} from '../../../../test/builders/record-batches.ts';
import { putInt16, putInt32, putInt64 } from './big-endian.ts';
import { COMPRESSIONS } from './compression.ts';
import type { DecodeOptions } from './decode.ts';
import { joinedBytes } from './joined-bytes.ts';
import * as layout from './layout.ts';

const LONG = 'word '.repeat(30);
const THREE = [word('a'), word('b'), word('c')];

describe('decodeRecordSet', () => {
  test('of nothing gives nothing and stays where it is', () => {
    const { batch, isCut } = decode([], { fetchOffset: 9 });
    expect({ ...batch, isCut }).toMatchObject({ partition: 3, count: 0, nextOffset: 9, isCut: false });
  });

  test('drops records before the fetch offset', () => {
    const { batch } = decode([batchAt(10, THREE), batchAt(13, THREE)], { fetchOffset: 12 });
    expect([...batch.offset]).toEqual([12, 13, 14, 15]);
    expect(wordsOf(batch)).toEqual(['c', 'a', 'b', 'c']);
  });

  test('walks what is not compressed in place', () => {
    const set = joinedBytes([batchAt(0, THREE), batchAt(3, THREE)]);
    expect(decode([set]).batch.bytes).toHaveLength(3 + set.length + 100);
  });

  test('puts batches of all compressions into one', () => {
    const records = [word(LONG), word(`${LONG}!`)];
    const batches = COMPRESSIONS.map((compression, index) => batchAt(2 * index, records, { compression }));
    const { batch } = decode(batches);
    expect(recordsOf(batch)).toEqual(COMPRESSIONS.flatMap((_, index) => expected(records, 2 * index)));
  });

  test('moves behind markers and what compaction left of a batch', () => {
    const emptied = changed(batchAt(4, [word('x')]).subarray(0, layout.RECORDS_AT), (copy) => {
      putInt32(copy, layout.LENGTH_AT, layout.RECORDS_AT - layout.LENGTH_COUNTS_FROM);
      putInt32(copy, layout.RECORD_COUNT_AT, 0);
      putInt32(copy, layout.LAST_OFFSET_DELTA_AT, 5);
    });
    expect(decode([markerAt(3, 1, 'COMMIT')]).batch).toMatchObject({ count: 0, nextOffset: 4 });
    expect(decode([markerAt(3, 1, 'COMMIT'), emptied]).batch).toMatchObject({ count: 0, nextOffset: 10 });
    const shortened = changed(batchAt(4, THREE), (copy) => putInt32(copy, layout.LAST_OFFSET_DELTA_AT, 5));
    expect(decode([shortened]).batch).toMatchObject({ count: 3, nextOffset: 10 });
  });

  test('takes the time of the append where the broker set it', () => {
    const batch = changed(batchAt(0, THREE), (copy) => {
      putInt16(copy, layout.ATTRIBUTES_AT, layout.LOG_APPEND_TIME_BIT);
      putInt64(copy, layout.MAX_TIMESTAMP_AT, 1_700_000_000_000);
    });
    expect([...decode([batch]).batch.timestamp]).toEqual([1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_000]);
  });

  test('stops behind the batch that reaches the number of records, and goes on from there', () => {
    const batches = [0, 3, 6, 9].map((base) => batchAt(base, THREE));
    const first = decode(batches, { maxRecords: 4 });
    expect([first.batch.count, first.batch.nextOffset, first.isCut]).toEqual([6, 6, true]);
    const second = decode(batches, { maxRecords: 6, fetchOffset: 6 });
    expect([second.batch.count, second.batch.nextOffset, second.isCut]).toEqual([6, 12, false]);
  });

  test('cut off anywhere, gives the batches that are complete', () => {
    const set = joinedBytes([batchAt(0, THREE), batchAt(3, THREE)]);
    const half = set.length / 2;
    for (let size = 0; size <= set.length; size++) {
      const { batch, isCut } = decode([set.subarray(0, size)]);
      expect([batch.count, batch.nextOffset]).toEqual(Array(2).fill(3 * Math.floor(size / half)));
      expect(isCut).toBe(size % half !== 0);
    }
  });
});

const whole = batchAt(17, THREE);
const DAMAGE: { what: string; set: Uint8Array; says: string }[] = [
  { what: 'a changed byte', set: whole.with(-1, whole.at(-1)! ^ 1), says: 'fails its checksum' },
  { what: 'format 1', set: whole.with(layout.MAGIC_AT, 1), says: 'is in message format 1 of Kafka before 0.11' },
  { what: 'format 3', set: whole.with(layout.MAGIC_AT, 3), says: 'message format 3, which is not known' },
  {
    what: 'a length of nothing',
    set: changed(whole, (copy) => putInt32(copy, layout.LENGTH_AT, 0)),
    says: 'is shorter than its header',
  },
  {
    what: 'compression 7',
    set: changed(whole, (copy) => putInt16(copy, layout.ATTRIBUTES_AT, 7)),
    says: 'has a compression that is not known',
  },
  {
    what: 'gzip that is none',
    set: changed(whole, (copy) => putInt16(copy, layout.ATTRIBUTES_AT, 1)),
    says: 'holds damaged gzip data',
  },
  {
    what: 'two billion records',
    set: changed(whole, (copy) => putInt32(copy, layout.RECORD_COUNT_AT, 2 ** 31 - 1)),
    says: 'claims more records than it has room for',
  },
  {
    what: 'a record too few',
    set: changed(whole, (copy) => putInt32(copy, layout.RECORD_COUNT_AT, 2)),
    says: 'has bytes behind its last record',
  },
  {
    what: 'a record outside of the offsets',
    set: changed(whole, (copy) => putInt32(copy, layout.LAST_OFFSET_DELTA_AT, 1)),
    says: 'has records out of order',
  },
  { what: 'an offset twice', set: joinedBytes([whole, batchAt(19, THREE)]), says: 'that an earlier batch has, too' },
];

describe('what cannot be read', () => {
  test.each(DAMAGE)('$what is said with its place', ({ set, says }) => {
    const offset = says.includes('earlier') ? 20 : 17;
    const read = (): unknown => decode([set], { fetchOffset: 17 });
    expect(read).toThrow(`cannot read orders/3 at offset ${offset}: the batch there `);
    expect(read).toThrow(says);
  });

  test('a changed byte passes where nobody checks', () => {
    const set = whole.with(-2, whole.at(-2)! ^ 1);
    expect(wordsOf(decode([set], { isCrcChecked: false }).batch)).toEqual(['a', 'b', 'b']);
  });
});

/** Reads, or fails as declared. */
function expectReadOrRefused(set: Uint8Array, options: Partial<DecodeOptions>): void {
  try {
    const { batch } = decode([set], options);
    recordsOf(batch);
  } catch (error) {
    if (!isStreamJobError(error, 'RecordsUnreadable')) throw error;
  }
}

describe('anything at all', () => {
  const anyChecked = fc.record({ isCrcChecked: fc.boolean() });

  test('random bytes are read or refused', () => {
    const looksRight = fc.uint8Array({ minLength: 61, maxLength: 300 }).map((bytes) => {
      putInt32(bytes, layout.LENGTH_AT, bytes.length - layout.LENGTH_COUNTS_FROM);
      bytes[layout.MAGIC_AT] = 2;
      bytes[layout.BASE_OFFSET_AT] = 0;
      bytes[layout.BASE_OFFSET_AT + 1] = 0;
      putInt32(bytes, layout.RECORD_COUNT_AT, bytes.at(-1)! % 20);
      putInt32(bytes, layout.LAST_OFFSET_DELTA_AT, 100);
      return bytes;
    });
    const any = fc.oneof(fc.uint8Array({ maxLength: 300 }), looksRight);
    fc.assert(
      fc.property(any, anyChecked, (bytes, options) => expectReadOrRefused(bytes, options)),
      { numRuns: 2000 },
    );
  });

  test('flipped bits and cut ends are read or refused', () => {
    const flip = fc.tuple(fc.nat(), fc.nat(7));
    const compression = fc.constantFrom(...COMPRESSIONS);
    fc.assert(
      fc.property(anyRecords, compression, fc.array(flip, { maxLength: 4 }), fc.nat(), (records, by, flips, cut) => {
        const set = joinedBytes([batchAt(0, records, { compression: by }), batchAt(records.length, records)]).slice();
        for (const [at, bit] of flips) set[at % set.length]! ^= 1 << bit;
        const end = cut % 3 === 0 ? cut % set.length : set.length;
        expectReadOrRefused(set.subarray(0, end), { isCrcChecked: false });
        expectReadOrRefused(set.subarray(0, end), {});
      }),
      { numRuns: 1000 },
    );
  });
});
