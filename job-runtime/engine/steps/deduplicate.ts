/**
 * deduplicate: of the rows that are equal in some fields, only the first passes. Rows come in the order in which "first"
 * is meant: by event time behind a hold, by offset otherwise (docs/semantics.md §4).
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
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

  abstract advance(bound: number): void;
  abstract snapshot(out: BinaryWriter): void;
  abstract restore(from: BinaryReader): void;
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

  advance(bound: number): void {
    if (!(bound > this.bound)) return;
    this.bound = bound;
    this.seen.expire(bound);
  }

  snapshot(out: BinaryWriter): void {
    out.double(this.bound);
    this.seen.snapshot(this.bound, out, () => undefined);
  }

  restore(from: BinaryReader): void {
    this.bound = from.double();
    this.seen.restore(from, () => undefined);
  }

  protected passes(id: number, time: number): boolean {
    if (time < this.seen.until[id]!) return false;
    this.seen.until[id] = this.lastEnd(time);
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

  advance(bound: number): void {
    if (!(bound > this.bound)) return;
    this.bound = bound;
    const oldIds = this.seen.expire(bound);
    if (!oldIds) return;
    const times = new Float64Array(this.seen.until.length);
    for (let id = 0; id < oldIds.length; id++) times[id] = this.time[oldIds[id]!]!;
    this.time = times;
  }

  snapshot(out: BinaryWriter): void {
    out.double(this.bound);
    this.seen.snapshot(this.bound, out, (id) => out.double(this.time[id]!));
  }

  restore(from: BinaryReader): void {
    this.bound = from.double();
    this.seen.restore(from, (id) => this.remember(id, from.double()));
  }

  protected passes(id: number, time: number, reached: number): boolean {
    const isRemembered = reached < this.seen.until[id]!;
    if (isRemembered && Math.abs(time - this.time[id]!) <= this.within) return false;
    this.remember(id, time);
    return true;
  }

  private remember(id: number, time: number): void {
    if (id >= this.time.length) this.time = grownDoubles(this.time, id + 1, 0);
    this.time[id] = time;
    this.seen.until[id] = time + this.within + 1;
  }
}
