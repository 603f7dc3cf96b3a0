/**
 * Session windows: each row spans [t, t + gap); overlapping spans of a group merge. As in the windowed aggregation,
 * lateness was decided before; results depend only on the rows folded, since merging is free of order.
 */
import type { Accumulator } from '../aggregate/accumulator.ts';
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { ChangeWriter } from '../changes.ts';
import { MeanSize, writtenTo } from '../changes.ts';
import type { ColumnBatch } from '../column.ts';
import type { FrameWriter } from '../exchange/frames.ts';
import { partitionOfHash } from '../exchange/frames.ts';
import type { GroupKey } from '../group-key.ts';
import type { ResultRows } from './result-rows.ts';
import type { StageWindow } from './stage-window.ts';
import { Sessions } from './sessions.ts';

export class SessionAggregation implements StageWindow {
  private readonly gap: number;
  private readonly key: GroupKey;
  private readonly results: ResultRows;
  private readonly sessions: Sessions;
  private readonly sizes = new MeanSize();
  private slots = new Int32Array(0);
  /** Sessions that end by this have been given out. */
  private closed = -Infinity;

  constructor(gap: number, key: GroupKey, createAccumulators: () => readonly Accumulator[], results: ResultRows) {
    this.gap = gap;
    this.key = key;
    this.results = results;
    this.sessions = new Sessions(createAccumulators);
  }

  /** Folds the selected rows. Rows are folded in runs; a run ends where sessions have to merge. */
  fold(batch: ColumnBatch): void {
    const { sessions, key } = this;
    if (this.slots.length < batch.selected) this.slots = new Int32Array(batch.rows.length);
    let from = 0;
    for (let i = 0; i < batch.selected; i++) {
      const row = batch.rows[i]!;
      const time = batch.eventTime[row]!;
      const length = key.encode(batch, row);
      const group = sessions.groupOf(key.bytes, 0, length);
      let slot = sessions.holding(group, time, time + this.gap);
      if (slot >= 0) sessions.widen(slot, time, time + this.gap);
      else {
        this.foldRun(batch, from, i);
        from = i;
        slot = sessions.open(group, time, time + this.gap);
      }
      this.slots[i] = slot;
    }
    this.foldRun(batch, from, batch.selected);
  }

  /** Adds sessions that `flush` of another aggregation wrote. */
  mergeFrom(from: BinaryReader): void {
    while (!from.done) this.read(from);
  }

  /** Merging sessions would have to take back what they gave out: the manifest refuses updates for them. */
  giveOutChanged(): void {}

  /** Gives out and forgets every session that ends at or before `bound`, in the order (end, start, group). */
  closeUpTo(bound: number): void {
    const { sessions } = this;
    if (bound > this.closed) this.closed = bound;
    const closed = sessions.closeUpTo(bound);
    if (closed.length > 0) this.giveOut(closed);
    // Sessions that others took up leave dead slots, even where none ever closes.
    sessions.compact();
  }

  /** Writes all open sessions, each to the partition of its group's hash, and forgets them. */
  flush(frames: readonly FrameWriter[]): void {
    const { sessions } = this;
    for (let slot = 0; slot < sessions.used; slot++) {
      const group = sessions.group[slot]!;
      if (group < 0) continue;
      const frame = frames[partitionOfHash(sessions.groups.hashes[group]!, frames.length)]!;
      this.write(slot, frame.body);
      frame.boundary();
    }
    sessions.reset();
  }

  lastOpenEnd(): number {
    let last = -Infinity;
    const { used, group, end } = this.sessions;
    for (let slot = 0; slot < used; slot++) if (group[slot]! >= 0 && end[slot]! > last) last = end[slot]!;
    return last;
  }

  /**
   * An entry is one session. It stands for all of its group that it overlaps: sessions only ever grow, so whatever was
   * written of them before lies within what they are now, and one that was taken up needs no tombstone.
   */
  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    const { used, group, written } = this.sessions;
    for (let slot = 0; slot < used; slot++) {
      if (group[slot]! < 0 || written[slot]! > rewriteBefore) continue;
      const before = out.body.length;
      this.write(slot, out.body);
      written[slot] = writtenTo(out.chunk);
      this.sizes.add(out.body.length - before);
      out.boundary();
    }
  }

  applyChanges(from: BinaryReader, chunk: number): void {
    const { sessions } = this;
    while (!from.done) {
      const before = from.at;
      const size = from.skipBlob();
      const group = sessions.groupOf(from.bytes, from.at - size, from.at);
      const slot = sessions.replace(group, from.double(), from.double());
      for (const accumulator of sessions.accumulators) accumulator.mergeFrom(slot, from);
      sessions.written[slot] = writtenTo(chunk);
      this.sizes.add(from.at - before);
    }
    sessions.compact();
  }

  writeClosing(out: BinaryWriter): void {
    out.double(this.closed);
  }

  applyClosing(from: BinaryReader): void {
    this.closed = from.double();
  }

  /** What has ended was given out before. */
  endRestore(): void {
    this.sessions.free(this.sessions.closeUpTo(this.closed));
    this.sessions.compact();
  }

  liveBytes(): number {
    return this.sizes.of(this.sessions.live);
  }

  private foldRun(batch: ColumnBatch, from: number, to: number): void {
    if (from === to) return;
    const run = { rows: batch.rows, ids: this.slots, from, to };
    for (const accumulator of this.sessions.accumulators) accumulator.fold(batch, run);
  }

  private giveOut(closed: number[]): void {
    const { sessions } = this;
    const { groups, group, start, end } = sessions;
    closed.sort((a, b) => end[a]! - end[b]! || start[a]! - start[b]! || groups.compare(group[a]!, group[b]!));
    for (const slot of closed) {
      this.results.add(
        start[slot]!,
        end[slot]!,
        groups.arena,
        groups.offsets[group[slot]!]!,
        sessions.accumulators,
        slot,
      );
    }
    this.results.flush();
    sessions.free(closed);
  }

  private read(from: BinaryReader): void {
    const { sessions } = this;
    const size = from.skipBlob();
    const group = sessions.groupOf(from.bytes, from.at - size, from.at);
    const slot = sessions.open(group, from.double(), from.double());
    for (const accumulator of sessions.accumulators) accumulator.mergeFrom(slot, from);
  }

  private write(slot: number, out: BinaryWriter): void {
    const { groups, group, start, end, accumulators } = this.sessions;
    const id = group[slot]!;
    out.blob(groups.arena, groups.offsets[id]!, groups.offsets[id + 1]!);
    out.double(start[slot]!);
    out.double(end[slot]!);
    for (const accumulator of accumulators) accumulator.write(slot, out);
  }
}
