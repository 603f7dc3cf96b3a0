import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseFieldType } from '../../crds/field-type.ts';
import { WIDE } from '../engine/column.ts';
import { scalarParser } from './scalar-parser.ts';

const encoder = new TextEncoder();

/** The value of a text; undefined if it has none. Integers come as bigint, so that no digit hides. */
function read(type: string, text: string): number | bigint | undefined {
  const parser = scalarParser(parseFieldType(type));
  const bytes = encoder.encode(`1${text}1`);
  const value = parser.parse(bytes, 1, bytes.length - 1);
  if (value === WIDE) return parser.exact(bytes, 1, bytes.length - 1);
  if (Number.isNaN(value)) return undefined;
  expect(Object.is(value, -0)).toBe(false);
  return type === 'double' || type === 'boolean' ? value : BigInt(value);
}

const pieces = (...choices: string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...choices), { maxLength: 8 }).map((parts) => parts.join(''));
const numberLike = fc.oneof(
  pieces('-', '0', '00', '1', '7', '25', '999999', '123456789', '.', 'e', '+', 'x', ' '),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.bigInt({ min: 0n, max: 10n ** 12n }))
    .map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);

describe('numbers from bytes', () => {
  test.each([
    ['int', 32],
    ['long', 64],
  ] as const)('%s agrees with BigInt', (type, bits) => {
    fc.assert(
      fc.property(numberLike, (text) => {
        const value = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
        expect(read(type, text)).toBe(value !== undefined && BigInt.asIntN(bits, value) === value ? value : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  test('double agrees with Number', () => {
    fc.assert(
      fc.property(numberLike, (text) => {
        const value = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
        expect(read('double', text)).toBe(Number.isFinite(value) ? value + 0 : undefined);
      }),
      { numRuns: 4000 },
    );
  });

  test('every double that is printed reads back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        expect(read('double', String(value))).toBe(value + 0),
      ),
    );
  });

  test('decimal is exact', () => {
    fc.assert(
      fc.property(numberLike, fc.constantFrom(0, 2, 9, 30, 38), (text, scale) => {
        expect(read(`decimal(${scale})`, text)).toBe(unscaled(text, scale));
      }),
      { numRuns: 4000 },
    );
  });

  function unscaled(text: string, scale: number): bigint | undefined {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    if (!match) return undefined;
    const digits = BigInt(match[2]! + (match[3] ?? '')) * 10n ** BigInt(scale);
    const power = 10n ** BigInt(match[3]?.length ?? 0);
    if (digits % power !== 0n || digits / power >= 10n ** 38n) return undefined;
    return match[1] === '-' ? -(digits / power) : digits / power;
  }

  test.each([
    ['decimal(2)', '5685.8', 568580n],
    ['decimal(2)', '5685.800', 568580n],
    ['decimal(2)', '5685.801', undefined],
    ['decimal(2)', '-0.00', 0n],
    ['decimal(0)', '1.', undefined],
    ['decimal(0)', '.0', undefined],
    ['decimal(38)', '1', undefined],
    ['decimal(38)', '0.99999999999999999999999999999999999999', 10n ** 38n - 1n],
    ['long', '-0', 0n],
    ['long', '-9223372036854775809', undefined],
    ['long', `${'0'.repeat(40)}7`, 7n],
    ['double', '-0.0', 0],
    ['double', '1e309', undefined],
    ['double', 'Infinity', undefined],
    ['double', '9007199254740993', 9007199254740992],
    ['boolean', 'true', 1],
    ['boolean', 'false', 0],
    ['boolean', 'True', undefined],
    ['boolean', 'truefalse', undefined],
  ])('%s %s', (type, text, value) => {
    expect(read(type, text)).toBe(value);
  });
});
