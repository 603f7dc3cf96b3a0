import { expect, test } from '@jest/globals';
import { RecordBuilder } from './log/record-builder.ts';
import type { RecordBatch } from './record.ts';
import { from, upTo } from './record.ts';

/** Records at these offsets, each with its offset as value; then what holds no record, up to `nextOffset`. */
function batchAt(offsets: readonly number[], nextOffset: number): RecordBatch {
  const builder = new RecordBuilder();
  for (const offset of offsets) builder.append(null, new TextEncoder().encode(`${offset}`), 1000 + offset);
  return { ...builder.toBatch(0, 0), offset: Float64Array.from(offsets), nextOffset };
}

/** Offset, value and timestamp of each record. */
function shown(batch: RecordBatch): string[] {
  return Array.from({ length: batch.count }, (_, row) => {
    const value = new TextDecoder().decode(batch.bytes.subarray(batch.valueStart[row]!, batch.valueEnd[row]!));
    return `${batch.offset[row]}: ${value} at ${batch.timestamp[row]}`;
  });
}

const shownOf = (offsets: readonly number[]): string[] =>
  offsets.map((offset) => `${offset}: ${offset} at ${1000 + offset}`);

test.each<[string, number, number[]]>([
  ['a start before all', 0, [3, 4, 7]],
  ['a start at the first', 3, [3, 4, 7]],
  ['a start at the second', 4, [4, 7]],
  ['a start in a gap', 5, [7]],
  ['a start behind all', 9, []],
])('%s: records before it are cut off', (_case, start, expected) => {
  const cut = from(batchAt([3, 4, 7], 9), start);
  expect(shown(cut)).toEqual(shownOf(expected));
  expect(cut.nextOffset).toBe(9);
});

test.each<[string, number, number[], number]>([
  ['a stop behind all', 12, [3, 4, 7], 9],
  ['a stop where the batch ends', 9, [3, 4, 7], 9],
  ['a stop behind the last record', 8, [3, 4, 7], 8],
  ['a stop at a record', 7, [3, 4], 7],
  ['a stop in a gap', 5, [3, 4], 5],
  ['a stop at the first', 3, [], 3],
])('%s: records from there on are cut off, and reading ends there', (_case, stop, expected, nextOffset) => {
  const cut = upTo(batchAt([3, 4, 7], 9), stop);
  expect(shown(cut)).toEqual(shownOf(expected));
  expect(cut.nextOffset).toBe(nextOffset);
});

test('a batch that only moves the reader on is left as it is', () => {
  expect(from(batchAt([], 9), 20).nextOffset).toBe(9);
  expect(upTo(batchAt([], 9), 7).nextOffset).toBe(7);
});
