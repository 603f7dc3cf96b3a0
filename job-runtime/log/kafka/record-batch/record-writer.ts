/** Writes the fields of records at a moving position. The buffer has room for them: see record-size.ts. */

/** Longer runs are copied by the engine's own copy, shorter ones by a loop, which needs no view of the source. */
const LOOP_BYTES = 128;

export class RecordWriter {
  private readonly bytes: Uint8Array;
  private at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** Zigzag, of any integer below 2^53. */
  varint(value: number): void {
    let raw = value < 0 ? -2 * value - 1 : 2 * value;
    for (; raw >= 0x80000000; raw = Math.floor(raw / 0x80)) this.bytes[this.at++] = (raw % 0x80) | 0x80;
    let rest = raw | 0;
    for (; rest >= 0x80; rest >>>= 7) this.bytes[this.at++] = (rest & 0x7f) | 0x80;
    this.bytes[this.at++] = rest;
  }

  /** A length and source[start, end); a start of −1 is null. */
  field(source: Uint8Array, start: number, end: number): void {
    if (start < 0) {
      this.byte(1);
      return;
    }
    this.varint(end - start);
    this.copy(source, start, end);
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let { at } = this;
    if (end - start > LOOP_BYTES) bytes.set(source.subarray(start, end), at);
    else for (let from = start; from < end; from++) bytes[at++] = source[from]!;
    this.at += end - start;
  }
}
