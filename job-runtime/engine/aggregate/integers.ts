/**
 * Exact integer state per group: sums, minima and maxima of int, long, decimal (unscaled), timestamp and date. A group's
 * cell is a double while that is exact and a BigInt beyond; the slow path is entered only for nulls, first values and
 * wide values.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch, NumberColumn } from '../column.ts';
import { NULL, WIDE, exactInteger, storeInteger } from '../column.ts';
import type { Accumulator, GroupedRun } from './accumulator.ts';
import { grownDoubles } from './accumulator.ts';

const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** NaN is a group without a value yet. */
abstract class IntegerCells implements Accumulator {
  protected readonly cells: NumberColumn = { kind: 'number', values: new Float64Array(0), wide: new Map() };
  protected readonly slot: number;

  constructor(slot: number) {
    this.slot = slot;
  }

  abstract fold(batch: ColumnBatch, run: GroupedRun): void;
  protected abstract add(id: number, column: NumberColumn, row: number): void;

  grow(capacity: number): void {
    if (capacity > this.cells.values.length) this.cells.values = grownDoubles(this.cells.values, capacity, NULL);
  }

  merge(id: number, other: Accumulator, otherId: number): void {
    this.add(id, (other as IntegerCells).cells, otherId);
  }

  write(id: number, out: BinaryWriter): void {
    out.integerCell(this.cells, id);
  }

  mergeFrom(id: number, from: BinaryReader): void {
    const value = from.integerCell();
    INCOMING.values[0] = value;
    if (value === WIDE) INCOMING.wide.set(0, from.wide);
    this.add(id, INCOMING, 0);
  }

  emit(id: number, out: Column, row: number): void {
    const value = this.cells.values[id]!;
    (out as NumberColumn).values[row] = value;
    if (value === WIDE) (out as NumberColumn).wide.set(row, this.cells.wide.get(id)!);
  }

  reset(id: number): void {
    this.cells.values[id] = NULL;
    if (this.cells.wide.size > 0) this.cells.wide.delete(id);
  }

  clear(): void {
    this.cells.values.fill(NULL);
    if (this.cells.wide.size > 0) this.cells.wide.clear();
  }
}

const INCOMING: NumberColumn = { kind: 'number', values: new Float64Array(1), wide: new Map() };

export class IntegerSum extends IntegerCells {
  fold(batch: ColumnBatch, { rows, ids, from, to }: GroupedRun): void {
    const column = batch.columns[this.slot] as NumberColumn;
    const { values } = column;
    const sums = this.cells.values;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      const id = ids[i]!;
      const sum = sums[id]! + values[row]!;
      if (sum <= MAX_SAFE && sum >= -MAX_SAFE) sums[id] = sum;
      else this.add(id, column, row);
    }
  }

  protected add(id: number, column: NumberColumn, row: number): void {
    const value = column.values[row]!;
    if (value !== value) return;
    const before = this.cells.values[id]!;
    if (before !== before) {
      this.cells.values[id] = value;
      if (value === WIDE) this.cells.wide.set(id, column.wide.get(row)!);
      return;
    }
    const sum = before + value;
    if (sum <= MAX_SAFE && sum >= -MAX_SAFE) this.cells.values[id] = sum;
    else storeInteger(this.cells, id, exactInteger(this.cells, id) + exactInteger(column, row));
  }
}

export class IntegerExtreme extends IntegerCells {
  private readonly sign: 1 | -1;

  /** sign 1 keeps the largest value, −1 the smallest. */
  constructor(slot: number, sign: 1 | -1) {
    super(slot);
    this.sign = sign;
  }

  fold(batch: ColumnBatch, { rows, ids, from, to }: GroupedRun): void {
    const column = batch.columns[this.slot] as NumberColumn;
    for (let i = from; i < to; i++) this.add(ids[i]!, column, rows[i]!);
  }

  protected add(id: number, column: NumberColumn, row: number): void {
    const value = column.values[row]!;
    if (value !== value) return;
    const before = this.cells.values[id]!;
    if (before !== before || this.beats(id, before, column, row)) {
      this.cells.values[id] = value;
      if (value === WIDE) this.cells.wide.set(id, column.wide.get(row)!);
    }
  }

  private beats(id: number, before: number, column: NumberColumn, row: number): boolean {
    const value = column.values[row]!;
    if (value !== WIDE && before !== WIDE) return this.sign > 0 ? value > before : value < before;
    const difference = exactInteger(column, row) - exactInteger(this.cells, id);
    return this.sign > 0 ? difference > 0n : difference < 0n;
  }
}
