import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '../../../crds/field-type.ts';
import { inputOf, resultsByAllWays } from '../../../test/builders/aggregates.ts';
import type { Cell } from '../../../test/builders/columns.ts';
import { Percentile } from './percentile.ts';

const DOUBLE: FieldType = { kind: 'double' };
const DECIMAL: FieldType = { kind: 'decimal', scale: 2 };
const LONG: FieldType = { kind: 'long' };

function percentile(type: FieldType, p: number, values: readonly Cell[]): Cell {
  const results = resultsByAllWays(
    () => new Percentile(inputOf(type), p),
    { input: type, result: DOUBLE },
    values.map((value) => ({ value })),
  );
  expect(new Set(results).size).toBe(1);
  return results[0]!;
}

describe('Percentile', () => {
  test('of nothing and of nulls is null', () => {
    expect(percentile(LONG, 0.5, [])).toBeNull();
    expect(percentile(LONG, 0.5, [null])).toBeNull();
  });

  test.each<{ name: string; type: FieldType; p: number; values: Cell[]; want: number }>([
    { name: 'the median of three', type: LONG, p: 0.5, values: [30, 10, 20], want: 20 },
    { name: 'the lower one of two', type: LONG, p: 0.5, values: [10, 20], want: 10 },
    { name: 'nulls do not count', type: LONG, p: 0.5, values: [null, 10, null, 30, 20], want: 20 },
    { name: 'a decimal is in its units', type: DECIMAL, p: 0.99, values: [150, 250], want: 1.5 },
    { name: 'negative values', type: DOUBLE, p: 0.1, values: [-0.5, -100, 7], want: -100 },
    { name: 'wide values', type: LONG, p: 0.5, values: [2n ** 62n, -(2n ** 62n), 2n ** 61n], want: 2 ** 61 },
  ])('$name', ({ type, p, values, want }) => {
    expect(Math.abs((percentile(type, p, values) as number) / want - 1)).toBeLessThan(0.0101);
  });

  test('zero is exact', () => {
    expect(percentile(DOUBLE, 0.5, [-1, 0, 1])).toBe(0);
  });
});
