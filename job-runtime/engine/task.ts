/**
 * The contract of a task, whatever stage it belongs to. A task owns one partition: it is fed that partition's records in
 * order, and everything it gives out follows from them. It can be thrown away at any moment and restored from the
 * snapshot that was taken with its last commit.
 */
import type { RecordBatch } from '../record.ts';
import type { TaskCounts } from './task-output.ts';

export interface Task {
  readonly counts: TaskCounts;
  /** The next offset to read. */
  readonly position: number;
  /** Nothing before this instant is expected any more: −∞ at first, +∞ at the end of a finite input. */
  readonly watermark: number;
  /** The next records of the partition. `now` is the wall clock, for the bound on future timestamps. */
  onBatch(records: RecordBatch, now: number): void;
  /** The messages for each partition of the next stage since the last commit, watermarks behind what they cover. */
  commit(): Uint8Array[][];
  /** The end of the last open window; an idle clock runs no further. −∞: none is open. */
  lastOpenEnd(): number;
  /** The whole state; take it right after a commit. */
  snapshot(): Uint8Array;
  /** Into a task just made. Throws a RangeError on state of another version. */
  restore(state: Uint8Array): void;
}
