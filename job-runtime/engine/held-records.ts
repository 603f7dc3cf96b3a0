/**
 * Records held back until they can be worked on in the order (event time, source partition, offset). They are kept as
 * their raw bytes in one arena and decoded anew when released, so a held record costs little more than its length.
 * Released ones stay until they are half of all, so that a record is moved once or twice and not at every release.
 *
 * In the task's state an entry is a record, known by its partition and offset. Whether it was released since says the
 * bound.
 */
import type { RecordBatch } from '../record.ts';
import type { BinaryReader, BinaryWriter } from './binary.ts';
import type { ChangeWriter, ChangingState } from './changes.ts';
import { MeanSize, writtenTo } from './changes.ts';

const CHUNK = 4096;
const LEAST_BYTES = 16384;
/** Positions are 32-bit integers. */
const MOST_BYTES = 2 ** 31 - 1;
/** The event time of a record that was released: before no bound. */
const RELEASED = NaN;
const HAS_KEY = 1;
const HAS_HEADERS = 2;

/** Where each row comes from, and when it happened. */
export interface RowOrigin {
  readonly partition: Int32Array;
  readonly eventTime: Float64Array;
}

/** Records of several source partitions in their order; partition[i] is that of row i. */
export interface ReleasedRecords extends RowOrigin {
  readonly batch: RecordBatch;
}

export class HeldRecords implements ChangingState {
  /** Records that are held. */
  count = 0;
  /** The latest event time of all records ever held; −∞ before the first. */
  latest = -Infinity;
  /** No held record is before this. */
  private earliest = Infinity;
  /** Places in use, those of released records included. */
  private places = 0;
  private used = 0;
  private arena = new Uint8Array(LEAST_BYTES);
  private eventTime = new Float64Array(256);
  private partition = new Int32Array(256);
  private offset = new Float64Array(256);
  private timestamp = new Float64Array(256);
  private keyStart = new Int32Array(256);
  private valueStart = new Int32Array(256);
  private valueEnd = new Int32Array(256);
  /** Headers lie between the value's end and this. */
  private headerEnd = new Int32Array(256);
  /** When each record was written to the task's state (see writtenTo). */
  private written = new Int32Array(256);
  /** Records before this have been released. */
  private bound = -Infinity;
  private readonly sizes = new MeanSize();

  /** Copies row `row` of a batch. The value is not null: a tombstone was bad. */
  hold(batch: RecordBatch, { partition, eventTime }: RowOrigin, row: number): void {
    const at = this.add(partition[row]!, batch.offset[row]!, batch.timestamp[row]!, eventTime[row]!);
    this.keyStart[at] = batch.keyStart[row]! < 0 ? -1 : this.used;
    if (batch.keyStart[row]! >= 0) this.copy(batch.bytes, batch.keyStart[row]!, batch.keyEnd[row]!);
    this.valueStart[at] = this.used;
    this.copy(batch.bytes, batch.valueStart[row]!, batch.valueEnd[row]!);
    this.valueEnd[at] = this.used;
    if (batch.headerStart[row]! >= 0) this.copy(batch.bytes, batch.headerStart[row]!, batch.headerEnd[row]!);
    this.headerEnd[at] = this.used;
  }

  /** Releases all records with event time < bound, in order and in chunks. */
  release(bound: number, take: (released: ReleasedRecords) => void): void {
    if (bound > this.bound) this.bound = bound;
    if (!(this.earliest < bound)) return;
    const due = this.dueBefore(bound);
    const { eventTime, partition, offset } = this;
    due.sort((a, b) => eventTime[a]! - eventTime[b]! || partition[a]! - partition[b]! || offset[a]! - offset[b]!);
    for (let from = 0; from < due.length; from += CHUNK) take(this.chunk(due.slice(from, from + CHUNK)));
    for (const at of due) eventTime[at] = RELEASED;
    this.count -= due.length;
    this.earliest = this.firstTime();
    if (this.count * 2 <= this.places) this.compact();
  }

