/** The mean of a field per group: an exact sum (for doubles a rounded one) and a count, divided when asked. */
import type { FieldType } from '../../../crds/field-type.ts';
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch, NumberColumn } from '../column.ts';
import { NULL, WIDE } from '../column.ts';
import type { Accumulator, GroupedRun } from './accumulator.ts';
import { Count } from './count.ts';
import { DoubleFold } from './doubles.ts';
import { IntegerSum } from './integers.ts';

/** sum / divisor for a sum that no double holds: the whole part in integers, the rest as a fraction. */
function quotient(sum: bigint, divisor: bigint): number {
  const whole = sum / divisor;
  return Number(whole) + Number(sum - whole * divisor) / Number(divisor);
}

export class Average implements Accumulator {
  private readonly sum: Accumulator;
  private readonly count: Count;
  private readonly scale: number;
  private readonly scratch: NumberColumn = { kind: 'number', values: new Float64Array(1), wide: new Map() };

  constructor(slot: number, type: FieldType) {
    this.sum = type.kind === 'double' ? new DoubleFold(slot, 'sum') : new IntegerSum(slot);
    this.count = new Count(slot);
    this.scale = type.kind === 'decimal' ? type.scale : 0;
  }

  grow(capacity: number): void {
    this.sum.grow(capacity);
    this.count.grow(capacity);
  }

  fold(batch: ColumnBatch, run: GroupedRun): void {
    this.sum.fold(batch, run);
    this.count.fold(batch, run);
  }

  merge(id: number, other: Accumulator, otherId: number): void {
    this.sum.merge(id, (other as Average).sum, otherId);
    this.count.merge(id, (other as Average).count, otherId);
  }

  write(id: number, out: BinaryWriter): void {
    this.sum.write(id, out);
    this.count.write(id, out);
  }

  mergeFrom(id: number, from: BinaryReader): void {
    this.sum.mergeFrom(id, from);
    this.count.mergeFrom(id, from);
  }

  emit(id: number, out: Column, row: number): void {
    const count = this.count.counts[id]!;
    (out as NumberColumn).values[row] = count === 0 ? NULL : this.mean(id, count);
  }

  reset(id: number): void {
    this.sum.reset(id);
    this.count.reset(id);
  }

  clear(): void {
    this.sum.clear();
    this.count.clear();
  }

  private mean(id: number, count: number): number {
    this.sum.emit(id, this.scratch, 0);
    const sum = this.scratch.values[0]!;
    const isWide = sum === WIDE && this.scratch.wide.has(0);
    const mean = isWide
      ? quotient(this.scratch.wide.get(0)!, BigInt(count) * 10n ** BigInt(this.scale))
      : sum / (count * 10 ** this.scale);
    this.scratch.wide.clear();
    return mean;
  }
}
