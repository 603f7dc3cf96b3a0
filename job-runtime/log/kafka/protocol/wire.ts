/**
 * Kafka's wire format: what requests are written with and responses read with. Only the requests that kafkajs has not,
 * or has in a version too old or too slow, are ours; they go over its connections (docs/adr/0002).
 *
 * Flexible versions (KIP-482) write lengths as unsigned varints of n + 1 and end every structure with tagged fields.
 */
import { ByteWriter } from '../../../formats/byte-writer.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export class WireWriter extends ByteWriter {
  private view = new DataView(this.bytes.buffer);

  int8(value: number): void {
    this.byte(value & 0xff);
  }

  int16(value: number): void {
    this.room(2).setInt16(this.length, value);
    this.length += 2;
  }

  int32(value: number): void {
    this.room(4).setInt32(this.length, value);
    this.length += 4;
  }

  /** An integer that a double holds exactly. */
  int64(value: number): void {
    const view = this.room(8);
    view.setInt32(this.length, Math.floor(value / 2 ** 32));
    view.setUint32(this.length + 4, value >>> 0);
    this.length += 8;
  }

  boolean(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  string(value: string | null): void {
    if (value === null) {
      this.int16(-1);
      return;
    }
    const text = encoder.encode(value);
    this.int16(text.length);
    this.slice(text, 0, text.length);
  }

  compactString(value: string | null): void {
    if (value === null) {
      this.uvarint(0);
      return;
    }
    const text = encoder.encode(value);
    this.uvarint(text.length + 1);
    this.slice(text, 0, text.length);
  }

  array<T>(items: readonly T[], write: (item: T) => void): void {
    this.int32(items.length);
    for (const item of items) write(item);
  }

  compactArray<T>(items: readonly T[] | null, write: (item: T) => void): void {
    this.uvarint(items ? items.length + 1 : 0);
    for (const item of items ?? []) write(item);
  }

  /** The end of a structure in a flexible version: no tagged fields. */
  noTags(): void {
    this.byte(0);
  }

  uvarint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  private room(bytes: number): DataView {
    this.reserve(bytes);
    if (this.view.buffer !== this.bytes.buffer) this.view = new DataView(this.bytes.buffer);
    return this.view;
  }
}

/** Throws a RangeError where a response ends too early. */
export class WireReader {
  at: number;
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  int8(): number {
    return this.view.getInt8(this.move(1));
  }

  int16(): number {
    return this.view.getInt16(this.move(2));
  }

  int32(): number {
    return this.view.getInt32(this.move(4));
  }

  /** As a double: exact below 2^53. */
  int64(): number {
    const at = this.move(8);
    return this.view.getInt32(at) * 2 ** 32 + this.view.getUint32(at + 4);
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  string(): string | null {
    const size = this.int16();
    return size < 0 ? null : this.text(size);
  }

  compactString(): string | null {
    const size = this.uvarint() - 1;
    return size < 0 ? null : this.text(size);
  }

  array<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let count = this.int32(); count > 0; count--) items.push(read());
    return items;
  }

  compactArray<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let count = this.uvarint() - 1; count > 0; count--) items.push(read());
    return items;
  }

  /** Bytes of a length that comes first; −1 is none. Gives where they are; they are not copied. */
  range(): { readonly start: number; readonly end: number } {
    const size = Math.max(0, this.int32());
    const start = this.move(size);
    return { start, end: start + size };
  }

  uuid(): string {
    const at = this.move(16);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, 16).toString('base64url');
  }

  /** Passes over the tagged fields at the end of a structure. */
  skipTags(): void {
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint();
      this.move(this.uvarint());
    }
  }

  uvarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.view.getUint8(this.move(1));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 28) throw new RangeError('a varint of a response is too long');
    }
  }

  private text(size: number): string {
    const at = this.move(size);
    return decoder.decode(this.bytes.subarray(at, at + size));
  }

  /** Moves on by `size`, and gives where it was. */
  private move(size: number): number {
    const at = this.at;
    if (size < 0 || at + size > this.bytes.length) throw new RangeError('a response ends early');
    this.at = at + size;
    return at;
  }
}

/** One request of one version, and how its response is read. Error codes are left to the caller, as numbers. */
export interface BrokerRequest<T> {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly isFlexible: boolean;
  /** How long the broker may hold the request back, on top of the usual time. */
  readonly holdMillis?: number;
  /** How long to wait for the answer, in place of the usual time and of `holdMillis`. */
  readonly answerMillis?: number;
  write(out: WireWriter): void;
  read(from: WireReader): T;
}