  /** Writes one record to be held, for another task or the task's state; what write wrote, read holds. */
  static write(batch: RecordBatch, { partition, eventTime }: RowOrigin, row: number, out: BinaryWriter): void {
    out.varint(partition[row]!);
    out.varint(batch.offset[row]!);
    out.double(batch.timestamp[row]!);
    out.double(eventTime[row]!);
    const hasKey = batch.keyStart[row]! >= 0;
    const hasHeaders = batch.headerStart[row]! >= 0;
    out.byte((hasKey ? HAS_KEY : 0) | (hasHeaders ? HAS_HEADERS : 0));
    if (hasKey) out.blob(batch.bytes, batch.keyStart[row]!, batch.keyEnd[row]!);
    out.blob(batch.bytes, batch.valueStart[row]!, batch.valueEnd[row]!);
    if (hasHeaders) out.blob(batch.bytes, batch.headerStart[row]!, batch.headerEnd[row]!);
  }

  /** Gives the place of the record. */
  read(from: BinaryReader): number {
    const at = this.add(from.varint(), from.varint(), from.double(), from.double());
    const parts = from.byte();
    this.keyStart[at] = -1;
    if ((parts & HAS_KEY) !== 0) {
      this.keyStart[at] = this.used;
      this.copyBlob(from);
    }
    this.valueStart[at] = this.used;
    this.copyBlob(from);
    this.valueEnd[at] = this.used;
    if ((parts & HAS_HEADERS) !== 0) this.copyBlob(from);
    this.headerEnd[at] = this.used;
    return at;
  }

  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    const due: number[] = [];
    for (let at = 0; at < this.places; at++)
      if (this.written[at]! <= rewriteBefore && !Number.isNaN(this.eventTime[at]!)) due.push(at);
    for (let from = 0; from < due.length; from += CHUNK) {
      const places = due.slice(from, from + CHUNK);
      const records = this.chunk(places);
      places.forEach((at, row) => {
        const before = out.body.length;
        HeldRecords.write(records.batch, records, row, out.body);
        this.written[at] = writtenTo(out.chunk);
        this.sizes.add(out.body.length - before);
        out.boundary();
      });
    }
  }

  applyChanges(from: BinaryReader, chunk: number): void {
    while (!from.done) {
      const before = from.at;
      const at = this.read(from);
      this.written[at] = writtenTo(chunk);
      this.sizes.add(from.at - before);
    }
  }

  writeClosing(out: BinaryWriter): void {
    out.double(this.bound);
  }

  applyClosing(from: BinaryReader): void {
    this.bound = from.double();
  }

  /** Drops what was released, and all but the last entry of each record. */
  endRestore(): void {
    const { partition, offset, eventTime } = this;
    const all = this.dueBefore(Infinity);
    all.sort((a, b) => partition[a]! - partition[b]! || offset[a]! - offset[b]! || a - b);
    const isRepeated = (at: number, next: number | undefined): boolean =>
      next !== undefined && partition[at] === partition[next] && offset[at] === offset[next];
    const dead = all.filter((at, i) => eventTime[at]! < this.bound || isRepeated(at, all[i + 1]));
    for (const at of dead) eventTime[at] = RELEASED;
    this.count -= dead.length;
    this.earliest = this.firstTime();
    this.compact();
  }

  liveBytes(): number {
    return this.sizes.of(this.count);
  }

  private add(partition: number, offset: number, timestamp: number, eventTime: number): number {
    if (this.places === this.eventTime.length) this.growRecords();
    const at = this.places++;
    this.count++;
    this.partition[at] = partition;
    this.offset[at] = offset;
    this.timestamp[at] = timestamp;
    this.eventTime[at] = eventTime;
    this.written[at] = 0;
    if (eventTime < this.earliest) this.earliest = eventTime;
    if (eventTime > this.latest) this.latest = eventTime;
    return at;
  }

  /** The places of all held records before `bound`, in the order in which they came. */
  private dueBefore(bound: number): number[] {
    const due: number[] = [];
    for (let at = 0; at < this.places; at++) if (this.eventTime[at]! < bound) due.push(at);
    return due;
  }

  private firstTime(): number {
    let first = Infinity;
    for (let at = 0; at < this.places; at++) if (this.eventTime[at]! < first) first = this.eventTime[at]!;
    return first;
  }

  private chunk(rows: readonly number[]): ReleasedRecords {
    const pick = <A extends Float64Array | Int32Array>(from: A, into: A): A => {
      rows.forEach((at, row) => (into[row] = from[at]!));
      return into;
    };
    const ints = (): Int32Array<ArrayBuffer> => new Int32Array(rows.length);
    const doubles = (): Float64Array<ArrayBuffer> => new Float64Array(rows.length);
    const valueStart = pick(this.valueStart, ints());
    const valueEnd = pick(this.valueEnd, ints());
    const headerEnd = pick(this.headerEnd, ints());
    const batch: RecordBatch = {
      partition: -1,
      count: rows.length,
      bytes: this.arena,
      keyStart: pick(this.keyStart, ints()),
      keyEnd: valueStart,
      valueStart,
      valueEnd,
      headerStart: valueEnd.map((start, row) => (headerEnd[row]! > start ? start : -1)),
      headerEnd: headerEnd.map((end, row) => (end > valueEnd[row]! ? end : -1)),
      offset: pick(this.offset, doubles()),
      timestamp: pick(this.timestamp, doubles()),
      nextOffset: -1,
    };
    return { batch, partition: pick(this.partition, ints()), eventTime: pick(this.eventTime, doubles()) };
  }

  /** Moves the records that are still held to the front, and lets go of an arena that was made for many more. */
  private compact(): void {
    const { places, arena } = this;
    this.places = 0;
    this.used = 0;
    for (let at = 0; at < places; at++) if (!Number.isNaN(this.eventTime[at]!)) this.move(at, this.places++);
    if (arena.length > LEAST_BYTES && this.used * 8 < arena.length)
      this.arena = new Uint8Array(Math.max(LEAST_BYTES, this.used * 2));
    if (this.arena !== arena) this.arena.set(arena.subarray(0, this.used));
  }

  private move(at: number, to: number): void {
    const start = this.keyStart[at]! < 0 ? this.valueStart[at]! : this.keyStart[at]!;
    const shift = start - this.used;
    this.arena.copyWithin(this.used, start, this.headerEnd[at]!);
    this.partition[to] = this.partition[at]!;
    this.offset[to] = this.offset[at]!;
    this.timestamp[to] = this.timestamp[at]!;
    this.eventTime[to] = this.eventTime[at]!;
    this.keyStart[to] = this.keyStart[at]! < 0 ? -1 : this.keyStart[at]! - shift;
    this.valueStart[to] = this.valueStart[at]! - shift;
    this.valueEnd[to] = this.valueEnd[at]! - shift;
    this.headerEnd[to] = this.headerEnd[at]! - shift;
    this.written[to] = this.written[at]!;
    this.used = this.headerEnd[to]!;
  }

  private copyBlob(from: BinaryReader): void {
    const size = from.skipBlob();
    this.copy(from.bytes, from.at - size, from.at);
  }

  private copy(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (this.used + size > MOST_BYTES) throw new RangeError('the records held back by one task need more than 2 GiB');
    if (this.used + size > this.arena.length) {
      const larger = new Uint8Array(Math.min(MOST_BYTES, Math.max(this.arena.length * 2, this.used + size)));
      larger.set(this.arena.subarray(0, this.used));
      this.arena = larger;
    }
    this.arena.set(source.subarray(start, end), this.used);
    this.used += size;
  }

  private growRecords(): void {
    const size = this.places * 2;
    const doubles = (array: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(size);
      larger.set(array);
      return larger;
    };
    const ints = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(size);
      larger.set(array);
      return larger;
    };
    this.eventTime = doubles(this.eventTime);
    this.offset = doubles(this.offset);
    this.timestamp = doubles(this.timestamp);
    this.partition = ints(this.partition);
    this.keyStart = ints(this.keyStart);
    this.valueStart = ints(this.valueStart);
    this.valueEnd = ints(this.valueEnd);
    this.headerEnd = ints(this.headerEnd);
    this.written = ints(this.written);
  }
}
