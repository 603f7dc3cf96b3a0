/**
 * The contract of a task, whatever stage it belongs to. A task owns one partition: it is fed that partition's records in
 * order, and everything it gives out follows from them. It can be thrown away at any moment and restored from the
 * chunks that were written with its commits.
 */
import type { RecordBatch } from '../record.ts';
import type { ChangeWriter } from './changes.ts';
import type { TaskCounts } from './task-output.ts';

export interface Task {
  readonly counts: TaskCounts;
  /** The next offset to read. */
  readonly position: number;
  /** Nothing before this instant is expected any more: −∞ at first, +∞ at the end of a finite input. */
  readonly watermark: number;
  /** How many tasks its stage has; the next commit tells the next stage where the number is new. */
  setTasks(count: number): void;
  /** The next records of the partition. `now` is the wall clock, for the bound on future timestamps. */
  onBatch(records: RecordBatch, now: number): void;
  /** The messages for each partition of the next stage since the last commit, watermarks behind what they cover. */
  commit(): Uint8Array[][];
  /** The end of the last open window; an idle clock runs no further. −∞: none is open. */
  lastOpenEnd(): number;
  /**
   * Writes the state as changes since the last call, and all that is alive and stands in a chunk before `rewriteBefore`
   * (0: none of it; Infinity: everything), the output's state included. Call right after commit.
   */
  writeChanges(out: ChangeWriter, rewriteBefore: number): void;
  /**
   * The chunks of the log into a task just made, in order and with their ascending numbers; from any chunk on that is
   * not behind the oldest one needed. Throws a RangeError on state of another version or job, and on a torn chunk.
   */
  applyChunk(chunk: Uint8Array, number: number): void;
  /** Behind the last chunk. The next commit then tells the next stage the watermark. */
  endRestore(): void;
  /** About how many bytes writing everything would take, as of the last writeChanges or endRestore. */
  liveBytes(): number;
}
