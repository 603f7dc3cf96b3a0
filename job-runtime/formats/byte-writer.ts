/**
 * A growable byte buffer with the few writes that row encoders need. Values are written straight to bytes: no string
 * is built for text or for integers that a double holds.
 */
const encoder = new TextEncoder();

export class ByteWriter {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Appends source[start, end). Short runs are copied in place: a call into the runtime costs more than they do. */
  slice(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.reserve(size);
    if (size > 64) this.bytes.set(source.subarray(start, end), this.length);
    else for (let i = start, o = this.length; i < end; i++, o++) this.bytes[o] = source[i]!;
    this.length += size;
  }

  text(value: string): void {
    this.reserve(value.length * 3);
    this.length += encoder.encodeInto(value, this.bytes.subarray(this.length)).written;
  }

  /** Decimal digits of a safe integer. */
  integer(value: number): void {
    this.reserve(20);
    if (value < 0) {
      this.bytes[this.length++] = 45;
      value = -value;
    }
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits++;
    let at = this.length + digits;
    this.length = at;
    while (value >= 2 ** 31) {
      const rest = Math.floor(value / 10);
      this.bytes[--at] = 48 + (value - rest * 10);
      value = rest;
    }
    for (let small = value | 0; digits > 0 && at > this.length - digits;) {
      const rest = (small / 10) | 0;
      this.bytes[--at] = 48 + (small - rest * 10);
      small = rest;
    }
  }

  /** Exactly `width` digits of a small integer, with leading zeros. */
  padded(value: number, width: number): void {
    this.reserve(width);
    for (let at = this.length + width - 1; at >= this.length; at--) {
      this.bytes[at] = 48 + (value % 10);
      value = (value / 10) | 0;
    }
    this.length += width;
  }

  /** Copies out what was written. */
  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }
}
