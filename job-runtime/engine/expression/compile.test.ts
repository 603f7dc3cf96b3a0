import { describe, expect, test } from '@jest/globals';
import { parseFieldType } from '../../../crds/field-type.ts';
import { createColumn, createColumnBatch, ROW_ERROR_NAMES, RowError, storeInteger, WIDE } from '../column.ts';
import type { Column, ColumnBatch, Field, NumberColumn } from '../column.ts';
import { compileExpression } from './compile.ts';
import type { CompiledExpression } from './compile.ts';
import { takeOutFailed } from '../steps/failed-rows.ts';
import { narrow } from './result.ts';

type Cell = number | bigint | string | Uint8Array | null;
type Cells = Record<string, readonly [type: string, ...cells: Cell[]]>;

const encoder = new TextEncoder();

const fieldsOf = (cells: Cells): Field[] =>
  Object.entries(cells).map(([name, [type]], slot) => ({ name, type: parseFieldType(type), slot }));

/** One column per entry: its type, then its cells. */
function batchOf(cells: Cells): ColumnBatch {
  const rows = Object.values(cells)[0]!.length - 1;
  const batch = createColumnBatch(
    fieldsOf(cells).map(({ type }) => type),
    rows,
  );
  Object.assign(batch, { count: rows, selected: rows, rows: Int32Array.from({ length: rows }, (_, row) => row) });
  Object.values(cells).forEach(([, ...column], slot) => {
    column.forEach((cell, row) => storeCell(batch.columns[slot]!, row, cell));
  });
  return batch;
}

function storeCell(column: Column, row: number, cell: Cell): void {
  if (column.kind === 'number') {
    if (typeof cell === 'bigint') storeInteger(column, row, cell);
    else column.values[row] = cell === null ? NaN : Number(cell);
    return;
  }
  const added = typeof cell === 'string' ? encoder.encode(cell) : ((cell as Uint8Array | null) ?? new Uint8Array(0));
  column.start[row] = cell === null ? -1 : column.bytes.length;
  column.bytes = Buffer.concat([column.bytes, added]);
  column.end[row] = cell === null ? -1 : column.bytes.length;
}

function compile(source: string, cells: Cells, expected?: 'bool'): CompiledExpression {
  const compiled = compileExpression(source, fieldsOf(cells), expected);
  if ('problem' in compiled) throw new Error(compiled.problem);
  return compiled;
}

/** The results of an expression over a batch: numbers, exact integers, text; 'failed' or null. */
function run(source: string, cells: Cells): unknown[] {
  const batch = batchOf(cells);
  const expression = compile(source, cells);
  const out = createColumn(expression.type, batch.rows.length);
  expression.evaluate(batch, out, 3);
  return [...batch.rows].map((row) => (batch.error[row] === RowError.none ? cellOf(out, row) : 'failed'));
}

function cellOf(column: Column, row: number): unknown {
  if (column.kind === 'number') {
    const value = column.values[row]!;
    return value === WIDE ? column.wide.get(row) : Number.isNaN(value) ? null : value;
  }
  if (column.start[row]! < 0) return null;
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(column.bytes.slice(column.start[row], column.end[row]));
}

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

