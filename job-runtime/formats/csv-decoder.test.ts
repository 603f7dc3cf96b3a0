import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createColumnBatch } from '../engine/column.ts';
import { batchOf, decodeAll, fieldsOf, schemaOf } from './decoding.test-kit.ts';
import { createDecoder } from './registry.ts';

const text = (name: string, more: object = {}): object => ({ name, type: 'string', ...more });
const abc = schemaOf({ format: 'csv', fields: [text('a'), text('b'), text('c')] });
const csv = (fields: readonly object[], settings: object = {}): ReturnType<typeof schemaOf> =>
  schemaOf({ format: 'csv', csv: settings, fields });
const MALFORMED = { bad: 'Malformed', field: undefined };

interface Settings {
  readonly delimiter: string;
  readonly quote: string;
  readonly trim: boolean;
}

/** A second, slow opinion on RFC 4180: the columns of one record, or undefined if it is malformed. */
function parseSimply(record: string, settings: Settings): string[] | undefined {
  const columns: string[] = [];
  let rest = record.replace(/\r?\n$/, '') + settings.delimiter;
  if (rest === settings.delimiter) return undefined;
  while (rest !== '') {
    const column = firstColumn(rest, settings);
    if (column === undefined || rest[column.length] !== settings.delimiter) return undefined;
    columns.push(column.text);
    rest = rest.slice(column.length + 1);
  }
  return columns;
}

function firstColumn(rest: string, { delimiter, quote, trim }: Settings): { text: string; length: number } | undefined {
  if (!rest.startsWith(quote)) {
    const bare = rest.split(delimiter, 1)[0]!;
    return { text: trim ? bare.replace(/^[ \t]+|[ \t]+$/g, '') : bare, length: bare.length };
  }
  const quoted = new RegExp(`^${quote}((?:[^${quote}]|${quote}${quote})*)${quote}(?!${quote})`).exec(rest);
  return quoted ? { text: quoted[1]!.replaceAll(quote + quote, quote), length: quoted[0].length } : undefined;
}

function isJsonString(text: string): boolean {
  try {
    return text.startsWith('"') && typeof JSON.parse(text) === 'string' && text.endsWith('"');
  } catch {
    return false;
  }
}

