import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeAll, schemaOf } from './decoding.test-kit.ts';

const MALFORMED = { bad: 'Malformed', field: undefined };
const json = (fields: readonly object[]): ReturnType<typeof schemaOf> => schemaOf({ format: 'json', fields });
const text = (name: string, more: object = {}): object => ({ name, type: 'string', optional: true, ...more });

/** JSON.parse's opinion of a record: the object, or undefined. */
function parsed(record: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(record);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What TextEncoder makes of it: a surrogate without its partner is no character. */
const wellFormed = (value: unknown): unknown => (typeof value === 'string' ? value.toWellFormed() : value);

describe('json records', () => {
  const schema = json([text('a'), text('b', { path: 'o.b' }), { name: 'n', type: 'long', optional: true }]);

  test.each([
    {
      name: 'finds members at any place',
      value: '{"x":[1,{"a":"no"}],"n":7,"o":{"c":1,"b":"y"},"a":"x"}',
      want: { a: 'x', b: 'y', n: 7n },
    },
    {
      name: 'takes white space anywhere',
      value: ' \t\r\n{ "n" : 7 , "o" : { } , "a" : "x" } \n',
      want: { a: 'x', b: null, n: 7n },
    },
    { name: 'takes null and missing as null', value: '{"a":null}', want: { a: null, b: null, n: null } },
    { name: 'takes an empty object', value: '{}', want: { a: null, b: null, n: null } },
    {
      name: 'takes the last of repeated members',
      value: '{"n":1,"a":"x","n":2,"a":null}',
      want: { a: null, b: null, n: 2n },
    },
    {
      name: 'takes the last of repeated objects as a whole',
      value: '{"o":{"b":"x"},"o":{"c":1}}',
      want: { a: null, b: null, n: null },
    },
    {
      name: 'finds nothing inside what is no object',
      value: '{"o":{"b":"x"},"o":[1]}',
      want: { a: null, b: null, n: null },
    },
    {
      name: 'reads escapes',
      value: '{"a":"\\u00e9\\n\\ud83d\\ude00\\/\\"","n":1}',
      want: { a: 'é\n😀/"', b: null, n: 1n },
    },
    {
      name: 'pairs surrogates, and only pairs',
      value: '{"a":"\\udbff\\udfff\\ud800\\udc00\\ud800x\\udc00\\ud800","n":1}',
      want: { a: '\u{10ffff}\u{10000}\ufffdx\ufffd\ufffd', b: null, n: 1n },
    },
    { name: 'reads escapes in names', value: '{"\\u0061":"x","n":1}', want: { a: 'x', b: null, n: 1n } },
    { name: 'refuses another type', value: '{"a":1}', want: { bad: 'BadValue', field: 'a' } },
    { name: 'refuses a text for a number', value: '{"n":"1"}', want: { bad: 'BadValue', field: 'n' } },
    { name: 'refuses a fraction for a long', value: '{"n":1.0}', want: { bad: 'BadValue', field: 'n' } },
    { name: 'refuses an array', value: '[1]', want: MALFORMED },
    { name: 'refuses a text', value: '"{}"', want: MALFORMED },
    { name: 'refuses what follows the object', value: '{}x', want: MALFORMED },
    { name: 'refuses nothing', value: '', want: MALFORMED },
    { name: 'refuses a tombstone', value: null, want: MALFORMED },
    { name: 'refuses a byte order mark', value: '\ufeff{}', want: MALFORMED },
    {
      name: 'refuses bad UTF-8 in a member that nobody wants',
      value: Uint8Array.from([...Buffer.from('{"x":"'), 0xff, ...Buffer.from('"}')]),
      want: MALFORMED,
    },
    { name: 'refuses what is cut off', value: '{"a":"x","n":1', want: MALFORMED },
  ])('$name', ({ value, want }) => {
    expect(decodeAll(schema, [value])).toEqual([want]);
  });

  test('no depth of brackets is too deep', () => {
    const deep = '['.repeat(200_000);
    expect(decodeAll(schema, [`{"x":${deep}`, `{"x":${deep}${']'.repeat(200_000)},"n":1}`])).toEqual([
      MALFORMED,
      { a: null, b: null, n: 1n },
    ]);
  });

  test('remembered names do not leak into records that name others', () => {
    const records = [
      '{"a":"1","n":1}',
      '{"n":2,"a":"2"}',
      '{"a1":"no","n":3}',
      '{"a":"4","nn":4,"n":5}',
      '{"a":"5","n":6}',
    ];
    expect(decodeAll(schema, records, ['a', 'n'])).toEqual([
      { a: '1', n: 1n },
      { a: '2', n: 2n },
      { a: null, n: 3n },
      { a: '4', n: 5n },
      { a: '5', n: 6n },
    ]);
  });
});

describe('json records against JSON.parse', () => {
  const schema = json([
    text('a'),
    text('b', { path: 'b.b' }),
    text('c', { path: 'b.c.c' }),
    { name: 'm', type: 'map<string>', path: 'b', optional: true },
  ]);
  const optional = (value: unknown): string | null =>
    typeof value === 'string' ? (wellFormed(value) as string) : null;
  const member = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
      ? (value as Record<string, unknown>)[name]
      : undefined;
  const isBad = (value: unknown): boolean => value !== null && value !== undefined && typeof value !== 'string';
  const isNoMap = (value: unknown): boolean =>
    value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value));

  function want(record: string): unknown {
    const root = parsed(record);
    if (!root) return MALFORMED;
    const [a, b] = [member(root, 'a'), member(root, 'b')];
    const leaves: readonly [string, unknown, boolean][] = [
      ['a', a, isBad(a)],
      ['b', member(b, 'b'), isBad(member(b, 'b'))],
      ['c', member(member(b, 'c'), 'c'), isBad(member(member(b, 'c'), 'c'))],
    ];
    const bad = [...leaves, ['m', b, isNoMap(b)] as const].find(([, , fails]) => fails);
    if (bad) return { bad: 'BadValue', field: bad[0] };
    return { ...Object.fromEntries(leaves.map(([name, value]) => [name, optional(value)])), m: b ?? null };
  }

  function agrees(records: readonly string[]): void {
    const got = decodeAll(schema, records).map((row) =>
      'm' in row && typeof row.m === 'string' ? { ...row, m: JSON.parse(row.m) as unknown } : row,
    );
    expect(got).toEqual(records.map(want));
  }

  const name = fc.constantFrom('a', 'b', 'c', 'd', '\u00e4', '__proto__');
  const { tree } = fc.letrec<{ tree: unknown; object: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(null, true, false, 0, -1.5e300),
      fc.array(tie('tree'), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
  }));
  const object = fc.dictionary(name, fc.oneof(fc.string(), tree), { maxKeys: 4 });
  const spaced = fc
    .tuple(object, fc.constantFrom(undefined, 1, '\t', '\n\r'))
    .map(([value, indent]) => JSON.stringify(value, null, indent));

  test('takes what it takes', () => {
    fc.assert(fc.property(fc.array(spaced, { minLength: 1, maxLength: 4 }), agrees), { numRuns: 500 });
  });

  test('refuses what it refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '"a"',
      '"b"',
      '"b":{',
      '1',
      '-',
      '0',
      '01',
      '.5',
      '1.',
      'e3',
      '1E+2',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\u000b',
      '\\',
      '\\u12',
      '"\\ud800"',
      '"\\x"',
      '"\n"',
      '\u007f',
      'é',
    );
    const mutated = fc.tuple(spaced, fc.nat(), fc.nat(3), piece).map(([record, at, drop, insert]) => {
      const place = at % (record.length + 1);
      return (record.slice(0, place) + insert + record.slice(place + drop)).toWellFormed();
    });
    const soup = fc.array(piece, { maxLength: 10 }).map((pieces) => `{${pieces.join('')}}`);
    fc.assert(fc.property(fc.array(fc.oneof(mutated, soup), { minLength: 1, maxLength: 4 }), agrees), {
      numRuns: 1500,
    });
  });

  test('numbers are exactly those of JSON', () => {
    const digits = fc.constantFrom('-', '0', '1', '25', '.', 'e', 'E', '+', '007', ' ');
    fc.assert(
      fc.property(
        fc.array(digits, { minLength: 1, maxLength: 7 }).map((pieces) => `{"d":${pieces.join('')}}`),
        (record) => {
          const value = parsed(record)?.d as number | undefined;
          const wanted =
            value === undefined
              ? MALFORMED
              : Number.isFinite(value)
                ? { d: value + 0 }
                : { bad: 'BadValue', field: 'd' };
          expect(decodeAll(json([{ name: 'd', type: 'double' }]), [record])).toEqual([wanted]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('json fields', () => {
  const one = (type: string, more: object = {}): ReturnType<typeof schemaOf> => json([{ name: 'f', type, ...more }]);

  test.each([
    { type: 'long', value: '9223372036854775807', want: 2n ** 63n - 1n },
    { type: 'decimal(2)', value: '12345678901234567890.10', want: 1234567890123456789010n },
    { type: 'decimal(2)', value: '"-0.5"', want: -50n },
    { type: 'decimal(2)', value: '1e2', want: 'BadValue' },
    { type: 'double', value: '-0', want: 0 },
    { type: 'double', value: '1e999', want: 'BadValue' },
    { type: 'int', value: '2147483648', want: 'BadValue' },
    { type: 'boolean', value: 'true', want: 1 },
    { type: 'boolean', value: '"true"', want: 'BadValue' },
    { type: 'timestamp', value: '"2024-01-31T08:00:00Z"', want: Date.UTC(2024, 0, 31, 8) },
    { type: 'timestamp', value: '"2024-01-31T08\\u003a00:00Z"', want: Date.UTC(2024, 0, 31, 8) },
    { type: 'timestamp', value: '1706688000000', want: 'BadValue' },
    { type: 'timestamp', value: '""', want: 'BadValue' },
    { type: 'timestamp', value: '1706688000000', format: 'epochMillis', want: Date.UTC(2024, 0, 31, 8) },
    { type: 'timestamp', value: '"1706688000000"', format: 'epochMillis', want: 'BadValue' },
    { type: 'date', value: '"2024-02-30"', want: 'BadValue' },
    { type: 'bytes', value: '"aGk\\u003d"', want: 'hi' },
    { type: 'bytes', value: '"aGk"', want: 'BadValue' },
    { type: 'array<long>', value: '[1, [2]]', want: '[1, [2]]' },
    { type: 'array<long>', value: '{}', want: 'BadValue' },
    { type: 'map<long>', value: '{"a":1}', want: '{"a":1}' },
    { type: 'string', value: 'null', want: 'MissingField' },
  ])('$type $value', ({ type, value, want, format }) => {
    const bad = want === 'BadValue' || want === 'MissingField';
    expect(decodeAll(one(type, format ? { format } : {}), [`{"f":${value}}`])).toEqual([
      bad ? { bad: want, field: 'f' } : { f: want },
    ]);
  });

  test('a missing required field wins over a bad value before it', () => {
    const schema = json([
      { name: 'n', type: 'long' },
      { name: 's', type: 'string' },
    ]);
    expect(decodeAll(schema, ['{"n":"x"}'])).toEqual([{ bad: 'MissingField', field: 's' }]);
  });
});
