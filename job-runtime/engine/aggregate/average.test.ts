import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '../../../crds/field-type.ts';
import { resultsByAllWays } from '../../../test/builders/aggregates.ts';
import type { Cell } from '../../../test/builders/columns.ts';
import { Average } from './average.ts';

const LONG: FieldType = { kind: 'long' };
const DECIMAL: FieldType = { kind: 'decimal', scale: 2 };
const DOUBLE: FieldType = { kind: 'double' };

describe('Average', () => {
  test.each<{ name: string; type: FieldType; values: Cell[]; want: Cell }>([
    { name: 'of nothing is null', type: LONG, values: [], want: null },
    { name: 'of nulls is null', type: LONG, values: [null], want: null },
    { name: 'divides by the values that are not null', type: LONG, values: [1, null, 2], want: 1.5 },
    { name: 'of a decimal is in its units', type: DECIMAL, values: [150, 175], want: 1.625 },
    { name: 'of doubles', type: DOUBLE, values: [0.5, -1.5, null], want: -0.5 },
    {
      name: 'of wide values is exact before the division',
      type: LONG,
      values: [2n ** 62n, 2n ** 62n, -(2n ** 63n), 30],
      want: 7.5,
    },
    { name: 'of a wide sum', type: LONG, values: [2n ** 62n, 2n ** 62n + 2n ** 20n], want: 2 ** 62 + 2 ** 19 },
    { name: 'of a wide decimal', type: DECIMAL, values: [10n ** 30n, 10n ** 30n + 50n], want: 1e28 },
    {
      name: 'of wide negative values',
      type: LONG,
      values: [-(2n ** 60n), -(2n ** 60n) - 2n ** 30n],
      want: -(2 ** 60) - 2 ** 29,
    },
  ])('$name', ({ type, values, want }) => {
    const readings = values.map((value) => ({ value }));
    const results = resultsByAllWays(() => new Average(0, type), { input: type, result: DOUBLE }, readings);
    expect(results).toEqual([want, want, want, want]);
  });
});
