/**
 * Tumbling and sliding windows: folds rows into panes and gives out windows as they close. Lateness is not decided
 * here: rows arrive with the run of windows that still take them, and nothing that arrives is ever dropped.
 * Output depends only on the rows folded so far: no clock, no I/O, no logger.
 */
import type { Accumulator, GroupedRun } from '../aggregate/accumulator.ts';
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { ColumnBatch } from '../column.ts';
import type { FrameWriter } from '../exchange/frames.ts';
import { partitionOfHash } from '../exchange/frames.ts';
import type { GroupKey } from '../group-key.ts';
import type { WindowAssigner } from './assigner.ts';
import { Pane } from './pane.ts';
import type { ResultRows } from './result-rows.ts';
import type { StageWindow, WindowOutput } from './stage-window.ts';

/** Groups per partition between two places where a message may be cut. */
const SECTION = 512;

interface WindowPane {
  readonly first: number;
  readonly last: number;
  readonly pane: Pane;
}

/** Where results go; `onlyChanged`: a closing window gives out only what it has not given out before. */
export interface Emission {
  readonly results: ResultRows;
  readonly output: WindowOutput;
  readonly onlyChanged: boolean;
}

export class WindowedAggregation implements StageWindow {
  private readonly assigner: WindowAssigner;
  private readonly key: GroupKey;
  private readonly createAccumulators: () => readonly Accumulator[];
  private readonly emission: Emission;
  private readonly panes = new Map<string, WindowPane>();
  private readonly spare: Pane[] = [];
  private current: WindowPane | undefined;
  private closed = -Infinity;
  private readonly run: GroupedRun = { rows: new Int32Array(0), ids: new Int32Array(0), from: 0, to: 0 };
  private sameFrom = 0;
  private sameUntil = 0;

  constructor(
    assigner: WindowAssigner,
    key: GroupKey,
    createAccumulators: () => readonly Accumulator[],
    emission: Emission,
  ) {
    this.assigner = assigner;
    this.key = key;
    this.createAccumulators = createAccumulators;
    this.emission = emission;
  }

  /** Folds the selected rows. closedAt[row]: the last window that was closed when the row arrived. */
  fold(batch: ColumnBatch, closedAt: Float64Array): void {
    const { run } = this;
    if (run.ids.length < batch.selected) run.ids = new Int32Array(batch.rows.length);
    run.rows = batch.rows;
    run.from = 0;
    let into: WindowPane | undefined;
    for (let i = 0; i < batch.selected; i++) {
      const row = batch.rows[i]!;
      const time = batch.eventTime[row]!;
      if (into && time >= this.sameFrom && time < this.sameUntil && into.first > closedAt[row]!) continue;
      if (into) this.foldRun(batch, into, i);
      into = this.paneFor(time, closedAt[row]!);
    }
    if (into) this.foldRun(batch, into, batch.selected);
  }

  /** Adds groups that `flush` of another aggregation wrote. */
  mergeFrom(from: BinaryReader): void {
    while (!from.done) {
      const last = from.double();
      const { pane } = this.paneOf(last - from.varint(), last);
      for (let count = from.varint(); count > 0; count--) pane.mergeGroup(from);
    }
  }

  /** Gives out every window that ends at or before `bound`, in the order (end, group), and forgets it. */
  closeUpTo(bound: number): void {
    const closed = this.assigner.lastEndedBy(bound);
    if (!(closed > this.closed)) return;
    for (const window of this.windows(closed)) {
      this.giveOut(window, this.emission.onlyChanged);
      this.emission.output.closed(this.assigner.start(window), this.assigner.end(window));
    }
    this.closed = closed;
    for (const [name, { last, pane }] of this.panes) if (last <= closed) this.drop(name, pane);
  }

  /** Gives out the groups that changed since the last call, for every open window. */
  giveOutChanged(): void {
    for (const window of this.windows(Infinity)) this.giveOut(window, true);
    for (const { pane } of this.panes.values()) pane.changed.fill(0);
  }

  /** Writes all groups, each to the partition of its key's hash, and forgets them. */
  flush(frames: readonly FrameWriter[]): void {
    for (const [name, windowPane] of this.panes) {
      this.writePane(windowPane, frames);
      this.drop(name, windowPane.pane);
    }
  }

  /** The end of the last window that is open, for clocks that must not run further; −∞ when none is. */
  lastOpenEnd(): number {
    let last = -Infinity;
    for (const pane of this.panes.values()) last = Math.max(last, pane.last);
    return this.assigner.end(last);
  }

