/** Text as JSON string literals, as JSON.stringify writes them. */
import type { ByteWriter } from './byte-writer.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const LETTER_U = 117;
const HEX = new TextEncoder().encode('0123456789abcdef');

/** Per byte: 0 stands for itself, `u` needs four hexadecimal digits, another letter follows a backslash. */
const ESCAPE = new Uint8Array(256).fill(LETTER_U, 0, 32);
for (const [byte, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const) {
  ESCAPE[byte] = letter.charCodeAt(0);
}

/** Writes UTF-8 bytes as a string literal with its quotes. */
export function writeJsonString(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  writer.reserve(end - start + 2);
  const target = writer.bytes;
  let to = writer.length;
  target[to++] = QUOTE;
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < 32 || byte === QUOTE || byte === BACKSLASH) break;
    target[to++] = byte;
  }
  writer.length = to;
  if (at < end) writeEscaped(bytes, at, end, writer);
  writer.byte(QUOTE);
}

function writeEscaped(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const letter = ESCAPE[byte]!;
    if (letter === 0) {
      writer.byte(byte);
      continue;
    }
    writer.byte(BACKSLASH);
    writer.byte(letter);
    if (letter !== LETTER_U) continue;
    writer.padded(0, 2);
    writer.byte(HEX[byte >> 4]!);
    writer.byte(HEX[byte & 15]!);
  }
}
