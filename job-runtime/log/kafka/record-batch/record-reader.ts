/** A cursor over the records of a batch: zigzag varints and lengths. It stops at the end of its buffer by an error. */

const TOO_LONG = 'has a number that is too long';

export class RecordReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** 32 bits. What is behind the buffer reads as undefined, which is never the last byte of a number. */
  varint(): number {
    const byte = this.bytes[this.at++]!;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    return this.restOfVarint(byte & 0x7f);
  }

  /** 64 bits, exact below 2^53. */
  varlong(): number {
    const byte = this.bytes[this.at++]!;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    return this.restOfVarlong(byte & 0x7f);
  }

  /** Goes over a length and as many bytes; nothing follows a negative length. Returns the length. */
  skipField(): number {
    const length = this.varint();
    if (length > 0) this.at += length;
    return length;
  }

  /** Goes over the number of headers and the headers; returns their number. */
  skipHeaders(): number {
    const count = this.varint();
    if (count < 0) throw new RangeError('has a record with less than no headers');
    for (let header = 0; header < count; header++) {
      if (this.skipField() < 0) throw new RangeError('has a record header without a key');
      this.skipField();
    }
    return count;
  }

  private restOfVarint(lowest: number): number {
    let raw = lowest;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.bytes[this.at++]!;
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1);
    }
    throw new RangeError(TOO_LONG);
  }

  private restOfVarlong(lowest: number): number {
    let raw = lowest;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.bytes[this.at++]!;
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1);
    }
    for (let scale = 2 ** 28; scale < 2 ** 70; scale *= 0x80) {
      const byte = this.bytes[this.at++]!;
      raw += (byte & 0x7f) * scale;
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    }
    throw new RangeError(TOO_LONG);
  }
}
