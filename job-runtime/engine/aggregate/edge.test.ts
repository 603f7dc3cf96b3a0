/** first and last go by event time, source partition and offset, never by arrival. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldType } from '../../../crds/field-type.ts';
import type { Reading } from '../../../test/builders/aggregates.ts';
import { addState, fold, resultOf, resultsByAllWays, stateOf } from '../../../test/builders/aggregates.ts';
import type { Cell } from '../../../test/builders/columns.ts';
import { createColumn } from '../column.ts';
import type { SliceColumn } from '../column.ts';
import { Edge } from './edge.ts';

const STRING: FieldType = { kind: 'string' };
const LONG: FieldType = { kind: 'long' };
const at = (time: number, partition: number, offset: number, value: Cell): Reading => ({
  time,
  partition,
  offset,
  value,
});

function firstAndLast(type: FieldType, readings: readonly Reading[]): [Cell, Cell] {
  const types = { input: type, result: type };
  const firsts = resultsByAllWays(() => new Edge(0, false), types, readings);
  const lasts = resultsByAllWays(() => new Edge(0, true), types, readings);
  expect(new Set(firsts).size).toBe(1);
  expect(new Set(lasts).size).toBe(1);
  return [firsts[0]!, lasts[0]!];
}

describe('Edge', () => {
  test.each<{ name: string; type: FieldType; readings: Reading[]; first: Cell; last: Cell }>([
    { name: 'nothing is null', type: STRING, readings: [], first: null, last: null },
    {
      name: 'goes by event time',
      type: STRING,
      readings: [at(5, 0, 0, 'b'), at(1, 0, 1, 'a'), at(9, 0, 2, 'c')],
      first: 'a',
      last: 'c',
    },
    { name: 'then by partition', type: STRING, readings: [at(5, 2, 0, 'b'), at(5, 1, 9, 'a')], first: 'a', last: 'b' },
    {
      name: 'then by offset',
      type: STRING,
      readings: [at(5, 1, 2 ** 53 - 1, 'b'), at(5, 1, 2 ** 53 - 2, 'a')],
      first: 'a',
      last: 'b',
    },
    {
      name: 'nulls are values',
      type: STRING,
      readings: [at(1, 0, 0, null), at(2, 0, 1, 'a'), at(3, 0, 2, null)],
      first: null,
      last: null,
    },
    {
      name: 'an empty text is no null',
      type: STRING,
      readings: [at(1, 0, 0, ''), at(2, 0, 1, 'a')],
      first: '',
      last: 'a',
    },
    {
      name: 'numbers are exact',
      type: LONG,
      readings: [at(1, 0, 0, 2n ** 60n + 1n), at(2, 0, 1, -5)],
      first: 2n ** 60n + 1n,
      last: -5,
    },
    { name: 'times before 1970', type: LONG, readings: [at(-5, 0, 0, 2), at(-9, 0, 1, 1)], first: 1, last: 2 },
  ])('$name', ({ type, readings, first, last }) => {
    expect(firstAndLast(type, readings)).toEqual([first, last]);
    expect(firstAndLast(type, readings.toReversed())).toEqual([first, last]);
  });

  test('any order of arrival gives the same', () => {
    const reading = fc.record({
      time: fc.integer({ min: -3, max: 3 }),
      partition: fc.nat(2),
      value: fc.option(fc.string()),
    });
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 10 }), fc.nat(), (given, turn) => {
        const readings = given.map((one, offset) => ({ ...one, offset }));
        const turned = [...readings.slice(turn % readings.length), ...readings.slice(0, turn % readings.length)];
        expect(firstAndLast(STRING, turned)).toEqual(firstAndLast(STRING, readings));
      }),
    );
  });

  test('keeps a copy: the batch may be overwritten', () => {
    const column = createColumn(STRING, 1) as SliceColumn;
    const last = new Edge(0, true);
    fold(last, STRING, [at(1, 0, 0, 'kept'), at(0, 0, 1, 'overwritten')]);
    fold(last, STRING, [at(0, 0, 0, 'XXXX')]);
    last.emit(0, column, 0);
    expect(Buffer.from(column.bytes.subarray(column.start[0], column.end[0])).toString()).toBe('kept');
  });

  test('carries texts of 100 KB', () => {
    const long = 'x'.repeat(100_000);
    const last = new Edge(0, true);
    addState(last, stateOf(prepared(long)));
    expect(resultOf(last, STRING)).toBe(long);
  });
});

function prepared(value: string): Edge {
  const edge = new Edge(0, true);
  fold(edge, STRING, [at(1, 0, 0, value)]);
  return edge;
}
