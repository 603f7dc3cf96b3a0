/**
 * deduplicate: of the rows that are equal in some fields, only the first passes. Rows come in the order in which "first"
 * is meant: by event time behind a hold, by offset otherwise (docs/semantics.md §4).
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { ChangeWriter } from '../changes.ts';
import type { ColumnBatch, Field } from '../column.ts';
import { GroupKey } from '../group-key.ts';
import { grownDoubles } from '../aggregate/accumulator.ts';
import { ExpiringKeys } from './expiring-keys.ts';
import type { StatefulOperator, StepOutput } from './operator.ts';

abstract class Deduplicate implements StatefulOperator {
  protected readonly seen = new ExpiringKeys();
  protected bound = -Infinity;
  private readonly key: GroupKey;

  constructor(by: readonly Field[]) {
    this.key = new GroupKey(by);
  }

  apply(batch: ColumnBatch, reachedAt: Float64Array, output: StepOutput): void {
    const { key, seen } = this;
    let kept = 0;
    for (let i = 0; i < batch.selected; i++) {
      const row = batch.rows[i]!;
      // First the key, which may grow `bytes`.
      const length = key.encode(batch, row);
      const id = seen.idOf(key.bytes, length);
      if (this.passes(id, batch.eventTime[row]!, reachedAt[row]!)) batch.rows[kept++] = row;
      else output.duplicate(batch, row);
    }
    batch.selected = kept;
  }

  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    this.seen.writeChanges(out, rewriteBefore, { bound: this.bound, value: (id) => this.writeValue(id, out.body) });
  }

  applyChanges(from: BinaryReader, chunk: number): void {
    this.seen.applyChanges(from, chunk, (id) => this.readValue(id, from));
  }

  writeClosing(out: BinaryWriter): void {
    out.double(this.bound);
  }

  applyClosing(from: BinaryReader): void {
    this.bound = from.double();
  }

  endRestore(): void {
    this.moveValues(this.seen.sweep(this.bound));
  }

  liveBytes(): number {
    return this.seen.liveBytes();
  }

  advance(bound: number): void {
    if (!(bound > this.bound)) return;
    this.bound = bound;
    const oldIds = this.seen.expire(bound);
    if (oldIds) this.moveValues(oldIds);
  }

  /** What is kept beside the end of a key's life. */
  protected abstract writeValue(id: number, out: BinaryWriter): void;
  protected abstract readValue(id: number, from: BinaryReader): void;
  /** Ids have changed: id was oldIds[id]. */
  protected abstract moveValues(oldIds: Int32Array): void;
  /** Whether the row at `time` is the first of its kind; then it is remembered. */
  protected abstract passes(id: number, time: number, reached: number): boolean;
}

/** Within the windows of a job: a row is remembered until the end of its last window. */
export class DeduplicateInWindow extends Deduplicate {
  private readonly lastEnd: (time: number) => number;

  constructor(by: readonly Field[], lastEnd: (time: number) => number) {
    super(by);
    this.lastEnd = lastEnd;
  }

  protected writeValue(): void {}
  protected readValue(): void {}
  protected moveValues(): void {}

  protected passes(id: number, time: number): boolean {
    if (time < this.seen.until[id]!) return false;
    this.seen.until[id] = this.lastEnd(time);
    this.seen.changed(id);
    return true;
  }
}

/** Without a window: a row is remembered until the partition's event time is more than `within` past it. */
export class DeduplicateWithin extends Deduplicate {
  private readonly within: number;
  /** Event time of the row that passed last; `until` is the instant from which it is forgotten. */
  private time = new Float64Array(1024);

  constructor(by: readonly Field[], within: number) {
    super(by);
    this.within = within;
  }

  protected writeValue(id: number, out: BinaryWriter): void {
    out.near(this.time[id]!, this.seen.until[id]!);
  }

  protected readValue(id: number, from: BinaryReader): void {
    this.remember(id, from.near(this.seen.until[id]!));
  }

  protected moveValues(oldIds: Int32Array): void {
    const times = new Float64Array(this.seen.until.length);
    for (let id = 0; id < oldIds.length; id++) times[id] = this.time[oldIds[id]!]!;
    this.time = times;
  }

  protected passes(id: number, time: number, reached: number): boolean {
    const isRemembered = reached < this.seen.until[id]!;
    if (isRemembered && Math.abs(time - this.time[id]!) <= this.within) return false;
    this.remember(id, time);
    this.seen.changed(id);
    return true;
  }

  private remember(id: number, time: number): void {
    if (id >= this.time.length) this.time = grownDoubles(this.time, id + 1, 0);
    this.time[id] = time;
    this.seen.until[id] = time + this.within + 1;
  }
}
