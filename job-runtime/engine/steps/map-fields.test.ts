import { describe, expect, test } from '@jest/globals';
import { columnBatch, fieldsOf, selectedCells } from '../../../test/builders/columns.ts';
import type { Field } from '../column.ts';
import { compileExpression } from '../expression/compile.ts';
import { MapFields } from './map-fields.ts';

const [A, B, OUT, SECOND] = fieldsOf('long', 'string', 'long', 'string') as [Field, Field, Field, Field];

function mapOf(...assignments: readonly [Field, string][]): MapFields {
  const compiled = assignments.map(([to, source]) => {
    const expression = compileExpression(source, [A, B]);
    if ('problem' in expression) throw new RangeError(expression.problem);
    return { to, expression };
  });
  return new MapFields(compiled, 0);
}

function run(map: MapFields, rows: readonly (readonly [number | bigint | null, string | null])[]): unknown {
  const batch = columnBatch(
    [A, B, OUT, SECOND],
    rows.map(([a, b]) => ({ cells: [a, b, -1, 'old'] })),
  );
  const failed: number[] = [];
  map.apply(batch, new Float64Array(0), { duplicate: () => undefined, failed: (_batch, row) => failed.push(row) });
  return { rows: selectedCells(batch).map((cells) => cells.slice(2)), failed };
}

describe('MapFields', () => {
  test('writes each result into its own slot and leaves the inputs alone', () => {
    const map = mapOf([OUT, 'long0 + 1'], [SECOND, 'string1 + "!"']);
    expect(
      run(map, [
        [1, 'x'],
        [41, ''],
      ]),
    ).toEqual({
      rows: [
        [2, 'x!'],
        [42, '!'],
      ],
      failed: [],
    });
  });

  test('stores a null field as null', () => {
    expect(run(mapOf([OUT, 'long0'], [SECOND, 'string1']), [[null, null]])).toEqual({
      rows: [[null, null]],
      failed: [],
    });
  });

  test('a row on which one expression fails leaves once, whatever the others give', () => {
    const map = mapOf([OUT, '10 / long0'], [SECOND, 'string1 + "!"']);
    expect(
      run(map, [
        [0, null],
        [5, null],
        [0, 'x'],
        [2, 'y'],
      ]),
    ).toEqual({ rows: [[5, 'y!']], failed: [0, 1, 2] });
  });

  test('keeps whole numbers exact, and fails beyond 64 bits', () => {
    const map = mapOf([OUT, 'long0 + long0']);
    expect(
      run(map, [
        [2n ** 61n, ''],
        [2n ** 62n, ''],
      ]),
    ).toEqual({ rows: [[2n ** 62n, 'old']], failed: [1] });
  });
});
