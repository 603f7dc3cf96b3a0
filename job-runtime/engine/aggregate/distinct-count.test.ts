import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '../../../crds/field-type.ts';
import { fold, inputOf, resultOf, resultsByAllWays, stateOf } from '../../../test/builders/aggregates.ts';
import type { Cell } from '../../../test/builders/columns.ts';
import { DistinctCount } from './distinct-count.ts';

const LONG: FieldType = { kind: 'long' };
const STRING: FieldType = { kind: 'string' };
const results = (type: FieldType, values: readonly Cell[]): Cell[] =>
  resultsByAllWays(
    () => new DistinctCount(inputOf(type)),
    { input: type, result: LONG },
    values.map((value) => ({ value })),
  );

describe('DistinctCount', () => {
  test.each<{ name: string; type: FieldType; values: Cell[]; want: number }>([
    { name: 'nothing is 0', type: STRING, values: [], want: 0 },
    { name: 'nulls do not count', type: STRING, values: [null, 'a', null], want: 1 },
    { name: 'equal values count once', type: STRING, values: ['a', 'b', 'a', ''], want: 3 },
    { name: 'wide numbers are told apart', type: LONG, values: [2n ** 60n, 2n ** 60n + 1n, 2n ** 60n], want: 2 },
    { name: '0 and −0 are one', type: { kind: 'double' }, values: [0, -0, 0.5], want: 2 },
  ])('$name', ({ type, values, want }) => {
    expect(results(type, values)).toEqual([want, want, want, want]);
  });

  test('is exact for few and within 5 % for many, by every way', () => {
    const few = Array.from({ length: 500 }, (_, i) => `v${i % 250}`);
    expect(results(STRING, few)).toEqual([250, 250, 250, 250]);
    const many = results(
      STRING,
      Array.from({ length: 50_000 }, (_, i) => `v${i}`),
    );
    expect(new Set(many).size).toBe(1);
    expect(Math.abs((many[0] as number) / 50_000 - 1)).toBeLessThan(0.05);
  });

  test('the state of a group is at most some 4 KB', () => {
    const subject = new DistinctCount(inputOf(LONG));
    fold(
      subject,
      LONG,
      Array.from({ length: 5000 }, (_, value) => ({ value })),
    );
    expect(stateOf(subject).length).toBeLessThan(4200);
    expect(stateOf(subject, 1)).toHaveLength(1);
    expect(resultOf(subject, LONG, 1)).toBe(0);
  });
});
