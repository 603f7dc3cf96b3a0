/**
 * The contract of the aggregates: state for many groups as arrays indexed by the group's dense id. Folding is the hot
 * path and goes by the run; merging serves shuffles, sliding windows, sessions and restore. Merges are free of order,
 * so results do not depend on who pre-aggregated what (double sums to rounding).
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch } from '../column.ts';

/** Some rows of a batch and their groups: row rows[i] belongs to group ids[i], for i in [from, to). */
export interface GroupedRun {
  rows: Int32Array;
  ids: Int32Array;
  from: number;
  to: number;
}

export interface Accumulator {
  /** Makes room for ids below `capacity`; new groups are empty. */
  grow(capacity: number): void;
  /** Folds the rows of the run, each into its group. */
  fold(batch: ColumnBatch, run: GroupedRun): void;
  /** Adds group `otherId` of an accumulator of the same kind to group `id`. */
  merge(id: number, other: Accumulator, otherId: number): void;
  /** Writes group `id`. */
  write(id: number, out: BinaryWriter): void;
  /** Reads what write wrote and adds it to group `id`. */
  mergeFrom(id: number, from: BinaryReader): void;
  /** Puts the result of group `id` into `out` at `row`. */
  emit(id: number, out: Column, row: number): void;
  /** Makes group `id` empty again. */
  reset(id: number): void;
  /** Forgets all groups and keeps the memory. */
  clear(): void;
}

/** A longer array with the old values in front and `fill` behind. */
export function grownDoubles(array: Float64Array, capacity: number, fill: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(capacity, array.length * 2));
  larger.set(array);
  if (fill !== 0) larger.fill(fill, array.length);
  return larger;
}
