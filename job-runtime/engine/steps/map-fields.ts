/** map: sets fields to the values of expressions. Every expression sees the fields as they were: results go to new slots. */
import type { ColumnBatch, Field } from '../column.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { StepOperator, StepOutput } from './operator.ts';
import { takeOutFailed } from './failed-rows.ts';

export interface Assignment {
  readonly expression: CompiledExpression;
  readonly to: Field;
}

export class MapFields implements StepOperator {
  private readonly assignments: readonly Assignment[];
  private readonly step: number;

  constructor(assignments: readonly Assignment[], step: number) {
    this.assignments = assignments;
    this.step = step;
  }

  apply(batch: ColumnBatch, _reachedAt: Float64Array, output: StepOutput): void {
    for (const { expression, to } of this.assignments) expression.evaluate(batch, batch.columns[to.slot]!, this.step);
    takeOutFailed(batch, output);
  }
}
