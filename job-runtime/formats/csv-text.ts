/** Text as csv columns: quoted only where it holds the delimiter, a quote, CR or LF. */
import type { ByteWriter } from './byte-writer.ts';

export const CSV_DELIMITER = 44;
const QUOTE = 34;

/** 1: a column with this byte must stand in quotes. */
const SPECIAL = new Uint8Array(256);
for (const byte of [CSV_DELIMITER, QUOTE, 10, 13]) SPECIAL[byte] = 1;

export function writeCsvColumn(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  writer.reserve(end - start);
  const target = writer.bytes;
  let to = writer.length;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    // Letters and digits lie above all special bytes, which spares most bytes the look-up.
    if (byte <= CSV_DELIMITER && SPECIAL[byte] === 1) return writeQuoted(bytes, start, end, writer);
    target[to++] = byte;
  }
  writer.length = to;
}

/** Quotes what was written from `start` on, if it needs quotes. */
export function quoteTail(writer: ByteWriter, start: number): void {
  for (let at = start; at < writer.length; at++) {
    if (SPECIAL[writer.bytes[at]!] === 0) continue;
    const text = writer.bytes.slice(start, writer.length);
    writer.length = start;
    return writeQuoted(text, 0, text.length, writer);
  }
}

function writeQuoted(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  writer.byte(QUOTE);
  for (let at = start; at < end; at++) {
    if (bytes[at] === QUOTE) writer.byte(QUOTE);
    writer.byte(bytes[at]!);
  }
  writer.byte(QUOTE);
}
