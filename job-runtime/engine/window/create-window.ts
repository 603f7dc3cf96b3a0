/** Makes the window of a stage: grid windows or sessions, each with the rows that it gives out. */
import { GroupKey } from '../group-key.ts';
import type { WindowPlan } from '../stage-plan.ts';
import type { RowSink } from './result-rows.ts';
import { ResultRows } from './result-rows.ts';
import { SessionAggregation } from './session-aggregation.ts';
import type { StageWindow, WindowOutput } from './stage-window.ts';
import { WindowedAggregation } from './windowed-aggregation.ts';

export function createStageWindow(plan: WindowPlan, rows: RowSink, output: WindowOutput): StageWindow {
  const key = new GroupKey(plan.groupBy);
  const results = new ResultRows(plan.resultFields, new GroupKey(plan.groupBy), rows);
  if (plan.assigner)
    return new WindowedAggregation(plan.assigner, key, plan.createAccumulators, {
      results,
      output,
      onlyChanged: plan.updates,
    });
  return new SessionAggregation(plan.gap, key, plan.createAccumulators, results);
}
