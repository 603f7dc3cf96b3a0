/** Base64 (RFC 4648, with padding) over byte ranges, without strings. */
import type { ByteWriter } from './byte-writer.ts';

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 61;
const NO_DIGIT = 255;
const VALUES = new Uint8Array(256).fill(NO_DIGIT);
ALPHABET.forEach((byte, value) => (VALUES[byte] = value));

export function writeBase64(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  writer.reserve(Math.ceil((end - start) / 3) * 4);
  for (let at = start; at < end; at += 3) {
    const left = end - at;
    const group = (bytes[at]! << 16) | (left > 1 ? bytes[at + 1]! << 8 : 0) | (left > 2 ? bytes[at + 2]! : 0);
    writer.byte(ALPHABET[group >> 18]!);
    writer.byte(ALPHABET[(group >> 12) & 63]!);
    writer.byte(left > 1 ? ALPHABET[(group >> 6) & 63]! : PADDING);
    writer.byte(left > 2 ? ALPHABET[group & 63]! : PADDING);
  }
}

/** Writes what base64 text stands for. False, with `writer` as it was, if the text is not whole groups of base64. */
export function decodeBase64(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): boolean {
  const size = end - start;
  if (size % 4 !== 0) return false;
  const before = writer.length;
  const padding = size === 0 || bytes[end - 1] !== PADDING ? 0 : bytes[end - 2] === PADDING ? 2 : 1;
  let pending = 0;
  let bits = 0;
  for (let at = start; at < end - padding; at++) {
    const value = VALUES[bytes[at]!]!;
    if (value === NO_DIGIT) {
      writer.length = before;
      return false;
    }
    pending = ((pending << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    writer.byte((pending >> bits) & 0xff);
  }
  return true;
}
