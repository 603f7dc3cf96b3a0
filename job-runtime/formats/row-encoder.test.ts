import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseFieldType } from '../../crds/field-type.ts';
import { createColumnBatch, storeInteger } from '../engine/column.ts';
import type { ColumnBatch, Field } from '../engine/column.ts';
import { ByteWriter } from './byte-writer.ts';
import { decodeAll, schemaOf } from './decoding.test-kit.ts';
import { createKeyEncoder } from './key-codec.ts';
import type { KeyEncoding } from '../../crds/record-schema.ts';
import { createRowEncoder } from './row-encoder.ts';

type Given = string | Uint8Array | number | bigint | null;
const encoder = new TextEncoder();

const field = (name: string, type: string, slot: number, more: Partial<Field> = {}): Field => ({
  name,
  type: parseFieldType(type),
  slot,
  ...more,
});

/** A batch of one row. */
function batchOf(fields: readonly Field[], values: readonly Given[]): ColumnBatch {
  const batch = createColumnBatch(
    fields.map(({ type }) => type),
    1,
  );
  values.forEach((value, slot) => {
    const column = batch.columns[slot]!;
    if (column.kind === 'slice') {
      column.bytes =
        typeof value === 'string' ? encoder.encode(value) : ((value as Uint8Array | null) ?? new Uint8Array(0));
      column.start[0] = value === null ? -1 : 0;
      column.end[0] = value === null ? -1 : column.bytes.length;
    } else if (typeof value === 'bigint') storeInteger(column, 0, value);
    else column.values[0] = (value as number | null) ?? NaN;
  });
  return batch;
}

function textOf(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(1);
  write(writer);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(writer.toBytes());
}

function encode(format: 'csv' | 'json', fields: readonly Field[], values: readonly Given[]): string {
  const subject = createRowEncoder(
    format,
    fields.map((entry) => ({ name: entry.name, field: entry })),
  );
  return textOf((writer) => subject.row(batchOf(fields, values), 0, writer));
}

const one = (format: 'csv' | 'json', type: string, value: Given, more: Partial<Field> = {}): string =>
  encode(format, [field('f', type, 0, more)], [value]);
const NOON = Date.UTC(2024, 0, 31, 12);

describe('rows', () => {
  test.each([
    { type: 'string', value: 'plain', csv: 'plain', json: '"plain"' },
    { type: 'string', value: 'a,"b"\n', csv: '"a,""b""\n"', json: '"a,\\"b\\"\\n"' },
    { type: 'string', value: '\u0001\u001fé😀\\', csv: '\u0001\u001fé😀\\', json: '"\\u0001\\u001fé😀\\\\"' },
    { type: 'string', value: 'a\rb', csv: '"a\rb"', json: '"a\\rb"' },
    { type: 'string', value: '', csv: '', json: '""' },
    { type: 'string', value: null, csv: '', json: 'null' },
    { type: 'boolean', value: 1, csv: 'true', json: 'true' },
    { type: 'boolean', value: 0, csv: 'false', json: 'false' },
    { type: 'int', value: -7, csv: '-7', json: '-7' },
    { type: 'long', value: 2n ** 70n, csv: '1180591620717411303424', json: '1180591620717411303424' },
    { type: 'long', value: null, csv: '', json: 'null' },
    { type: 'decimal(2)', value: 568580n, csv: '5685.80', json: '5685.80' },
    { type: 'decimal(2)', value: -5n, csv: '-0.05', json: '-0.05' },
    { type: 'decimal(0)', value: -5n, csv: '-5', json: '-5' },
    { type: 'decimal(12)', value: -5n, csv: '-0.000000000005', json: '-0.000000000005' },
    { type: 'decimal(12)', value: 1_987_654_321_012n, csv: '1.987654321012', json: '1.987654321012' },
    { type: 'decimal(2)', value: -(10n ** 20n), csv: '-1000000000000000000.00', json: '-1000000000000000000.00' },
    { type: 'double', value: 545.708, csv: '545.708', json: '545.708' },
    { type: 'double', value: 1e21, csv: '1e+21', json: '1e+21' },
    { type: 'date', value: Date.UTC(2024, 0, 31), csv: '2024-01-31', json: '"2024-01-31"' },
    { type: 'timestamp', value: NOON, csv: '2024-01-31T12:00:00.000Z', json: '"2024-01-31T12:00:00.000Z"' },
    { type: 'timestamp', value: NOON, csv: '"Wed, 31 Jan"', json: '"Wed, 31 Jan"', format: 'EEE, d MMM' },
    { type: 'timestamp', value: NOON, csv: String(NOON), json: String(NOON), format: 'epochMillis' },
    { type: 'bytes', value: 'hi,', csv: '"hi,"', json: '"aGks"' },
    { type: 'array<long>', value: '[1,2]', csv: '"[1,2]"', json: '[1,2]' },
    { type: 'map<long>', value: '{"a":1}', csv: '"{""a"":1}"', json: '{"a":1}' },
  ])('$type $value as csv and json', ({ type, value, csv, json, format }) => {
    const more = format ? { format } : {};
    expect([one('csv', type, value, more), one('json', type, value, more)]).toEqual([csv, `{"f":${json}}`]);
  });

  test('quotes in a format are quoted in the text', () => {
    expect(one('csv', 'timestamp', NOON, { format: 'HH"' })).toBe('"12"""');
    expect(one('json', 'timestamp', NOON, { format: 'HH"' })).toBe('{"f":"12\\""}');
  });

  test('columns have the names, formats and zones that the sink gives them', () => {
    const when = field('when', 'timestamp', 0, { format: 'iso8601', timezone: 'UTC' });
    const columns = [
      { name: 'DAY, "local"', field: when, format: 'MM/dd/yyyy' },
      { name: 'TIME', field: when, format: 'HH:mm', timezone: 'America/New_York' },
    ];
    const batch = batchOf([when], [NOON]);
    const [csv, json] = [createRowEncoder('csv', columns), createRowEncoder('json', columns)];
    expect(textOf((writer) => csv.header(writer))).toBe('"DAY, ""local""",TIME');
    expect(textOf((writer) => csv.row(batch, 0, writer))).toBe('01/31/2024,07:00');
    expect(textOf((writer) => json.header(writer))).toBe('');
    expect(textOf((writer) => json.row(batch, 0, writer))).toBe('{"DAY, \\"local\\"":"01/31/2024","TIME":"07:00"}');
  });

  test('doubles print as JavaScript prints them', () => {
    const short = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 9 })).map(([digits, scale]) => digits / 10 ** scale);
    const value = fc.oneof(
      short,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      short.map((price) => price * 0.908),
    );
    fc.assert(
      fc.property(value, (double) => expect(one('csv', 'double', double)).toBe(String(double + 0))),
      { numRuns: 1000 },
    );
  });

  test('text in json is what JSON.stringify writes', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string()).map((text) => text.toWellFormed());
    fc.assert(fc.property(anyText, (text) => expect(one('json', 'string', text)).toBe(JSON.stringify({ f: text }))));
  });
});

