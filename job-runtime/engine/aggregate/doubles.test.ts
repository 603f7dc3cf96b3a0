import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '../../../crds/field-type.ts';
import { resultsByAllWays } from '../../../test/builders/aggregates.ts';
import type { Cell } from '../../../test/builders/columns.ts';
import type { DoubleKind } from './doubles.ts';
import { DoubleFold } from './doubles.ts';

const DOUBLE: FieldType = { kind: 'double' };

function results(kind: DoubleKind, values: readonly Cell[]): Cell[] {
  return resultsByAllWays(
    () => new DoubleFold(0, kind),
    { input: DOUBLE, result: DOUBLE },
    values.map((value) => ({ value })),
  );
}

describe('DoubleFold', () => {
  test.each<{ name: string; values: Cell[]; sum: Cell; min: Cell; max: Cell }>([
    { name: 'nothing', values: [], sum: null, min: null, max: null },
    { name: 'nulls', values: [null, null], sum: null, min: null, max: null },
    { name: 'values with nulls between', values: [0.5, null, -2, 4], sum: 2.5, min: -2, max: 4 },
    { name: 'a zero', values: [0], sum: 0, min: 0, max: 0 },
    { name: 'very large and very small ones', values: [1e308, 5e-324], sum: 1e308, min: 5e-324, max: 1e308 },
    { name: 'negative ones', values: [-3, -1, -2], sum: -6, min: -3, max: -1 },
  ])('of $name', ({ values, sum, min, max }) => {
    const four = (want: Cell): Cell[] => [want, want, want, want];
    expect(results('sum', values)).toEqual(four(sum));
    expect(results('min', values)).toEqual(four(min));
    expect(results('max', values)).toEqual(four(max));
  });
});
