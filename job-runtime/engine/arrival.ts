/**
 * The first thing that happens to the rows of a source partition: event time. Each good row is judged late or not by
 * the watermark as it stood before the row, then moves the watermark (docs/semantics.md §3). What was decided here is
 * never decided again.
 */
import type { BinaryReader, BinaryWriter } from './binary.ts';
import type { ClosingState } from './changes.ts';
import type { ColumnBatch, NumberColumn } from './column.ts';
import { RowError } from './column.ts';
import { PartitionWatermark } from './watermark.ts';

/** How a job's windows turn a watermark into lateness. */
export interface Lateness {
  /** The closed bound c(W). */
  closedBound(watermark: number): number;
  /** The number of the last window that ends by a closed bound; sessions have none. */
  lastClosed(bound: number): number;
  /** Records before this instant are late. */
  lateBefore(bound: number): number;
  /** The closed bound cannot move before the watermark reaches this. */
  nextChange(bound: number): number;
}

export interface ArrivalOptions {
  readonly timeSlot: number;
  readonly delay: number;
  readonly maxFuture: number;
  /** Absent without a window: then nothing is late. */
  readonly lateness?: Lateness;
}

export class Arrival implements ClosingState {
  readonly watermark: PartitionWatermark;
  /** Per row: the last window closed when it arrived; without a window, the largest event time by then. */
  reachedAt: Float64Array = new Float64Array(0);
  private readonly options: ArrivalOptions;
  private lateBefore = -Infinity;
  private lastClosed = -Infinity;
  private nextChange = -Infinity;

  constructor(options: ArrivalOptions) {
    this.options = options;
    this.watermark = new PartitionWatermark(options.delay);
  }

  /** Keeps the rows that are in time selected; marks the others as bad, or gives them to `late`. */
  observe(batch: ColumnBatch, now: number, late: (row: number) => void): void {
    if (this.reachedAt.length < batch.count) this.reachedAt = new Float64Array(batch.rows.length);
    const { values } = batch.columns[this.options.timeSlot] as NumberColumn;
    const latest = now + this.options.maxFuture;
    const hasWindow = this.options.lateness !== undefined;
    let kept = 0;
    for (let i = 0; i < batch.selected; i++) {
      const row = batch.rows[i]!;
      const time = values[row]!;
      if (!(time <= latest)) {
        batch.error[row] = time !== time ? RowError.missingField : RowError.futureTimestamp;
        batch.errorField[row] = -1;
        continue;
      }
      batch.eventTime[row] = time;
      const isLate = time < this.lateBefore;
      this.reachedAt[row] = this.lastClosed;
      this.watermark.observe(time);
      if (this.watermark.value >= this.nextChange) this.refresh();
      if (!hasWindow) this.reachedAt[row] = this.watermark.value;
      if (isLate) late(row);
      else batch.rows[kept++] = row;
    }
    batch.selected = kept;
  }

  /** Idleness and the end of input move the watermark from outside. */
  raise(to: number): void {
    this.watermark.raise(to);
    if (this.watermark.value >= this.nextChange) this.refresh();
  }

  /** c(W); without a window, W itself. */
  closedBound(): number {
    return this.options.lateness?.closedBound(this.watermark.value) ?? this.watermark.value;
  }

  writeClosing(out: BinaryWriter): void {
    out.double(this.watermark.value);
  }

  applyClosing(from: BinaryReader): void {
    this.watermark.value = from.double();
    this.refresh();
  }

  private refresh(): void {
    const { lateness } = this.options;
    if (!lateness) return;
    const bound = lateness.closedBound(this.watermark.value);
    this.lateBefore = lateness.lateBefore(bound);
    this.lastClosed = lateness.lastClosed(bound);
    this.nextChange = lateness.nextChange(bound);
  }
}
