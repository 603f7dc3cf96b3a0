import { describe, expect, test } from '@jest/globals';
import type { Field, NumberColumn, SliceColumn } from '../column.ts';
import { NULL, RowError, appendSlice, createColumn, createColumnBatch } from '../column.ts';
import { compileExpression } from './compile.ts';

const FIELDS: readonly Field[] = [
  { name: 's', type: { kind: 'string' }, slot: 0 },
  { name: 'u', type: { kind: 'string' }, slot: 1 },
  { name: 'x', type: { kind: 'long' }, slot: 2 },
];
const ROWS: readonly (readonly [s: string | null, u: string | null, x: number | null])[] = [
  ['A', 'A', 1],
  ['A', null, 0],
  [null, 'A', null],
  [null, null, null],
];

/** 1, 0 or 'failed' for each of ROWS. */
function results(source: string): (number | 'failed')[] {
  const batch = createColumnBatch(
    FIELDS.map(({ type }) => type),
    ROWS.length,
  );
  ROWS.forEach((values, row) => {
    values
      .slice(0, 2)
      .forEach((text, slot) =>
        appendSlice(batch.columns[slot] as SliceColumn, row, text === null ? null : Buffer.from(text as string)),
      );
    (batch.columns[2] as NumberColumn).values[row] = values[2] ?? NULL;
    batch.rows[row] = row;
  });
  batch.count = batch.selected = ROWS.length;
  const compiled = compileExpression(source, FIELDS, 'bool');
  if ('problem' in compiled) throw new RangeError(compiled.problem);
  const out = createColumn({ kind: 'boolean' }, ROWS.length) as NumberColumn;
  compiled.evaluate(batch, out, 0);
  return ROWS.map((_, row) => (batch.error[row] === RowError.none ? out.values[row]! : 'failed'));
}

describe('equality with a field that is null', () => {
  test.each([
    { source: 's == "A"', want: [1, 1, 0, 0] },
    { source: '"A" != s', want: [0, 0, 1, 1] },
    { source: 's == u', want: [1, 0, 0, 1] },
    { source: 's != u', want: [0, 1, 1, 0] },
    { source: 'x == 1', want: [1, 0, 0, 0] },
    { source: '!(x == 0)', want: [1, 0, 1, 1] },
    { source: 'x == 1 / x', want: [1, 'failed', 'failed', 'failed'] },
    { source: 's == string(10 / x)', want: [0, 'failed', 'failed', 'failed'] },
    { source: '[1, 2].exists(i, i == x)', want: [1, 0, 0, 0] },
    { source: '["A"].all(i, i == s)', want: [1, 1, 0, 0] },
    { source: 'x in [1, 5]', want: [1, 0, 0, 0] },
    { source: '!(s in ["A", u])', want: [0, 'failed', 1, 'failed'] },
    { source: 'x == null', want: [0, 0, 1, 1] },
  ])('$source', ({ source, want }) => {
    expect(results(source)).toEqual(want);
  });
});