describe('numbers', () => {
  test.each<{ name: string; source: string; cells: Cells; want: unknown[] }>([
    {
      name: 'integers are exact past 2^53',
      source: 'x + 1',
      cells: { x: ['long', 2 ** 53 - 1, 2n ** 62n] },
      want: [2n ** 53n, 2n ** 62n + 1n],
    },
    {
      name: 'a wide integer comes back into the safe range',
      source: 'x - 9007199254740993',
      cells: { x: ['long', 2n ** 53n + 2n] },
      want: [1],
    },
    {
      name: 'a sum, product or negation beyond 64 bits fails',
      source: 'x * -1',
      cells: { x: ['long', MIN, MAX] },
      want: ['failed', -MAX],
    },
    {
      name: 'the negative of the least integer fails',
      source: '-x',
      cells: { x: ['long', MIN, MAX, 0] },
      want: ['failed', -MAX, 0],
    },
    { name: 'the least integer by −1 fails', source: 'x / -1', cells: { x: ['long', MIN, 6] }, want: ['failed', -6] },
    { name: 'integers divide towards zero', source: 'x / 2', cells: { x: ['int', 7, -7, -1] }, want: [3, -3, 0] },
    {
      name: 'the remainder has the sign of the dividend',
      source: 'x % 3',
      cells: { x: ['long', 7, -7, -3, MAX, MIN] },
      want: [1, -1, 0, 1, -2],
    },
    {
      name: 'integers by zero fail, doubles that are not finite fail as results',
      source: '1.0 / double(7 / x)',
      cells: { x: ['int', 0, 8, 7] },
      want: ['failed', 'failed', 1],
    },
    {
      name: 'NaN inside is a value',
      source: 'x / x != 1.0',
      cells: { x: ['double', 0, 2, null] },
      want: [1, 0, 'failed'],
    },
    {
      name: 'int and double compare as numbers',
      source: 'x < 9007199254740992.0',
      cells: { x: ['long', 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n] },
      want: [1, 0, 0],
    },
    {
      name: 'a double beyond 64 bits is no int',
      source: 'int(x)',
      cells: { x: ['double', 2 ** 63, -(2 ** 63), -1.9] },
      want: ['failed', MIN, -1],
    },
    {
      name: 'a decimal is a double',
      source: 'x * 2.0',
      cells: { x: ['decimal(2)', 150, -1, 10n ** 20n] },
      want: [3, -0.02, 2e18],
    },
    {
      name: 'wide members of a list are found',
      source: 'x in [1, 9223372036854775807]',
      cells: { x: ['long', MAX, 1, 2, MAX - 1n] },
      want: [1, 1, 0, 0],
    },
    {
      name: 'text to int is strict',
      source: 'int(s)',
      cells: { s: ['string', '12', '-9223372036854775808', '', '0x1', '9223372036854775808', '1.0', ' 1'] },
      want: [12, MIN, 'failed', 'failed', 'failed', 'failed', 'failed'],
    },
    {
      name: 'text to double is strict',
      source: 'double(s)',
      cells: { s: ['string', '1e3', '0x10', '', '-.5', 'nan'] },
      want: [1000, 'failed', 'failed', -0.5, 'failed'],
    },
  ])('$name', ({ source, cells, want }) => {
    expect(run(source, cells)).toEqual(want);
  });
});

test('a product that a double would round is exact', () => {
  expect(run('x * 7', { x: ['long', 2 ** 53 - 1] })).toEqual([7n * (2n ** 53n - 1n)]);
});

test('integers have no negative zero', () => {
  expect(run('1.0 / double(-x) > 0.0 && 1.0 / double(x * -1) > 0.0', { x: ['long', 0] })).toEqual([1]);
  expect(run('1.0 / double(-5 % y) > 0.0', { y: ['long', 5] })).toEqual([1]);
});

test('an empty text before a negative number is no int (found by the property test)', () => {
  expect(run('int(s)', { s: ['string', '', '-7', '-', ''] })).toEqual(['failed', -7, 'failed', 'failed']);
});