describe('what is encoded decodes to the same', () => {
  const entries = [
    ['s', 'string', fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.toWellFormed())],
    ['l', 'long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    ['p', 'decimal(3)', fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })],
    ['d', 'double', fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)],
    ['b', 'boolean', fc.constantFrom(0, 1)],
    ['t', 'timestamp', fc.integer({ min: 0, max: 4e12 })],
    ['y', 'date', fc.integer({ min: -10_000, max: 100_000 }).map((day) => day * 86400_000)],
  ] as const;
  const fields = entries.map(([name, type], slot) => field(name, type, slot));
  const values = fc.tuple(
    ...entries.map(([, , value]) => fc.option<Given>(value as fc.Arbitrary<Given>, { freq: 6 })),
  ) as fc.Arbitrary<Given[]>;

  test.each(['csv', 'json'] as const)('%s', (format) => {
    const schema = schemaOf({ format, fields: entries.map(([name, type]) => ({ name, type, optional: true })) });
    fc.assert(
      fc.property(values, (row) => {
        const text = encode(format, fields, row);
        expect(decodeAll(schema, [text])).toEqual([
          Object.fromEntries(entries.map(([name], slot) => [name, row[slot]])),
        ]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('keys', () => {
  const fields = [field('a', 'string', 0), field('n', 'long', 1), field('b', 'string', 2)];
  const key = (encoding: KeyEncoding, used: readonly Field[], values: readonly Given[]): string => {
    const batch = batchOf(fields, values);
    return textOf((writer) => createKeyEncoder(encoding, used)(batch, 0, writer));
  };

  test.each([
    { encoding: 'string', used: fields.slice(0, 1), values: ['a,"b', 1, ''], want: 'a,"b' },
    { encoding: 'string', used: fields.slice(1, 2), values: ['a', 2n ** 60n, ''], want: '1152921504606846976' },
    { encoding: 'string', used: fields.slice(0, 1), values: [null, 1, ''], want: '' },
    { encoding: 'joined', used: fields, values: ['A001', 7, '02-00'], want: 'A001,7,02-00' },
    { encoding: 'joined', used: fields, values: ['a,b', null, 'c"'], want: '"a,b",,"c"""' },
    { encoding: 'json', used: fields, values: ['a"', null, 'b'], want: '["a\\"",null,"b"]' },
  ] as const)('$encoding $want', ({ encoding, used, values, want }) => {
    expect(key(encoding, used, values)).toBe(want);
  });

  test('no two lists have one joined or json key', () => {
    const text = fc.option(fc.array(fc.constantFrom('a', ',', '"'), { maxLength: 3 }).map((parts) => parts.join('')));
    const list = fc.tuple(text, fc.constantFrom(null, 1), text);
    fc.assert(
      fc.property(fc.constantFrom<KeyEncoding>('joined', 'json'), list, list, (encoding, left, right) => {
        expect(key(encoding, fields, left) === key(encoding, fields, right)).toBe(
          JSON.stringify(left) === JSON.stringify(right),
        );
      }),
      { numRuns: 500 },
    );
  });
});
