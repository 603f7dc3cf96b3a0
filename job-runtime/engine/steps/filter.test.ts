import { describe, expect, test } from '@jest/globals';
import type { Cell } from '../../../test/builders/columns.ts';
import { columnBatch, fieldsOf, selectedCells } from '../../../test/builders/columns.ts';
import { RowError } from '../column.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import { compileExpression } from '../expression/compile.ts';
import { Filter } from './filter.ts';

const FIELDS = fieldsOf('long');
const NONE = new Float64Array(0);

function filterOf(source: string): Filter {
  const compiled = compileExpression(source, FIELDS, 'bool');
  if ('problem' in compiled) throw new RangeError(compiled.problem);
  return new Filter(compiled as CompiledExpression, 3);
}

function run(filter: Filter, values: readonly Cell[]): { passed: Cell[]; failed: number[] } {
  const batch = columnBatch(
    FIELDS,
    values.map((value) => ({ cells: [value] })),
  );
  const failed: number[] = [];
  filter.apply(batch, NONE, { duplicate: () => undefined, failed: (_batch, row) => failed.push(row) });
  expect(failed.every((row) => batch.error[row] === RowError.expressionError && batch.errorField[row] === 3)).toBe(
    true,
  );
  return { passed: selectedCells(batch).map(([value]) => value!), failed };
}

describe('Filter', () => {
  test.each<{ name: string; source: string; values: Cell[]; passed: Cell[]; failed: number[] }>([
    {
      name: 'keeps the rows for which the expression is true',
      source: 'long0 > 2',
      values: [1, 2, 3, 4],
      passed: [3, 4],
      failed: [],
    },
    { name: 'keeps all or none', source: 'true', values: [1, null], passed: [1, null], failed: [] },
    {
      name: 'tells the rows on which it fails',
      source: '10 / long0 > 2',
      values: [1, 0, 9, null, 3],
      passed: [1, 3],
      failed: [1, 3],
    },
    { name: 'compares null only for equality', source: 'long0 == null', values: [1, null], passed: [null], failed: [] },
    {
      name: 'sees wide values',
      source: 'long0 > 9007199254740992',
      values: [2 ** 53 - 1, 2n ** 60n],
      passed: [2n ** 60n],
      failed: [],
    },
  ])('$name', ({ source, values, passed, failed }) => {
    expect(run(filterOf(source), values)).toEqual({ passed, failed });
  });

  test('is the same after a larger and a failing batch', () => {
    const filter = filterOf('10 / long0 > 2');
    run(
      filter,
      Array.from({ length: 5000 }, (_, i) => i % 7),
    );
    expect(run(filter, [1, 9])).toEqual({ passed: [1], failed: [] });
  });

  test('looks only at the rows that are still selected', () => {
    const batch = columnBatch(FIELDS, [{ cells: [0] }, { cells: [1] }, { cells: [0] }]);
    batch.rows.set([1]);
    batch.selected = 1;
    const failed: number[] = [];
    filterOf('10 / long0 > 2').apply(batch, NONE, {
      duplicate: () => undefined,
      failed: (_batch, row) => failed.push(row),
    });
    expect([selectedCells(batch), failed]).toEqual([[[1]], []]);
  });
});
