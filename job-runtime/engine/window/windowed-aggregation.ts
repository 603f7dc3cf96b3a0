/**
 * Tumbling and sliding windows: folds rows into panes and gives out windows as they close. Lateness is not decided
 * here: rows arrive with the run of windows that still take them, and nothing that arrives is ever dropped.
 * Output depends only on the rows folded so far: no clock, no I/O, no logger.
 */
import type { Accumulator, GroupedRun } from '../aggregate/accumulator.ts';
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { ChangeWriter } from '../changes.ts';
import type { ColumnBatch } from '../column.ts';
import type { FrameWriter } from '../exchange/frames.ts';
import { partitionOfHash } from '../exchange/frames.ts';
import { GroupSection } from '../exchange/group-section.ts';
import type { GroupKey } from '../group-key.ts';
import type { WindowAssigner } from './assigner.ts';
import { NOT_GIVEN_OUT, Pane } from './pane.ts';
import type { WindowPane } from './pane-index.ts';
import { PaneIndex } from './pane-index.ts';
import { PaneState } from './pane-state.ts';
import type { ResultRows } from './result-rows.ts';
import type { StageWindow, WindowOutput } from './stage-window.ts';

/** Emptied panes that are kept for later. */
const MOST_SPARE = 4;

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
  private readonly panes = new PaneIndex(() => this.spare.pop() ?? new Pane(this.createAccumulators()));
  private readonly state = new PaneState(this.panes, (pane) => this.drop(pane));
  private readonly spare: Pane[] = [];
  private current: WindowPane | undefined;
  private closed = -Infinity;
  private readonly run: GroupedRun = { rows: new Int32Array(0), ids: new Int32Array(0), from: 0, to: 0 };
  /** Records of the stretch go to one pane, as long as no window from `sameFirst` on has closed. */
  private sameFirst = 0;
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
      if (into && time >= this.sameFrom && time < this.sameUntil && this.sameFirst > closedAt[row]!) continue;
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
    for (const window of this.panes.windows(this.closed, closed)) {
      this.giveOut(window, this.emission.onlyChanged);
      this.emission.output.closed(this.assigner.start(window), this.assigner.end(window));
    }
    this.closed = closed;
    this.panes.close(closed, (pane) => this.drop(pane));
    this.current = undefined;
  }

  /** Gives out the groups that changed since the last call, for every open window. */
  giveOutChanged(): void {
    for (const window of this.panes.windows(this.closed, Infinity)) this.giveOut(window, true);
    for (const { pane } of this.panes) pane.markGivenOut();
    this.panes.forgetBlocks();
    this.current = undefined;
  }

  /** Writes all groups, each to the partition of its key's hash, and forgets them. */
  flush(frames: readonly FrameWriter[]): void {
    for (const windowPane of this.panes) this.writePane(windowPane, frames);
    this.panes.clear((pane) => this.drop(pane));
    this.current = undefined;
  }

  /** The end of the last window that is open, for clocks that must not run further; −∞ when none is. */
  lastOpenEnd(): number {
    return this.assigner.end(this.panes.last);
  }

  /** Call right after giveOutChanged where there are updates: what was given out is not part of the state. */
  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    this.state.write(out, rewriteBefore);
  }

  applyChanges(from: BinaryReader, chunk: number): void {
    this.state.read(from, chunk);
  }

  writeClosing(out: BinaryWriter): void {
    out.double(this.closed);
  }

  applyClosing(from: BinaryReader): void {
    this.closed = from.double();
  }

  endRestore(): void {
    this.panes.dropClosed(this.closed, (pane) => this.drop(pane));
    this.state.settle();
  }

  liveBytes(): number {
    return this.state.liveBytes();
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
    this.sameFirst = first;
    this.sameFrom = assigner.start(last);
    if (first === firstHolding) this.sameFrom = Math.max(this.sameFrom, assigner.end(first - 1));
    this.sameUntil = Math.min(assigner.start(last + 1), assigner.end(first));
    return this.paneOf(first, last);
  }

  private paneOf(first: number, last: number): WindowPane {
    if (this.current?.first === first && this.current.last === last) return this.current;
    return (this.current = this.panes.paneOf(first, last, this.closed));
  }

  private drop(pane: Pane): void {
    if (this.spare.length >= MOST_SPARE || pane.isOversized) return;
    pane.clear();
    this.spare.push(pane);
  }

  private giveOut(window: number, onlyChanged: boolean): void {
    const parts = this.panes.partsOf(window);
    const whole = parts.length === 1 ? parts[0]! : this.merged(parts);
    const start = this.assigner.start(window);
    const end = this.assigner.end(window);
    const { arena, offsets } = whole.groups;
    for (const id of whole.groups.sortedIds()) {
      if (onlyChanged && (whole.changed[id]! & NOT_GIVEN_OUT) === 0) continue;
      this.emission.results.add(start, end, arena, offsets[id]!, whole.accumulators, id);
    }
    this.emission.results.flush();
    if (parts.length > 1) this.drop(whole);
  }

  private merged(parts: readonly Pane[]): Pane {
    const whole = this.spare.pop() ?? new Pane(this.createAccumulators());
    for (const part of parts) whole.mergePane(part);
    return whole;
  }

  private writePane({ first, last, pane }: WindowPane, frames: readonly FrameWriter[]): void {
    const { size, hashes } = pane.groups;
    const sections = frames.map((frame) => new GroupSection(frame, first, last));
    for (let id = 0; id < size; id++)
      pane.writeGroup(id, sections[partitionOfHash(hashes[id]!, sections.length)]!.next());
    for (const section of sections) section.end();
  }
}
