/** Counts per group: of records, or of a field's values that are not null. */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch, NumberColumn } from '../column.ts';
import { isNull } from '../column.ts';
import type { Accumulator, GroupedRun } from './accumulator.ts';
import { grownDoubles } from './accumulator.ts';

export class Count implements Accumulator {
  counts: Float64Array = new Float64Array(0);
  private readonly slot: number;

  /** slot −1 counts records. */
  constructor(slot: number) {
    this.slot = slot;
  }

  grow(capacity: number): void {
    if (capacity > this.counts.length) this.counts = grownDoubles(this.counts, capacity, 0);
  }

  fold(batch: ColumnBatch, { rows, ids, from, to }: GroupedRun): void {
    const { counts } = this;
    if (this.slot < 0) {
      for (let i = from; i < to; i++) counts[ids[i]!]!++;
      return;
    }
    const column = batch.columns[this.slot]!;
    for (let i = from; i < to; i++) if (!isNull(column, rows[i]!)) counts[ids[i]!]!++;
  }

  merge(id: number, other: Accumulator, otherId: number): void {
    this.counts[id]! += (other as Count).counts[otherId]!;
  }

  write(id: number, out: BinaryWriter): void {
    out.varint(this.counts[id]!);
  }

  mergeFrom(id: number, from: BinaryReader): void {
    this.counts[id]! += from.varint();
  }

  emit(id: number, out: Column, row: number): void {
    (out as NumberColumn).values[row] = this.counts[id]!;
  }

  reset(id: number): void {
    this.counts[id] = 0;
  }

  clear(): void {
    this.counts.fill(0);
  }
}
