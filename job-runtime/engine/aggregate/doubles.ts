/** Sums, minima and maxima of doubles per group; NaN is a group without a value yet. A sum past all doubles is null. */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch, NumberColumn } from '../column.ts';
import { NULL } from '../column.ts';
import type { Accumulator, GroupedRun } from './accumulator.ts';
import { grownDoubles } from './accumulator.ts';

export type DoubleKind = 'sum' | 'min' | 'max';

export class DoubleFold implements Accumulator {
  private values = new Float64Array(0);
  private readonly slot: number;
  private readonly kind: DoubleKind;

  constructor(slot: number, kind: DoubleKind) {
    this.slot = slot;
    this.kind = kind;
  }

  grow(capacity: number): void {
    if (capacity > this.values.length) this.values = grownDoubles(this.values, capacity, NULL);
  }

  fold(batch: ColumnBatch, { rows, ids, from, to }: GroupedRun): void {
    const { values } = batch.columns[this.slot] as NumberColumn;
    for (let i = from; i < to; i++) this.add(ids[i]!, values[rows[i]!]!);
  }

  merge(id: number, other: Accumulator, otherId: number): void {
    this.add(id, (other as DoubleFold).values[otherId]!);
  }

  write(id: number, out: BinaryWriter): void {
    out.double(this.values[id]!);
  }

  mergeFrom(id: number, from: BinaryReader): void {
    this.add(id, from.double());
  }

  emit(id: number, out: Column, row: number): void {
    const value = this.values[id]!;
    (out as NumberColumn).values[row] = Number.isFinite(value) ? value : NULL;
  }

  reset(id: number): void {
    this.values[id] = NULL;
  }

  clear(): void {
    this.values.fill(NULL);
  }

  private add(id: number, value: number): void {
    if (value !== value) return;
    const before = this.values[id]!;
    if (before !== before) this.values[id] = value;
    else if (this.kind === 'sum') this.values[id] = before + value;
    else if (this.kind === 'min' ? value < before : value > before) this.values[id] = value;
  }
}
