/** Exact sums and extremes of integers, wider than 64 bits if need be. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldType } from '../../../crds/field-type.ts';
import { addState, fold, resultOf, resultsByAllWays, stateOf } from '../../../test/builders/aggregates.ts';
import type { Cell } from '../../../test/builders/columns.ts';
import { IntegerExtreme, IntegerSum } from './integers.ts';

const LONG: FieldType = { kind: 'long' };
const TYPES = { input: LONG, result: LONG };
const MAX_LONG = 2n ** 63n - 1n;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const readings = (values: readonly Cell[]): { value: Cell }[] => values.map((value) => ({ value }));
const exact = (value: Cell): bigint | null => (value === null ? null : BigInt(value as number));

describe('IntegerSum', () => {
  test.each<{ name: string; values: Cell[]; want: Cell }>([
    { name: 'is null for nothing', values: [], want: null },
    { name: 'is null for nulls', values: [null, null], want: null },
    { name: 'skips nulls', values: [null, 3, null, 4], want: 7 },
    { name: 'is 0 for a zero', values: [0], want: 0 },
    { name: 'goes below zero', values: [3, -10], want: -7 },
    { name: 'is exact at the end of doubles', values: [MAX_SAFE, 1, 1], want: 2n ** 53n + 1n },
    { name: 'is exact below', values: [-MAX_SAFE, -1, -1], want: -(2n ** 53n) - 1n },
    { name: 'comes back from beyond', values: [MAX_SAFE, 1, -1], want: MAX_SAFE },
    { name: 'is wider than 64 bits', values: [MAX_LONG, MAX_LONG, MAX_LONG], want: 3n * MAX_LONG },
    { name: 'takes wide values of both signs', values: [MAX_LONG, -MAX_LONG, -MAX_LONG, null, 5], want: 5n - MAX_LONG },
    { name: 'starts with a wide value', values: [MAX_LONG], want: MAX_LONG },
  ])('$name', ({ values, want }) => {
    expect(resultsByAllWays(() => new IntegerSum(0), TYPES, readings(values))).toEqual([want, want, want, want]);
  });

  test('agrees with integers without bounds, in any order of any values', () => {
    const value = fc.option(
      fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: MAX_LONG }),
        fc.integer().map(BigInt),
        fc.constantFrom(2n ** 53n, -(2n ** 53n)),
      ),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), (values) => {
        const given = values.filter((one) => one !== null);
        const want = given.length === 0 ? null : given.reduce((sum, one) => sum + one, 0n);
        const results = resultsByAllWays(() => new IntegerSum(0), TYPES, readings(values));
        expect(results.map(exact)).toEqual([want, want, want, want]);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps groups apart as it grows', () => {
    const sum = new IntegerSum(0);
    sum.grow(1);
    fold(sum, LONG, [{ value: MAX_LONG }, { value: 1 }]);
    fold(sum, LONG, [
      { group: 900, value: 7 },
      { group: 5, value: -(2n ** 60n) },
    ]);
    expect([0, 1, 5, 900].map((group) => resultOf(sum, LONG, group))).toEqual([2n ** 63n, null, -(2n ** 60n), 7]);
  });

  test('a cleared group has no trace of its wide value', () => {
    const sum = new IntegerSum(0);
    fold(sum, LONG, [{ value: MAX_LONG }]);
    sum.clear();
    expect(resultOf(sum, LONG)).toBeNull();
    fold(sum, LONG, [{ value: 2 }]);
    expect(resultOf(sum, LONG)).toBe(2);
  });

  test('the state of a small sum is a few bytes', () => {
    const sum = new IntegerSum(0);
    fold(sum, LONG, [{ value: 40 }]);
    expect(stateOf(sum)).toHaveLength(1);
  });

  test('a group may merge with another one of its own', () => {
    const sum = new IntegerSum(0);
    fold(sum, LONG, [
      { group: 0, value: MAX_LONG },
      { group: 1, value: MAX_LONG },
    ]);
    sum.merge(0, sum, 1);
    expect(resultOf(sum, LONG)).toBe(2n * MAX_LONG);
  });
});

describe('IntegerExtreme', () => {
  test.each<{ name: string; values: Cell[]; min: Cell; max: Cell }>([
    { name: 'nothing', values: [], min: null, max: null },
    { name: 'nulls', values: [null], min: null, max: null },
    { name: 'small values', values: [3, null, -4, 9], min: -4, max: 9 },
    { name: 'wide values', values: [2n ** 60n, 5, -(2n ** 61n)], min: -(2n ** 61n), max: 2n ** 60n },
    {
      name: 'neighbours that a double does not tell apart',
      values: [2n ** 60n, 2n ** 60n + 1n, 2n ** 60n - 1n],
      min: 2n ** 60n - 1n,
      max: 2n ** 60n + 1n,
    },
    { name: 'a wide negative among small ones', values: [5, -(2n ** 60n), 6], min: -(2n ** 60n), max: 6 },
    { name: 'times before 1970', values: [-1000, -5], min: -1000, max: -5 },
  ])('of $name', ({ values, min, max }) => {
    const extreme = (sign: 1 | -1): Cell[] =>
      resultsByAllWays(() => new IntegerExtreme(0, sign), TYPES, readings(values));
    expect(extreme(-1)).toEqual([min, min, min, min]);
    expect(extreme(1)).toEqual([max, max, max, max]);
  });

  test('a wide value that was beaten is not shown again', () => {
    const min = new IntegerExtreme(0, -1);
    fold(min, LONG, [{ value: 2n ** 60n }, { value: 3 }]);
    const other = new IntegerExtreme(0, -1);
    addState(other, stateOf(min));
    expect(resultOf(other, LONG)).toBe(3);
  });
});
