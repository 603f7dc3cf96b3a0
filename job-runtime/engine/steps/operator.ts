/** The contract of the steps that a batch passes on its way: each narrows the selected rows or fills columns. */
import type { ChangingState } from '../changes.ts';
import type { ColumnBatch } from '../column.ts';

/** What an operator tells of the rows that it takes out. */
export interface StepOutput {
  duplicate(batch: ColumnBatch, row: number): void;
  /** An expression failed on the row. */
  failed(batch: ColumnBatch, row: number): void;
}

export interface StepOperator {
  /** `reachedAt[row]`: without a window, the partition's largest event time when the row arrived. */
  apply(batch: ColumnBatch, reachedAt: Float64Array, output: StepOutput): void;
}

/** A step with memory. All its rows before `bound` have been seen. */
export interface StatefulOperator extends StepOperator, ChangingState {
  advance(bound: number): void;
}

export function isStateful(operator: StepOperator): operator is StatefulOperator {
  return 'advance' in operator;
}
