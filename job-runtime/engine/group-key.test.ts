import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FieldType } from '../../crds/field-type.ts';
import type { ColumnBatch, Field, NumberColumn, SliceColumn } from './column.ts';
import { appendSlice, createColumnBatch, exactInteger, storeInteger } from './column.ts';
import { GroupKey } from './group-key.ts';

type Value = string | bigint | number | null;
const TYPES: readonly FieldType[] = [
  { kind: 'string' },
  { kind: 'long' },
  { kind: 'double' },
  { kind: 'decimal', scale: 2 },
];
const FIELDS: readonly Field[] = TYPES.map((type, slot) => ({ name: type.kind, type, slot }));

/** Strings made of the bytes that are escaped, and of their neighbours. */
const trickyText = fc.string({ unit: fc.constantFrom('\0', '\x01', '\x02', '\x03', 'a', 'é') });
const row = fc.tuple(
  fc.option(trickyText),
  fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.option(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n })),
);

function put(batch: ColumnBatch, at: number, values: readonly Value[]): void {
  values.forEach((value, slot) => {
    const column = batch.columns[slot]!;
    if (column.kind === 'slice') appendSlice(column, at, value === null ? null : Buffer.from(value as string));
    else if (typeof value === 'bigint') storeInteger(column, at, value);
    else column.values[at] = value === null ? NaN : (value as number);
  });
}

function get(batch: ColumnBatch, at: number): Value[] {
  return FIELDS.map(({ slot, type }) => {
    const column = batch.columns[slot]!;
    if (column.kind === 'slice')
      return column.start[at]! < 0
        ? null
        : Buffer.from(column.bytes.subarray(column.start[at], column.end[at])).toString();
    if (Number.isNaN(column.values[at]!)) return null;
    return type.kind === 'double' ? column.values[at]! + 0 : exactInteger(column, at);
  });
}

/** null first, then by value; text by bytes. */
function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === 'string' || typeof b === 'string')
    return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string));
  return Number(a > b) - Number(a < b);
}

const compareRows = (a: readonly Value[], b: readonly Value[]): number =>
  a.map((value, i) => compareValues(value, b[i]!)).find((order) => order !== 0) ?? 0;

describe('GroupKey', () => {
  const encode = (values: readonly Value[]): Buffer => {
    const batch = createColumnBatch(TYPES, 1);
    put(batch, 0, values);
    const key = new GroupKey(FIELDS);
    return Buffer.from(key.bytes.subarray(0, key.encode(batch, 0)));
  };

  it('orders keys as their values are ordered, and makes equal values equal', () => {
    fc.assert(
      fc.property(row, row, (a, b) => {
        expect(Math.sign(Buffer.compare(encode(a), encode(b)))).toBe(Math.sign(compareRows(a, b)));
      }),
      { numRuns: 2000 },
    );
  });

  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        const keys = rows.map(encode);
        const arena = Buffer.concat(keys);
        const batch = createColumnBatch(TYPES, rows.length);
        const key = new GroupKey(FIELDS);
        key.startRows(arena, batch.columns);
        let at = 0;
        keys.forEach((bytes, i) => {
          key.decode(arena, at, batch.columns, i);
          at += bytes.length;
        });
        expect(rows.map((_, i) => get(batch, i))).toEqual(
          rows.map((values) => values.map((value) => (typeof value === 'number' ? value + 0 : value))),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('takes 0 and −0 as one group', () => {
    expect(encode(['', 0n, -0, 0n])).toEqual(encode(['', 0n, 0, 0n]));
  });

  it('keeps the boundary between two texts', () => {
    const fields: Field[] = [0, 1].map((slot) => ({ name: `f${slot}`, type: { kind: 'string' }, slot }));
    const batch = createColumnBatch([{ kind: 'string' }, { kind: 'string' }], 2);
    const columns = batch.columns as SliceColumn[];
    [
      ['ab', 'c'],
      ['a', 'bc'],
    ].forEach((texts, at) => texts.forEach((value, slot) => appendSlice(columns[slot]!, at, Buffer.from(value))));
    const key = new GroupKey(fields);
    const first = Buffer.from(key.bytes.subarray(0, key.encode(batch, 0)));
    expect(first.equals(key.bytes.subarray(0, key.encode(batch, 1)))).toBe(false);
  });

  it('encodes int, boolean and times by their numbers', () => {
    const field: Field = { name: 't', type: { kind: 'timestamp' }, slot: 0 };
    const batch = createColumnBatch([field.type], 2);
    (batch.columns[0] as NumberColumn).values.set([-1, 1_700_000_000_000]);
    const key = new GroupKey([field]);
    const before = Buffer.from(key.bytes.subarray(0, key.encode(batch, 0)));
    expect(Buffer.compare(before, key.bytes.subarray(0, key.encode(batch, 1)))).toBe(-1);
  });
});

it('decodes many rows with escaped bytes in time that grows with the rows', () => {
  const field: Field = { name: 's', type: { kind: 'string' }, slot: 0 };
  const batch = createColumnBatch([field.type], 2000);
  const key = new GroupKey([field]);
  const keys = Array.from({ length: 2000 }, (_, row) => {
    appendSlice(batch.columns[0] as SliceColumn, 0, Buffer.from(row % 2 === 0 ? `plain ${row}` : `\0${row}\x02`));
    (batch.columns[0] as SliceColumn).used = 0;
    return Buffer.from(key.bytes.subarray(0, key.encode(batch, 0)));
  });
  const arena = Buffer.concat([...keys, Buffer.alloc(1 << 20)]);
  const target = createColumnBatch([field.type], 2000);
  key.startRows(arena, target.columns);
  let at = 0;
  keys.forEach((bytes, row) => {
    key.decode(arena, at, target.columns, row);
    at += bytes.length;
  });
  const column = target.columns[0] as SliceColumn;
  const text = (row: number): string =>
    Buffer.from(column.bytes.subarray(column.start[row], column.end[row])).toString();
  expect([0, 1, 1998, 1999].map(text)).toEqual(['plain 0', '\0' + '1\x02', 'plain 1998', '\0' + '1999\x02']);
  expect(column.bytes.length).toBeLessThan(1 << 20);
});
