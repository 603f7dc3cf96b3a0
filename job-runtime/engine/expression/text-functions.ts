/**
 * The text functions of cel-js that count in UTF-16 units, anew: positions are code points, as CEL has it, so that no
 * result holds half a character.
 */
import { isUtf8 } from '../../formats/utf8.ts';

/** Handlers take what the signature says. */
export type Overload = readonly [signature: string, handler: (...args: never[]) => unknown];

const lengthOf = (text: string): number => Array.from(text).length;

/** The code points before a position in UTF-16 units; −1 stays. */
const pointsBefore = (text: string, unit: number): bigint => BigInt(unit < 0 ? -1 : lengthOf(text.slice(0, unit)));

const unitOf = (text: string, point: number): number => Array.from(text).slice(0, point).join('').length;

function position(text: string, index: bigint): number {
  const point = Number(index);
  if (point < 0 || point >= lengthOf(text)) throw new RangeError('no such position');
  return unitOf(text, point);
}

function indexOf(text: string, search: string, from?: bigint): bigint {
  if (from === undefined) return pointsBefore(text, text.indexOf(search));
  return search === '' ? from : pointsBefore(text, text.indexOf(search, position(text, from)));
}

function lastIndexOf(text: string, search: string, from?: bigint): bigint {
  if (from === undefined) return pointsBefore(text, text.lastIndexOf(search));
  return search === '' ? from : pointsBefore(text, text.lastIndexOf(search, position(text, from)));
}

function substring(text: string, start: bigint, end?: bigint): string {
  const points = Array.from(text);
  const last = end ?? BigInt(points.length);
  if (start < 0n || start > last || last > BigInt(points.length)) throw new RangeError('no such position');
  return points.slice(Number(start), Number(last)).join('');
}

function split(text: string, separator: string, limit = -1n): string[] {
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (limit === 0n) return [];
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const kept = Number(limit) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}

const shifted = (text: string, letters: RegExp, shift: number): string =>
  text.replace(letters, (letter) => String.fromCharCode(letter.charCodeAt(0) + shift));

const lowerAscii = (text: string): string => shifted(text, /[A-Z]/g, 32);
const upperAscii = (text: string): string => shifted(text, /[a-z]/g, -32);

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Not by a fatal TextDecoder: in a test's realm, what that throws is no Error to the library. */
function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes, 0, bytes.length)) throw new RangeError('not UTF-8');
  return decoder.decode(bytes);
}

export const TEXT_FUNCTIONS: readonly Overload[] = [
  ['string.indexOf(string): int', indexOf],
  ['string.indexOf(string, int): int', indexOf],
  ['string.lastIndexOf(string): int', lastIndexOf],
  ['string.lastIndexOf(string, int): int', lastIndexOf],
  ['string.substring(int): string', substring],
  ['string.substring(int, int): string', substring],
  ['string.split(string): list<string>', split],
  ['string.split(string, int): list<string>', split],
  ['string.lowerAscii(): string', lowerAscii],
  ['string.upperAscii(): string', upperAscii],
  ['string(string): string', String],
  ['string(bool): string', String],
  ['string(int): string', String],
  ['string(uint): string', String],
  ['string(double): string', printDouble],
  ['string(bytes): string', decode],
  ['bytes.string(): string', decode],
];

export function printDouble(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