describe('errors and nulls', () => {
  const cells: Cells = { x: ['long', 0, 5, null], b: ['boolean', 1, 0, null] };
  test.each([
    { source: 'x != 0 && 10 / x > 1', want: [0, 1, 'failed'] },
    { source: '10 / x > 1 && b', want: ['failed', 0, 'failed'] },
    { source: '10 / x > 1 && x == 1', want: [0, 0, 0] },
    { source: '10 / x > 1 || b', want: [1, 1, 'failed'] },
    { source: 'x == null || x > 3', want: [0, 1, 1] },
    { source: 'null != x ? x : 7', want: [0, 5, 7] },
    { source: 'has(record.x) && b', want: [1, 0, 0] },
    { source: 'b ? x : 1 / x', want: [0, 0, 'failed'] },
    { source: 'x == 0 ? 1 : 10 / x', want: [1, 2, 'failed'] },
    { source: '[x].all(v, v == 5)', want: [0, 1, 'failed'] },
    { source: '!b', want: [0, 1, 'failed'] },
  ])('$source', ({ source, want }) => {
    expect(run(source, cells)).toEqual(want);
  });

  test('a field alone is copied: type, nulls and exact value', () => {
    const copied: Cells = { d: ['decimal(2)', 10n ** 30n, null, 5] };
    const expression = compile('d', copied);
    expect([expression.type, expression.copyOf?.name]).toEqual([{ kind: 'decimal', scale: 2 }, 'd']);
    expect(run('d', copied)).toEqual([10n ** 30n, null, 5]);
  });

  test('a filter on a field alone fails where it is null', () => {
    const batch = batchOf(cells);
    const filter = compile('b', cells, 'bool');
    const out = createColumn(filter.type, 3) as NumberColumn;
    filter.evaluate(batch, out, 2);
    narrow(batch, out);
    expect([...batch.rows.subarray(0, batch.selected)]).toEqual([0]);
    expect([...batch.error].map((code) => ROW_ERROR_NAMES[code])).toEqual(['', '', 'ExpressionError']);
    expect(batch.errorField[2]).toBe(2);
  });

  test('the first expression to fail on a row is the one recorded', () => {
    const batch = batchOf(cells);
    for (const [index, source] of ['10 / x', 'x + 1'].entries()) {
      const expression = compile(source, cells);
      expression.evaluate(batch, createColumn(expression.type, 3), index);
    }
    takeOutFailed(batch, { duplicate: () => undefined, failed: () => undefined });
    expect([...batch.errorField]).toEqual([0, 0, 0]);
    expect([...batch.rows.subarray(0, batch.selected)]).toEqual([1]);
  });

  test('only selected rows are looked at', () => {
    const batch = batchOf(cells);
    Object.assign(batch, { rows: Int32Array.of(1, 0, 0), selected: 1 });
    const expression = compile('10 / x', cells);
    expression.evaluate(batch, createColumn(expression.type, 3), 0);
    expect([...batch.error]).toEqual([0, 0, 0]);
  });

  test('a larger batch may follow', () => {
    const expression = compile('string(x + 1) + "!"', { x: ['long', 1] });
    for (const size of [1, 50, 3]) {
      const batch = batchOf({ x: ['long', ...Array.from({ length: size }, (_, row) => row)] });
      const out = createColumn(expression.type, size);
      expression.evaluate(batch, out, 0);
      expect(cellOf(out, size - 1)).toBe(`${size}!`);
    }
  });
});

