/** Rows on which an expression failed leave the batch, and are told. */
import type { ColumnBatch } from '../column.ts';
import { RowError } from '../column.ts';
import type { StepOutput } from './operator.ts';

export function takeOutFailed(batch: ColumnBatch, output: StepOutput): void {
  let kept = 0;
  for (let i = 0; i < batch.selected; i++) {
    const row = batch.rows[i]!;
    if (batch.error[row] === RowError.none) batch.rows[kept++] = row;
    else output.failed(batch, row);
  }
  batch.selected = kept;
}
