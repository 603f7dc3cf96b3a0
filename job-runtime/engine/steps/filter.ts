/** filter: keeps the rows for which an expression is true. */
import type { ColumnBatch, NumberColumn } from '../column.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import { narrow } from '../expression/result.ts';
import type { StepOperator, StepOutput } from './operator.ts';
import { takeOutFailed } from './failed-rows.ts';

export class Filter implements StepOperator {
  private readonly expression: CompiledExpression;
  private readonly step: number;
  private readonly truth: NumberColumn = { kind: 'number', values: new Float64Array(0), wide: new Map() };

  constructor(expression: CompiledExpression, step: number) {
    this.expression = expression;
    this.step = step;
  }

  apply(batch: ColumnBatch, _reachedAt: Float64Array, output: StepOutput): void {
    if (this.truth.values.length < batch.rows.length) this.truth.values = new Float64Array(batch.rows.length);
    this.expression.evaluate(batch, this.truth, this.step);
    takeOutFailed(batch, output);
    narrow(batch, this.truth);
  }
}
