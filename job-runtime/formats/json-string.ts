/** JSON string literals in bytes (RFC 8259): where they end, and what they say. */
import type { ByteWriter } from './byte-writer.ts';
import { isUtf8 } from './utf8.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const LETTER_U = 117;

/** What follows a backslash, and the byte it stands for; 0: nothing may. */
const ESCAPES = new Uint8Array(256);
for (const [letter, byte] of [
  ['"', 34],
  ['\\', 92],
  ['/', 47],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
] as const) {
  ESCAPES[letter.charCodeAt(0)] = byte;
}

/**
 * Finds the closing quote of the string whose first character is at `start`. Returns its position `p`; `~p` if the string
 * holds escapes; −1 if it is malformed, not UTF-8 or never closed. `view` shows the same bytes: ordinary characters are
 * passed over four at a time.
 */
export function closingQuote(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true);
    // The top bit of a byte's difference is set where it is below the subtrahend: a control character, or no difference.
    const special =
      (word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101) | word;
    if ((special & 0x80808080) !== 0) break;
  }
  while (at < end && isOrdinary(bytes[at]!)) at++;
  return at < end && bytes[at] === QUOTE ? at : closingQuoteFrom(bytes, start, at, end);
}

function isOrdinary(byte: number): boolean {
  return byte >= 32 && byte < 128 && byte !== QUOTE && byte !== BACKSLASH;
}

function closingQuoteFrom(bytes: Uint8Array, start: number, from: number, end: number): number {
  let at = from;
  let high = 0;
  let escaped = false;
  for (; at < end && bytes[at] !== QUOTE; at++) {
    const byte = bytes[at]!;
    high |= byte;
    if (byte < 32) return -1;
    if (byte !== BACKSLASH) continue;
    const size = escapeSize(bytes, at, end);
    if (size === 0) return -1;
    escaped = true;
    at += size - 1;
  }
  if (at >= end || (high >= 128 && !isUtf8(bytes, start, at))) return -1;
  return escaped ? ~at : at;
}

/** The length of the escape at `at`; 0 if it is none. */
function escapeSize(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return 0;
  if (ESCAPES[bytes[at + 1]!] !== 0) return 2;
  if (bytes[at + 1] !== LETTER_U || at + 6 > end) return 0;
  return hexUnit(bytes, at + 2) < 0 ? 0 : 6;
}

/** The UTF-16 unit that four hexadecimal digits make; −1 if they are none. */
function hexUnit(bytes: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i]!;
    const letter = (byte | 0x20) - 97;
    const digit = (byte - 48) >>> 0 <= 9 ? byte - 48 : letter >>> 0 <= 5 ? letter + 10 : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/** Writes what a valid string's inside [start, end) says as UTF-8. A surrogate without its partner becomes U+FFFD. */
export function unescapeString(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  writer.reserve(end - start);
  for (let at = start; at < end;) {
    if (bytes[at] !== BACKSLASH) writer.byte(bytes[at++]!);
    else if (bytes[at + 1] !== LETTER_U) {
      writer.byte(ESCAPES[bytes[at + 1]!]!);
      at += 2;
    } else {
      const point = codePointAt(bytes, at, end);
      writeCodePoint(point, writer);
      at += point > 0xffff ? 12 : 6;
    }
  }
}

/** The code point of the \u escape at `at`, and of the next one if the two make a pair. */
function codePointAt(bytes: Uint8Array, at: number, end: number): number {
  const unit = hexUnit(bytes, at + 2);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const pairs = unit < 0xdc00 && at + 12 <= end && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LETTER_U;
  const second = pairs ? hexUnit(bytes, at + 8) : -1;
  return second >= 0xdc00 && second <= 0xdfff ? 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00) : 0xfffd;
}

function writeCodePoint(point: number, writer: ByteWriter): void {
  if (point < 0x80) return writer.byte(point);
  if (point < 0x800) writer.byte(0xc0 | (point >> 6));
  else {
    if (point < 0x10000) writer.byte(0xe0 | (point >> 12));
    else {
      writer.byte(0xf0 | (point >> 18));
      writer.byte(0x80 | ((point >> 12) & 0x3f));
    }
    writer.byte(0x80 | ((point >> 6) & 0x3f));
  }
  writer.byte(0x80 | (point & 0x3f));
}
