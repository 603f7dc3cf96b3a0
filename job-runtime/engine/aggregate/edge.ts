/**
 * first and last: the value of the earliest or latest record of a group in the order (event time, source partition,
 * offset). The order is kept beside the value, so partial results merge in any sequence.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch } from '../column.ts';
import { NULL, WIDE, appendSlice, exactInteger, storeInteger } from '../column.ts';
import type { Accumulator, GroupedRun } from './accumulator.ts';
import { grownDoubles } from './accumulator.ts';

/** A value on its own: numbers as they stand in a column, text as bytes. */
type Value = number | bigint | Uint8Array | null;

function valueAt(column: Column, row: number): Value {
  if (column.kind === 'slice')
    return column.start[row]! < 0 ? null : column.bytes.slice(column.start[row]!, column.end[row]!);
  const value = column.values[row]!;
  if (value !== value) return null;
  return value === WIDE ? exactInteger(column, row) : value;
}

function writeValue(value: Value, out: BinaryWriter): void {
  if (value === null) out.byte(0);
  else if (typeof value === 'number') {
    out.byte(1);
    out.double(value);
  } else if (typeof value === 'bigint') {
    out.byte(2);
    out.string(value.toString());
  } else {
    out.byte(3);
    out.blob(value);
  }
}

function readValue(from: BinaryReader): Value {
  const tag = from.byte();
  if (tag === 0) return null;
  if (tag === 1) return from.double();
  return tag === 2 ? BigInt(from.string()) : from.blob();
}

export class Edge implements Accumulator {
  private time = new Float64Array(0);
  private partition = new Float64Array(0);
  private offset = new Float64Array(0);
  private readonly values: Value[] = [];
  private readonly slot: number;
  private readonly last: boolean;

  constructor(slot: number, last: boolean) {
    this.slot = slot;
    this.last = last;
  }

  grow(capacity: number): void {
    if (capacity <= this.time.length) return;
    this.time = grownDoubles(this.time, capacity, NaN);
    this.partition = grownDoubles(this.partition, capacity, 0);
    this.offset = grownDoubles(this.offset, capacity, 0);
  }

  fold(batch: ColumnBatch, { rows, ids, from, to }: GroupedRun): void {
    const column = batch.columns[this.slot]!;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      const id = ids[i]!;
      if (!this.wins(id, batch.eventTime[row]!, batch.partition[row]!, batch.offset[row]!)) continue;
      this.set(id, batch.eventTime[row]!, batch.partition[row]!, batch.offset[row]!);
      this.values[id] = valueAt(column, row);
    }
  }

  merge(id: number, other: Accumulator, otherId: number): void {
    const { time, partition, offset, values } = other as Edge;
    if (Number.isNaN(time[otherId]!) || !this.wins(id, time[otherId]!, partition[otherId]!, offset[otherId]!)) return;
    this.set(id, time[otherId]!, partition[otherId]!, offset[otherId]!);
    this.values[id] = values[otherId]!;
  }

  write(id: number, out: BinaryWriter): void {
    out.double(this.time[id]!);
    out.varint(this.partition[id]!);
    out.varint(this.offset[id]!);
    writeValue(this.values[id] ?? null, out);
  }

  mergeFrom(id: number, from: BinaryReader): void {
    const time = from.double();
    const partition = from.varint();
    const offset = from.varint();
    const value = readValue(from);
    if (Number.isNaN(time) || !this.wins(id, time, partition, offset)) return;
    this.set(id, time, partition, offset);
    this.values[id] = value;
  }

  emit(id: number, out: Column, row: number): void {
    const value = this.values[id] ?? null;
    if (out.kind === 'slice') appendSlice(out, row, value as Uint8Array | null);
    else if (typeof value === 'bigint') storeInteger(out, row, value);
    else out.values[row] = value === null ? NULL : (value as number);
  }

  reset(id: number): void {
    this.time[id] = NaN;
    this.values[id] = null;
  }

  clear(): void {
    this.time.fill(NaN);
    this.values.length = 0;
  }

  private wins(id: number, time: number, partition: number, offset: number): boolean {
    const before = this.time[id]!;
    if (before !== before) return true;
    const order = time - before || partition - this.partition[id]! || offset - this.offset[id]!;
    return this.last ? order > 0 : order < 0;
  }

  private set(id: number, time: number, partition: number, offset: number): void {
    this.time[id] = time;
    this.partition[id] = partition;
    this.offset[id] = offset;
  }
}
