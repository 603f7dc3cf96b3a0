import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '../../../crds/field-type.ts';
import { addState, fold, resultOf, resultsByAllWays } from '../../../test/builders/aggregates.ts';
import { BinaryWriter } from '../binary.ts';
import { Count } from './count.ts';

const STRING: FieldType = { kind: 'string' };
const LONG: FieldType = { kind: 'long' };
const readings = [null, 'a', '', null, 'b'].map((value) => ({ value }));

describe('Count', () => {
  test('of records takes nulls too', () => {
    expect(resultsByAllWays(() => new Count(-1), { input: STRING, result: LONG }, readings.slice(1))).toEqual([
      4, 4, 4, 4,
    ]);
  });

  test('of a field leaves nulls out, and takes empty texts', () => {
    expect(resultsByAllWays(() => new Count(0), { input: STRING, result: LONG }, readings)).toEqual([3, 3, 3, 3]);
  });

  test('of a number leaves nulls out', () => {
    const numbers = [null, 0, 2n ** 60n].map((value) => ({ value }));
    expect(resultsByAllWays(() => new Count(0), { input: LONG, result: LONG }, numbers)).toEqual([2, 2, 2, 2]);
  });

  test('of nothing is 0', () => {
    expect(resultsByAllWays(() => new Count(0), { input: STRING, result: LONG }, [])).toEqual([0, 0, 0, 0]);
  });

  test('keeps groups apart', () => {
    const count = new Count(-1);
    fold(count, STRING, [
      { group: 3, value: 'a' },
      { group: 0, value: 'b' },
      { group: 3, value: 'c' },
    ]);
    expect([0, 1, 2, 3].map((group) => resultOf(count, LONG, group))).toEqual([1, 0, 0, 2]);
  });

  test('is exact up to the largest count that is ever sent', () => {
    const count = new Count(-1);
    const state = new BinaryWriter();
    state.varint(2 ** 53 - 2);
    addState(count, state.toBytes());
    fold(count, STRING, [{ value: 'a' }]);
    expect(resultOf(count, LONG)).toBe(2 ** 53 - 1);
  });
});
