/**
 * A pane: the groups of one run of windows, each with its aggregates. Records whose windows are the same run share a
 * pane, so a record is folded once however many sliding windows hold it; windows are put together when they close.
 */
import type { Accumulator, GroupedRun } from '../aggregate/accumulator.ts';
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { ColumnBatch } from '../column.ts';
import type { GroupKey } from '../group-key.ts';
import { KeyTable, hashBytes } from '../key-table.ts';
import { StoredPane } from './stored-pane.ts';

const OVERSIZED = 16;
const LEAST_GROUPS = 1024;

/** Bits of `changed`: a group changed since it was last given out; since it was last written to the task's state. */
export const NOT_GIVEN_OUT = 1;
export const NOT_WRITTEN = 2;
const CHANGED = NOT_GIVEN_OUT | NOT_WRITTEN;

export class Pane {
  readonly groups: KeyTable = new KeyTable();
  readonly accumulators: readonly Accumulator[];
  /** By group: NOT_GIVEN_OUT, NOT_WRITTEN, both or none. */
  changed: Uint8Array = new Uint8Array(64);
  /** What of the pane stands in the task's state; only panes whose groups are written there use it. */
  readonly stored: StoredPane = new StoredPane();
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
    for (let i = from; i < to; i++) changed[ids[i]!] = CHANGED;
    this.stored.isChanged = true;
    for (const accumulator of this.accumulators) accumulator.fold(batch, run);
  }

  /** Adds all groups of another pane. That alone gives nothing new out, but where they are kept has changed. */
  mergePane(other: Pane): void {
    const { arena, offsets, hashes, size } = other.groups;
    this.growTo(this.groups.size + size);
    for (let otherId = 0; otherId < size; otherId++) {
      const id = this.groups.idOf(arena, offsets[otherId]!, offsets[otherId + 1]!, hashes[otherId]!);
      this.changed[id]! |= other.changed[otherId]! | NOT_WRITTEN;
      for (let i = 0; i < this.accumulators.length; i++)
        this.accumulators[i]!.merge(id, other.accumulators[i]!, otherId);
    }
    this.stored.isChanged = true;
  }

  /** Adds one group that writeGroup wrote; the key's bytes and its aggregates follow each other. */
  mergeGroup(from: BinaryReader): void {
    const size = from.skipBlob();
    const start = from.at - size;
    const id = this.groups.idOf(from.bytes, start, from.at, hashBytes(from.bytes, start, from.at));
    this.growTo(this.groups.size);
    this.changed[id] = CHANGED;
    this.stored.isChanged = true;
    for (const accumulator of this.accumulators) accumulator.mergeFrom(id, from);
  }

  /** Takes one group as it was written, instead of what is known of it. Its key has `size` bytes; gives its id. */
  replaceGroup(size: number, from: BinaryReader): number {
    from.skip(size);
    const start = from.at - size;
    const known = this.groups.size;
    const id = this.groups.idOf(from.bytes, start, from.at, hashBytes(from.bytes, start, from.at));
    this.growTo(this.groups.size);
    this.changed[id] = 0;
    for (const accumulator of this.accumulators) {
      if (id < known) accumulator.reset(id);
      accumulator.mergeFrom(id, from);
    }
    return id;
  }

  /** All groups have been given out as they are. */
  markGivenOut(): void {
    for (let id = 0; id < this.groups.size; id++) this.changed[id]! &= NOT_WRITTEN;
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
    this.stored.clear();
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
