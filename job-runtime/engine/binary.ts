/**
 * The bytes of state and of what tasks send each other: varints, doubles and byte runs. Readers check bounds by
 * throwing, so that a torn chunk is an error and never a wrong number.
 */
import { ByteWriter } from '../formats/byte-writer.ts';
import type { NumberColumn } from './column.ts';
import { WIDE, exactInteger } from './column.ts';

const NEAR_NOT = 0;
const NEAR_FIRST = 1;
const CELL_NULL = 0;
const CELL_WIDE = 1;
const CELL_FIRST = 2;
/** Up to here a zigzag integer fits a varint of doubles with the two tags below it. */
const SMALL = 2 ** 51;

export class BinaryWriter extends ByteWriter {
  private view = new DataView(this.bytes.buffer);

  /** A non-negative safe integer, seven bits a byte. */
  varint(value: number): void {
    this.reserve(8);
    while (value >= 0x80) {
      this.bytes[this.length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.bytes[this.length++] = value;
  }

  double(value: number): void {
    this.reserve(8);
    if (this.view.buffer !== this.bytes.buffer) this.view = new DataView(this.bytes.buffer);
    this.view.setFloat64(this.length, value);
    this.length += 8;
  }

  /** Any double; a whole number near `base` takes few bytes. */
  near(value: number, base: number): void {
    const step = value - base;
    if (!Number.isSafeInteger(step) || step >= SMALL || step <= -SMALL || base + step !== value) {
      this.varint(NEAR_NOT);
      this.double(value);
    } else this.varint(NEAR_FIRST + (step < 0 ? -2 * step - 1 : 2 * step));
  }

  /** Length, then bytes. */
  blob(source: Uint8Array, start = 0, end = source.length): void {
    this.varint(end - start);
    this.slice(source, start, end);
  }

  /** Length, then the UTF-8 bytes of a text. */
  string(value: string): void {
    this.blob(new TextEncoder().encode(value));
  }

  /** A cell of integers: null, small or wide. */
  integerCell(column: NumberColumn, row: number): void {
    const value = column.values[row]!;
    if (value !== value) this.varint(CELL_NULL);
    else if (value < SMALL && value > -SMALL) this.varint(CELL_FIRST + (value < 0 ? -2 * value - 1 : 2 * value));
    else {
      this.varint(CELL_WIDE);
      this.string(exactInteger(column, row).toString());
    }
  }
}

export class BinaryReader {
  at: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw new RangeError('state chunk ends early');
    return this.bytes[this.at++]!;
  }

  varint(): number {
    let value = this.byte();
    if (value < 0x80) return value;
    value -= 0x80;
    for (let scale = 0x80; ; scale *= 0x80) {
      const next = this.byte();
      if (next < 0x80) return value + next * scale;
      value += (next - 0x80) * scale;
    }
  }

  double(): number {
    if (this.at + 8 > this.end) throw new RangeError('state chunk ends early');
    const value = this.view.getFloat64(this.at);
    this.at += 8;
    return value;
  }

  /** What `near` wrote with the same base. */
  near(base: number): number {
    const tag = this.varint();
    if (tag === NEAR_NOT) return this.double();
    const zigzag = tag - NEAR_FIRST;
    return base + (zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2);
  }

  /** Moves behind so many bytes; they are at [at − size, at). */
  skip(size: number): void {
    if (this.at + size > this.end) throw new RangeError('state chunk ends early');
    this.at += size;
  }

  /** Reads the length and moves behind the bytes; they are at [at − length, at). */
  skipBlob(): number {
    const size = this.varint();
    this.skip(size);
    return size;
  }

  blob(): Uint8Array {
    const size = this.skipBlob();
    return this.bytes.slice(this.at - size, this.at);
  }

  string(): string {
    const size = this.skipBlob();
    return new TextDecoder().decode(this.bytes.subarray(this.at - size, this.at));
  }

  /** What integerCell wrote: NaN for null, WIDE with `wide` set, or the value. */
  integerCell(): number {
    const tag = this.varint();
    if (tag >= CELL_FIRST) {
      const zigzag = tag - CELL_FIRST;
      return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    }
    if (tag === CELL_NULL) return NaN;
    this.wide = BigInt(this.string());
    return Number.isSafeInteger(Number(this.wide)) ? Number(this.wide) : WIDE;
  }

  /** The exact value of the last wide cell. */
  wide = 0n;
}
