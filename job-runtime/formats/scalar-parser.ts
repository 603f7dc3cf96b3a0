/**
 * Numbers and booleans from bytes. The fast paths need no string: integers while a double counts exactly, decimals
 * likewise, doubles while one correctly rounded division gives the nearest double. All else goes through text once.
 */
import type { FieldType } from '../../crds/field-type.ts';
import { WIDE } from '../engine/column.ts';
import { isWord, latin1Text } from './digits.ts';

export interface ScalarParser {
  /** The cell's number; NaN if the text is not one; `WIDE` if `exact` has to say. */
  parse(bytes: Uint8Array, start: number, end: number): number;
  /** The exact integer of a long text; undefined if the text is not one or is out of range. */
  exact(bytes: Uint8Array, start: number, end: number): bigint | undefined;
}

/** Digits of any kind up to this many are exact in a double. */
const SAFE_DIGITS = 15;
/** And so many in a machine integer. */
const INT_DIGITS = 9;
const MAX_DECIMAL_DIGITS = 38;
const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;
const MINUS = 45;
const POINT = 46;
const TRUE = Uint8Array.from([116, 114, 117, 101]);
const FALSE = Uint8Array.from([102, 97, 108, 115, 101]);
/** Powers that are exact doubles. */
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

export function scalarParser(type: FieldType): ScalarParser {
  switch (type.kind) {
    case 'int':
      return { parse: parseInt32, exact: exactInt32 };
    case 'long':
      return { parse: parseInteger, exact: exactLong };
    case 'decimal':
      return decimalParser(type.scale);
    case 'double':
      return { parse: parseDouble, exact: nothingExact };
    case 'boolean':
      return { parse: parseBoolean, exact: nothingExact };
    default:
      throw new RangeError(`not a number: ${type.kind}`);
  }
}

/** Optional minus, digits. WIDE for more digits than are surely exact. */
function parseInteger(bytes: Uint8Array, start: number, end: number): number {
  const from = bytes[start] === MINUS ? start + 1 : start;
  const digits = end - from;
  if (digits <= 0) return NaN;
  if (digits <= INT_DIGITS) return smallInteger(bytes, from, end, from !== start);
  if (digits > SAFE_DIGITS) return WIDE;
  let value = 0;
  for (let i = from; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit >>> 0 > 9) return NaN;
    value = value * 10 + digit;
  }
  return from === start ? value : 0 - value;
}

/** Nearly all integers: so few digits that machine integers do. */
function smallInteger(bytes: Uint8Array, from: number, end: number, negative: boolean): number {
  let value = 0;
  for (let i = from; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit >>> 0 > 9) return NaN;
    value = (value * 10 + digit) | 0;
  }
  return negative ? 0 - value : value;
}

function parseInt32(bytes: Uint8Array, start: number, end: number): number {
  const value = parseInteger(bytes, start, end);
  return value === WIDE || (value | 0) === value ? value : NaN;
}

function exactLong(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const match = /^(-?)0*(\d{1,19})$/.exec(latin1Text(bytes, start, end));
  if (!match) return undefined;
  const value = BigInt(match[1]! + match[2]!);
  return value >= MIN_LONG && value <= MAX_LONG ? value : undefined;
}

function exactInt32(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const value = exactLong(bytes, start, end);
  return value !== undefined && BigInt.asIntN(32, value) === value ? value : undefined;
}

function nothingExact(): undefined {
  return undefined;
}

/** Unscaled integers of `scale` fraction digits. */
function decimalParser(scale: number): ScalarParser {
  return {
    parse: (bytes, start, end) => parseDecimal(bytes, start, end, scale),
    exact: (bytes, start, end) => exactDecimal(latin1Text(bytes, start, end), scale),
  };
}

function parseDecimal(bytes: Uint8Array, start: number, end: number, scale: number): number {
  const from = bytes[start] === MINUS ? start + 1 : start;
  if (end - from > SAFE_DIGITS) return WIDE;
  const missing = scale - fractionDigits(bytes, from, end);
  // More fraction digits than the scale may still be trailing zeros.
  if (missing < 0 || missing >= POWERS.length) return WIDE;
  const unscaled = mantissaOf(bytes, from, end) * POWERS[missing]!;
  if (unscaled > Number.MAX_SAFE_INTEGER) return WIDE;
  return from === start ? unscaled : 0 - unscaled;
}

/** The digits of `12` or `1.2` without their point; NaN if there is more to the text, or less. */
function mantissaOf(bytes: Uint8Array, from: number, end: number): number {
  let value = 0;
  let points = 0;
  for (let i = from; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit >>> 0 <= 9) value = value * 10 + digit;
    else if (bytes[i] === POINT && i > from && i + 1 < end) points++;
    else return NaN;
  }
  return points > 1 || from === end ? NaN : value;
}

function fractionDigits(bytes: Uint8Array, from: number, end: number): number {
  let at = end - 1;
  while (at >= from && bytes[at] !== POINT) at--;
  return at < from ? 0 : end - 1 - at;
}

function exactDecimal(text: string, scale: number): bigint | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  const [whole, fraction = ''] = text.split('.') as [string, string?];
  let digits = fraction.length;
  while (digits > 0 && fraction[digits - 1] === '0') digits--;
  if (digits > scale) return undefined;
  const sign = whole.startsWith('-') ? '-' : '';
  const unscaled = (whole.slice(sign.length) + fraction.slice(0, digits).padEnd(scale, '0')).replace(/^0+(?=\d)/, '');
  return unscaled.length > MAX_DECIMAL_DIGITS ? undefined : BigInt(sign + unscaled);
}

/** Digits, optional fraction: mantissa ÷ power of ten, both exact, so the quotient is the nearest double. */
function parseDouble(bytes: Uint8Array, start: number, end: number): number {
  const from = bytes[start] === MINUS ? start + 1 : start;
  if (end - from > SAFE_DIGITS) return doubleOf(bytes, start, end);
  const mantissa = mantissaOf(bytes, from, end);
  if (mantissa !== mantissa) return doubleOf(bytes, start, end);
  const value = mantissa / POWERS[fractionDigits(bytes, from, end)]!;
  return from === start ? value : 0 - value;
}

function doubleOf(bytes: Uint8Array, start: number, end: number): number {
  const text = latin1Text(bytes, start, end);
  if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return NaN;
  const value = Number(text);
  // Adding 0 turns −0 into 0.
  return Number.isFinite(value) ? value + 0 : NaN;
}

function parseBoolean(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === TRUE.length && isWord(TRUE, bytes, start)) return 1;
  return end - start === FALSE.length && isWord(FALSE, bytes, start) ? 0 : NaN;
}