  snapshot(out: BinaryWriter): void {
    out.double(this.closed);
    out.varint(this.panes.size);
    for (const { first, last, pane } of this.panes.values()) {
      out.double(last);
      out.varint(last - first);
      out.varint(pane.groups.size);
      for (let id = 0; id < pane.groups.size; id++) {
        out.byte(pane.changed[id]!);
        pane.writeGroup(id, out);
      }
    }
  }

  restore(from: BinaryReader): void {
    this.closed = from.double();
    for (let panes = from.varint(); panes > 0; panes--) {
      const last = from.double();
      const { pane } = this.paneOf(last - from.varint(), last);
      for (let id = 0, count = from.varint(); id < count; id++) {
        const changed = from.byte();
        pane.mergeGroup(from);
        pane.changed[id] = changed;
      }
    }
  }

  private foldRun(batch: ColumnBatch, { pane }: WindowPane, to: number): void {
    this.run.to = to;
    pane.fold(batch, this.key, this.run);
    this.run.from = to;
  }

  /** The pane for a record, and the stretch of instants that share it while no further window has closed. */
  private paneFor(time: number, closed: number): WindowPane {
    const { assigner } = this;
    const last = assigner.last(time);
    const firstHolding = assigner.first(time);
    const first = Math.max(firstHolding, closed + 1);
    this.sameFrom = Math.max(assigner.start(last), assigner.end(first - 1));
    this.sameUntil = first > firstHolding ? this.sameFrom : Math.min(assigner.start(last + 1), assigner.end(first));
    return this.paneOf(first, last);
  }

  private paneOf(first: number, last: number): WindowPane {
    if (this.current?.first === first && this.current.last === last) return this.current;
    const name = `${first}:${last}`;
    let found = this.panes.get(name);
    if (!found) {
      found = { first, last, pane: this.spare.pop() ?? new Pane(this.createAccumulators()) };
      this.panes.set(name, found);
    }
    this.current = found;
    return found;
  }

  private drop(name: string, pane: Pane): void {
    this.panes.delete(name);
    pane.clear();
    if (this.spare.length < 4) this.spare.push(pane);
    this.current = undefined;
  }

  /** Numbers of the windows up to `until` that hold something and have not closed, ascending. */
  private windows(until: number): number[] {
    const found = new Set<number>();
    for (const { first, last } of this.panes.values()) {
      for (let window = Math.max(first, this.closed + 1); window <= Math.min(last, until); window++) found.add(window);
    }
    return [...found].sort((a, b) => a - b);
  }

  private giveOut(window: number, onlyChanged: boolean): void {
    const parts = [...this.panes.values()].filter(({ first, last }) => first <= window && window <= last);
    const whole = parts.length === 1 ? parts[0]!.pane : this.merged(parts);
    const start = this.assigner.start(window);
    const end = this.assigner.end(window);
    const { arena, offsets } = whole.groups;
    for (const id of whole.groups.sortedIds()) {
      if (onlyChanged && whole.changed[id] !== 1) continue;
      this.emission.results.add(start, end, arena, offsets[id]!, whole.accumulators, id);
    }
    this.emission.results.flush();
    if (parts.length > 1) {
      whole.clear();
      this.spare.push(whole);
    }
  }

  private merged(parts: readonly WindowPane[]): Pane {
    const whole = this.spare.pop() ?? new Pane(this.createAccumulators());
    for (const { pane } of parts) whole.mergePane(pane);
    return whole;
  }

  /** In sections of some groups each, so that messages can be cut between them. */
  private writePane({ first, last, pane }: WindowPane, frames: readonly FrameWriter[]): void {
    const { size, hashes } = pane.groups;
    const targets = new Int32Array(size);
    for (let id = 0; id < size; id++) targets[id] = partitionOfHash(hashes[id]!, frames.length);
    for (let from = 0; from < size; from += SECTION * frames.length) {
      const to = Math.min(size, from + SECTION * frames.length);
      const counts = new Int32Array(frames.length);
      for (let id = from; id < to; id++) counts[targets[id]!]!++;
      frames.forEach(({ body }, target) => {
        if (counts[target] === 0) return;
        body.double(last);
        body.varint(last - first);
        body.varint(counts[target]!);
      });
      for (let id = from; id < to; id++) pane.writeGroup(id, frames[targets[id]!]!.body);
      for (const frame of frames) frame.boundary();
    }
  }
}
