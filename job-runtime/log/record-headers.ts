/**
 * Headers of a record, as Kafka's record format holds them: their number, then key and value of each with its length,
 * numbers as zigzag varints. Batches and builders carry them as these bytes, so that passing them on costs nothing.
 */

/** Keys may repeat. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export function encodeHeaders(headers: readonly RecordHeader[]): Uint8Array {
  const bytes: number[] = [];
  writeVarint(bytes, headers.length);
  for (const { key, value } of headers) {
    const name = new TextEncoder().encode(key);
    writeVarint(bytes, name.length);
    bytes.push(...name);
    writeVarint(bytes, value ? value.length : -1);
    if (value) for (const byte of value) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Headers in bytes[start, end); none where start is −1. Throws a RangeError on a torn run. */
export function decodeHeaders(bytes: Uint8Array, start: number, end: number): RecordHeader[] {
  if (start < 0) return [];
  const from = new HeaderReader(bytes, start, end);
  return Array.from({ length: from.varint() }, () => {
    const key = new TextDecoder().decode(from.take(from.varint()));
    const size = from.varint();
    return { key, value: size < 0 ? null : from.take(size).slice() };
  });
}

function writeVarint(bytes: number[], value: number): void {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
}

class HeaderReader {
  private readonly bytes: Uint8Array;
  private at: number;
  private readonly end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  varint(): number {
    let raw = 0;
    for (let scale = 1; ; scale *= 0x80) {
      if (this.at >= this.end || scale > 2 ** 35) throw new RangeError('record headers end early');
      const byte = this.bytes[this.at++]!;
      raw += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  take(size: number): Uint8Array {
    if (size < 0 || this.at + size > this.end) throw new RangeError('record headers end early');
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }
}
