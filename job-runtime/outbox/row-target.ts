/** What a task gives its result rows to: an outbox, or the job's own transaction. Part of the task's state. */
import type { ChangingState } from '../engine/changes.ts';
import type { ColumnBatch } from '../engine/column.ts';

export interface RowTarget extends ChangingState {
  /** Takes batch.rows[0, selected), in order, and keeps nothing of the batch. */
  rows(batch: ColumnBatch): void;
  /** All rows of the window have come. */
  windowClosed(start: number, end: number): void;
}
