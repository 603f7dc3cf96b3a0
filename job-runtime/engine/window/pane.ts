/**
 * A pane: the groups of one run of windows, each with its aggregates. Records whose windows are the same run share a
 * pane, so a record is folded once however many sliding windows hold it; windows are put together when they close.
 */
import type { Accumulator, GroupedRun } from '../aggregate/accumulator.ts';
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { ColumnBatch } from '../column.ts';
import type { GroupKey } from '../group-key.ts';
import { KeyTable, hashBytes } from '../key-table.ts';

const OVERSIZED = 16;
const LEAST_GROUPS = 1024;

export class Pane {
  readonly groups: KeyTable = new KeyTable();
  readonly accumulators: readonly Accumulator[];
  /** Groups that changed since they were last given out: changed[id] = 1. */
  changed: Uint8Array = new Uint8Array(64);
  /** Groups that the accumulators have room for. */
  private grown = 0;

  constructor(accumulators: readonly Accumulator[]) {
    this.accumulators = accumulators;
  }

  /** Finds the groups of the run's rows, and folds them. */
  fold(batch: ColumnBatch, key: GroupKey, run: GroupedRun): void {
    const { groups } = this;
    const { rows, ids, from, to } = run;
    for (let i = from; i < to; i++) {
      const length = key.encode(batch, rows[i]!);
      ids[i] = groups.idOf(key.bytes, 0, length, hashBytes(key.bytes, 0, length));
    }
    this.growTo(groups.size);
    const { changed } = this;
    for (let i = from; i < to; i++) changed[ids[i]!] = 1;
    for (const accumulator of this.accumulators) accumulator.fold(batch, run);
  }

  /** Adds all groups of another pane. */
  mergePane(other: Pane): void {
    const { arena, offsets, hashes, size } = other.groups;
    this.growTo(this.groups.size + size);
    for (let otherId = 0; otherId < size; otherId++) {
      const id = this.groups.idOf(arena, offsets[otherId]!, offsets[otherId + 1]!, hashes[otherId]!);
      if (other.changed[otherId] === 1) this.changed[id] = 1;
      for (let i = 0; i < this.accumulators.length; i++)
        this.accumulators[i]!.merge(id, other.accumulators[i]!, otherId);
    }
  }

  /** Adds one group that writeGroup wrote; the key's bytes and its aggregates follow each other. */
  mergeGroup(from: BinaryReader): void {
    const size = from.skipBlob();
    const start = from.at - size;
    const id = this.groups.idOf(from.bytes, start, from.at, hashBytes(from.bytes, start, from.at));
    this.growTo(this.groups.size);
    this.changed[id] = 1;
    for (const accumulator of this.accumulators) accumulator.mergeFrom(id, from);
  }

  writeGroup(id: number, out: BinaryWriter): void {
    out.blob(this.groups.arena, this.groups.offsets[id]!, this.groups.offsets[id + 1]!);
    for (const accumulator of this.accumulators) accumulator.write(id, out);
  }

  /** Made for far more groups than it holds: to empty it costs its size, so it is better dropped than used again. */
  get isOversized(): boolean {
    return this.changed.length > OVERSIZED * Math.max(this.groups.size, LEAST_GROUPS);
  }

  clear(): void {
    this.changed.fill(0, 0, this.groups.size);
    this.groups.clear();
    for (const accumulator of this.accumulators) accumulator.clear();
  }

  private growTo(size: number): void {
    if (size > this.changed.length) {
      const larger = new Uint8Array(Math.max(size, this.changed.length * 2));
      larger.set(this.changed);
      this.changed = larger;
      this.grown = 0;
    }
    if (size <= this.grown) return;
    this.grown = this.changed.length;
    for (const accumulator of this.accumulators) accumulator.grow(this.grown);
  }
}
