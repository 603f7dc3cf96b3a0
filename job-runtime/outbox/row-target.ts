/** What a task gives its result rows to: an outbox, or the job's own transaction. Part of the task's state. */
import type { BinaryReader, BinaryWriter } from '../engine/binary.ts';
import type { ColumnBatch } from '../engine/column.ts';

export interface RowTarget {
  /** Takes batch.rows[0, selected), in order, and keeps nothing of the batch. */
  rows(batch: ColumnBatch): void;
  /** All rows of the window have come. */
  windowClosed(start: number, end: number): void;
  snapshot(out: BinaryWriter): void;
  /** Called on a new target only. */
  restore(from: BinaryReader): void;
}