describe('where cel-js leaves CEL, we keep to it', () => {
  // prettier-ignore
  test.each<{ name: string; source: string; cells: Cells; want: unknown[] }>([
    { name: 'text is ordered by code points', source: 's < "\ufb01"', cells: { s: ['string', '😀', 'a'] }, want: [0, 1] },
    { name: 'interpreted text too', source: 's.trim() < "\ufb01"', cells: { s: ['string', '😀'] }, want: [0] },
    { name: 'substring counts code points (found by the property test)', source: 's.substring(1)', cells: { s: ['string', '😀b'] }, want: ['b'] },
    { name: 'indexOf counts code points', source: 's.indexOf("b")', cells: { s: ['string', '😀b', 'x'] }, want: [1, -1] },
    { name: 'only ASCII letters change case', source: 's.upperAscii()', cells: { s: ['string', 'aéß😀'] }, want: ['Aéß😀'] },
    { name: 'patterns are RE2: \\pN yes, look-behind never', source: 's.matches("^\\\\pN+$")', cells: { s: ['string', '१२', 'a'] }, want: [1, 0] },
    { name: 'bytes that are no UTF-8 are no text', source: 'string(y)', cells: { y: ['bytes', Uint8Array.of(255), Uint8Array.of(97)] }, want: ['failed', 'a'] },
    { name: 'a failure inside a loop is absorbed as one (found by the property test)', source: '[1].exists(v, string(y) == "a")', cells: { y: ['bytes', Uint8Array.of(255)] }, want: ['failed'] },
    { name: 'negative durations add exactly', source: '(t - w + (t - w)).getMilliseconds()', cells: { t: ['timestamp', 0], w: ['timestamp', 700] }, want: [-1400] },
    { name: 'and so they do where the library evaluates', source: '(t + duration("-700ms") + duration("-700ms") + duration("1us")).getMilliseconds()', cells: { t: ['timestamp', 2000] }, want: [600] },
    { name: 'a microsecond counts beside thousands of years (found by the property test)', source: 't - (timestamp("0001-01-01T00:00:00Z") - timestamp("2024-03-10T07:00:00Z") + duration("1us"))', cells: { t: ['timestamp', 0] }, want: [63845650799999] },
    { name: 'a computed pattern that is wrong fails where it is used (found by the property test)', source: 'x == 0 || "a".matches(string(1.0 / 0.0))', cells: { x: ['long', 0, 1] }, want: [1, 'failed'] },
    { name: 'a timestamp ends with the year 9999', source: 't + duration("1ms")', cells: { t: ['timestamp', 253402300799999, 0] }, want: ['failed', 1] },
    { name: 'hours are those of the zone', source: 't.getHours("America/New_York")', cells: { t: ['timestamp', Date.UTC(2024, 2, 10, 6, 59), Date.UTC(2024, 2, 10, 7)] }, want: [1, 3] },
    { name: 'days of the year count from 0', source: 't.getDayOfYear()', cells: { t: ['timestamp', Date.UTC(2024, 11, 31), 0] }, want: [365, 0] },
    { name: 'timestamps are RFC 3339 only', source: 'timestamp(s)', cells: { s: ['string', '2024-01-31T08:00:00+02:00', 'Tue, 30 Jan 2024 08:00:00', '2024-02-30T00:00:00Z'] }, want: [Date.UTC(2024, 0, 31, 6), 'failed', 'failed'] },
  ])('$name', ({ source, cells, want }) => {
    expect(run(source, cells)).toEqual(want);
  });
});

describe('names, lists and times', () => {
  const cells: Cells = {
    'C/A': ['string', 'A002'],
    int: ['long', 4],
    tags: ['array<long>', '[1,9007199254740993]'],
    names: ['map<string>', '{"a":"x"}'],
    t: ['timestamp', 1.7e12],
  };
  test.each([
    { source: 'record["C/A"] + "!"', want: 'A002!' },
    { source: 'record.int + 1', want: 5 },
    { source: 'tags[1]', want: 2n ** 53n + 1n },
    { source: 'tags.map(v, v * 2)', want: '[2,18014398509481986]' },
    { source: '{"n": record.int}', want: '{"n":4}' },
    { source: 'names.a', want: 'x' },
    { source: '"b" in names', want: 0 },
    { source: 'format(t, "yyyy-MM-dd HH:mm", "Europe/Berlin")', want: '2023-11-14 23:13' },
    { source: 'parseTimestamp("14.11.2023 23:13", "dd.MM.yyyy HH:mm", "Europe/Berlin") < t', want: 1 },
    { source: 'string(t)', want: '2023-11-14T22:13:20Z' },
  ])('$source', ({ source, want }) => {
    expect(run(source, cells)).toEqual([want]);
  });

  test('a list that is walked once per element of another is bounded', () => {
    const long = { tags: ['array<long>', JSON.stringify(Array.from({ length: 1001 }, () => 1))] } satisfies Cells;
    expect(run('tags.exists(v, v == 1)', long)).toEqual([1]);
    expect(run('tags.exists(v, v in tags)', long)).toEqual(['failed']);
  });

  test('the plan says what the library evaluates, and what is read', () => {
    const expression = compile('t.getHours() > 3 && tags.exists(v, v == record.int)', cells);
    expect(expression.interpreted).toEqual(['tags.exists(v, v == record.int)']);
    expect(expression.inputs.map(({ name }) => name)).toEqual(['int', 'tags', 't']);
    expect(compile('record.int % 123 == 0 && record["C/A"] in ["a"]', cells).interpreted).toEqual([]);
  });
});
