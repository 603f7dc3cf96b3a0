/**
 * Collects records for one partition in a struct of arrays over one growing buffer: the unit of an append.
 */
import type { RecordBatch } from '../record.ts';

const EMPTY = new Uint8Array(0);

function grown<A extends Int32Array | Float64Array>(array: A, make: (size: number) => A): A {
  const larger = make(array.length * 2);
  larger.set(array);
  return larger;
}

/** Copies positions and moves them by `shift`; −1 stays null. */
// eslint-disable-next-line max-params -- two ranges and a shift
function shiftInto(target: Int32Array, at: number, source: Int32Array, count: number, shift: number): void {
  for (let row = 0; row < count; row++) {
    const position = source[row]!;
    target[at + row] = position < 0 ? -1 : position + shift;
  }
}

export class RecordBuilder {
  count = 0;
  length = 0;
  bytes: Uint8Array;
  keyStart: Int32Array;
  keyEnd: Int32Array;
  valueStart: Int32Array;
  valueEnd: Int32Array;
  headerStart: Int32Array;
  headerEnd: Int32Array;
  timestamp: Float64Array;

  constructor(records = 64, bytes = 8192) {
    const capacity = Math.max(records, 1);
    this.bytes = bytes === 0 ? EMPTY : new Uint8Array(bytes);
    this.keyStart = new Int32Array(capacity);
    this.keyEnd = new Int32Array(capacity);
    this.valueStart = new Int32Array(capacity);
    this.valueEnd = new Int32Array(capacity);
    this.headerStart = new Int32Array(capacity);
    this.headerEnd = new Int32Array(capacity);
    this.timestamp = new Float64Array(capacity);
  }

  /** Copies key and value in; null stays null. */
  append(key: Uint8Array | null, value: Uint8Array | null, timestamp: number): void {
    this.appendSlices(
      key ?? EMPTY,
      key ? 0 : -1,
      key ? key.length : -1,
      value ?? EMPTY,
      value ? 0 : -1,
      value ? value.length : -1,
      timestamp,
    );
  }

  /** As append, from positions in buffers; a start of −1 is null. */
  // eslint-disable-next-line max-params -- the hot path passes positions, not objects made per record
  appendSlices(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
  ): void {
    if (this.count === this.timestamp.length) this.growRecords();
    const row = this.count++;
    this.keyStart[row] = keyStart < 0 ? -1 : this.length;
    this.copy(key, keyStart, keyEnd);
    this.keyEnd[row] = keyStart < 0 ? -1 : this.length;
    this.valueStart[row] = valueStart < 0 ? -1 : this.length;
    this.copy(value, valueStart, valueEnd);
    this.valueEnd[row] = valueStart < 0 ? -1 : this.length;
    this.headerStart[row] = -1;
    this.headerEnd[row] = -1;
    this.timestamp[row] = timestamp;
  }

  /** Gives the record that was appended last its headers, as record-headers.ts writes them. */
  setHeaders(bytes: Uint8Array, start: number, end: number): void {
    const row = this.count - 1;
    this.headerStart[row] = this.length;
    this.copy(bytes, start, end);
    this.headerEnd[row] = this.length;
  }

  /** Appends all records of `other`: bytes in one copy, positions shifted. */
  appendAll(other: RecordBuilder): void {
    const { count } = other;
    while (this.count + count > this.timestamp.length) this.growRecords();
    if (this.length + other.length > this.bytes.length) this.growBytes(other.length);
    this.bytes.set(other.bytes.subarray(0, other.length), this.length);
    shiftInto(this.keyStart, this.count, other.keyStart, count, this.length);
    shiftInto(this.keyEnd, this.count, other.keyEnd, count, this.length);
    shiftInto(this.valueStart, this.count, other.valueStart, count, this.length);
    shiftInto(this.valueEnd, this.count, other.valueEnd, count, this.length);
    shiftInto(this.headerStart, this.count, other.headerStart, count, this.length);
    shiftInto(this.headerEnd, this.count, other.headerEnd, count, this.length);
    this.timestamp.set(other.timestamp.subarray(0, count), this.count);
    this.count += count;
    this.length += other.length;
  }

  /** The key of a record, not copied. */
  keyAt(row: number): Uint8Array | null {
    return this.keyStart[row]! < 0 ? null : this.bytes.subarray(this.keyStart[row]!, this.keyEnd[row]!);
  }

  /** The value of a record, not copied. */
  valueAt(row: number): Uint8Array | null {
    return this.valueStart[row]! < 0 ? null : this.bytes.subarray(this.valueStart[row]!, this.valueEnd[row]!);
  }

  /** Records [from, to) without copying them: valid while the builder only grows. `offset` is that of each record. */
  view(partition: number, offset: Float64Array, from = 0, to: number = this.count): RecordBatch {
    return {
      partition,
      count: to - from,
      bytes: this.bytes,
      keyStart: this.keyStart.subarray(from, to),
      keyEnd: this.keyEnd.subarray(from, to),
      valueStart: this.valueStart.subarray(from, to),
      valueEnd: this.valueEnd.subarray(from, to),
      headerStart: this.headerStart.subarray(from, to),
      headerEnd: this.headerEnd.subarray(from, to),
      offset: offset.subarray(from, to),
      timestamp: this.timestamp.subarray(from, to),
      nextOffset: to > from ? offset[to - 1]! + 1 : (offset[from] ?? 0),
    };
  }

  /** A batch over copies of what was collected, with offsets from `baseOffset` on. */
  toBatch(partition: number, baseOffset: number): RecordBatch {
    const offset = new Float64Array(this.count);
    for (let row = 0; row < this.count; row++) offset[row] = baseOffset + row;
    return {
      partition,
      count: this.count,
      bytes: this.bytes.slice(0, this.length),
      keyStart: this.keyStart.slice(0, this.count),
      keyEnd: this.keyEnd.slice(0, this.count),
      valueStart: this.valueStart.slice(0, this.count),
      valueEnd: this.valueEnd.slice(0, this.count),
      headerStart: this.headerStart.slice(0, this.count),
      headerEnd: this.headerEnd.slice(0, this.count),
      offset,
      timestamp: this.timestamp.slice(0, this.count),
      nextOffset: baseOffset + this.count,
    };
  }

  clear(): void {
    this.count = 0;
    this.length = 0;
  }

  private copy(source: Uint8Array, start: number, end: number): void {
    if (start < 0) return;
    const size = end - start;
    if (this.length + size > this.bytes.length) this.growBytes(size);
    if (size > 128) this.bytes.set(source.subarray(start, end), this.length);
    else for (let i = start, o = this.length; i < end; i++, o++) this.bytes[o] = source[i]!;
    this.length += size;
  }

  private growBytes(extra: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + extra));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  private growRecords(): void {
    const ints = (size: number): Int32Array => new Int32Array(size);
    this.keyStart = grown(this.keyStart, ints);
    this.keyEnd = grown(this.keyEnd, ints);
    this.valueStart = grown(this.valueStart, ints);
    this.valueEnd = grown(this.valueEnd, ints);
    this.headerStart = grown(this.headerStart, ints);
    this.headerEnd = grown(this.headerEnd, ints);
    this.timestamp = grown(this.timestamp, (size) => new Float64Array(size));
  }
}