describe('csv records', () => {
  test.each([
    { name: 'splits columns', value: 'x,y,z', want: { a: 'x', b: 'y', c: 'z' } },
    { name: 'drops LF at the end', value: 'x,y,z\n', want: { a: 'x', b: 'y', c: 'z' } },
    { name: 'drops CRLF at the end, once', value: 'x,y,z\n\r\n', want: { a: 'x', b: 'y', c: 'z\n' } },
    { name: 'keeps newlines inside unquoted columns', value: 'x\ny,y,z', want: { a: 'x\ny', b: 'y', c: 'z' } },
    { name: 'unquotes', value: '"x,1","y\n""q""",z', want: { a: 'x,1', b: 'y\n"q"', c: 'z' } },
    {
      name: 'takes a quote inside an unquoted column as it is',
      value: 'x"1",y"",z',
      want: { a: 'x"1"', b: 'y""', c: 'z' },
    },
    { name: 'takes an empty required string as empty', value: ',,', want: { a: '', b: '', c: '' } },
    { name: 'refuses text after a closing quote', value: '"x"1,y,z', want: MALFORMED },
    { name: 'refuses a quote that is never closed', value: 'x,y,"z', want: MALFORMED },
    { name: 'refuses too few columns', value: 'x,y', want: MALFORMED },
    { name: 'refuses too many columns', value: 'x,y,z,', want: MALFORMED },
    { name: 'refuses an empty record', value: '', want: MALFORMED },
    { name: 'refuses a lone newline', value: '\r\n', want: MALFORMED },
    { name: 'refuses a tombstone', value: null, want: MALFORMED },
    { name: 'refuses what is not UTF-8', value: Uint8Array.from([120, 44, 0xc3, 44, 122]), want: MALFORMED },
    { name: 'refuses what is not UTF-8 at its end', value: Uint8Array.from([120, 44, 121, 44, 0xff]), want: MALFORMED },
    { name: 'takes UTF-8', value: 'ä,日本,😀', want: { a: 'ä', b: '日本', c: '😀' } },
    { name: 'unwraps a JSON string', value: '"x,y,z"', want: { a: 'x', b: 'y', c: 'z' } },
    {
      name: 'unwraps a JSON string with escapes',
      value: '"x,\\"y,1\\",\\u00e9\\n"',
      want: { a: 'x', b: 'y,1', c: 'é' },
    },
    {
      name: 'unwraps doubled quotes inside a JSON string',
      value: '"\\"\\"\\"x\\"\\"\\",y,z"',
      want: { a: '"x"', b: 'y', c: 'z' },
    },
    {
      name: 'leaves a record alone whose JSON string ends early',
      value: '"x","y","z"',
      want: { a: 'x', b: 'y', c: 'z' },
    },
  ])('$name', ({ value, want }) => {
    expect(decodeAll(abc, [value])).toEqual([want]);
  });

  test('a schema of one column does not unwrap', () => {
    expect(decodeAll(csv([text('a')]), ['"x\\n"'])).toEqual([{ a: 'x\\n' }]);
  });

  test('unused columns are counted, not parsed', () => {
    const schema = csv([text('a'), { name: 'n', type: 'long' }, text('c')]);
    expect(decodeAll(schema, ['x,?,z', 'x,?'], ['c'])).toEqual([{ c: 'z' }, MALFORMED]);
  });

  test('agrees with a simple parser', () => {
    const settings = fc.record({
      delimiter: fc.constantFrom(',', '$', '\t'),
      quote: fc.constantFrom('"', "'"),
      trim: fc.boolean(),
    });
    const piece = fc.constantFrom('a', 'b"', ',', '$', '\t', ' ', '"', "'", '""', "''", '\n', '\r\n', 'é', '\\', '\\n');
    const record = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
    const wrapped = record.map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(settings, fc.array(fc.oneof(record, wrapped), { minLength: 1, maxLength: 5 }), (options, records) => {
        const schema = csv([text('a'), text('b', { from: ['b', 'a'] }), text('c')], options);
        const want = records.map((value) => {
          const columns = parseSimply(isJsonString(value) ? (JSON.parse(value) as string) : value, options);
          if (columns?.length !== 3) return MALFORMED;
          const [a, b, c] = columns as [string, string, string];
          return { a, b: a === '' && b === '' ? '' : `${b} ${a}`, c };
        });
        expect(decodeAll(schema, records)).toEqual(want);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('csv fields', () => {
  const typed = csv([
    { name: 'when', type: 'timestamp', from: ['DATE', 'TIME'], format: 'MM/dd/yyyy HH:mm:ss' },
    { name: 'day', type: 'date', from: ['DATE'], format: 'MM/dd/yyyy' },
    { name: 'n', type: 'long', optional: true },
    { name: 'price', type: 'decimal(2)' },
    { name: 'note', type: 'string', optional: true },
  ]);
  const good = { when: Date.UTC(2024, 0, 2, 3, 4, 5), day: Date.UTC(2024, 0, 2), n: 7n, price: 5685_80n, note: 'x' };

  test.each([
    { name: 'joins and shares columns', value: '01/02/2024,03:04:05,7,5685.8,x', want: good },
    { name: 'takes quoted cells of any type', value: '"01/02/2024","03:04:05","7","5685.80","x"', want: good },
    {
      name: 'reads empty optional columns as null',
      value: '01/02/2024,03:04:05,,5685.8,',
      want: { ...good, n: null, note: null },
    },
    {
      name: 'takes a long that no double holds',
      value: '01/02/2024,03:04:05,-9223372036854775808,5685.8,x',
      want: { ...good, n: -(2n ** 63n) },
    },
    {
      name: 'refuses a long out of range',
      value: '01/02/2024,03:04:05,9223372036854775808,5685.8,x',
      want: { bad: 'BadValue', field: 'n' },
    },
    {
      name: 'refuses an empty required number',
      value: '01/02/2024,03:04:05,7,,x',
      want: { bad: 'MissingField', field: 'price' },
    },
    {
      name: 'reports the first field of a reason',
      value: '13/02/2024,03:04:05,y,5685.8,x',
      want: { bad: 'BadValue', field: 'when' },
    },
    {
      name: 'reports a missing field before a bad value',
      value: '13/02/2024,03:04:05,7,,x',
      want: { bad: 'MissingField', field: 'price' },
    },
    {
      name: 'refuses half of a joined field',
      value: '01/02/2024,,7,5685.8,x',
      want: { bad: 'BadValue', field: 'when' },
    },
    {
      name: 'misses a joined field without any part',
      value: ',,7,5685.8,x',
      want: { bad: 'MissingField', field: 'when' },
    },
  ])('$name', ({ value, want }) => {
    expect(decodeAll(typed, [value])).toEqual([want]);
  });

  test('forgets the wide numbers of the batch before', () => {
    const schema = csv([{ name: 'n', type: 'long' }]);
    const fields = fieldsOf(schema);
    const out = createColumnBatch([fields[0]!.type], 1);
    const subject = createDecoder(schema, fields);
    subject.decode(batchOf(['9223372036854775807']), out);
    subject.decode(batchOf(['1']), out);
    expect(out.columns[0]).toMatchObject({ wide: new Map() });
  });

  test('fills the address of each row and lists the good ones', () => {
    const schema = csv([text('a'), { name: 'n', type: 'int' }]);
    const fields = fieldsOf(schema, ['n', 'a']);
    const out = createColumnBatch(
      fields.map(({ type }) => type),
      1,
    );
    const subject = createDecoder(schema, fields);
    subject.decode(batchOf(['x,1', 'x', 'x,y', 'x,4']), out);
    expect(subject.fields.map(({ name }) => name)).toEqual(['a', 'n']);
    expect(Array.from(out.rows.subarray(0, out.selected))).toEqual([0, 3]);
    expect(Array.from(out.offset.subarray(0, 4))).toEqual([100, 101, 102, 103]);
    expect(Array.from(out.partition.subarray(0, 4))).toEqual([7, 7, 7, 7]);
    expect(Array.from(out.error.subarray(0, 4))).toEqual([0, 1, 3, 0]);
    expect(Array.from(out.errorField.subarray(0, 4))).toEqual([-1, -1, 1, -1]);
  });
});
