/** What can be wrong with a sink once the types of all fields are known: for whoever judges a manifest and runs none. */
import type { Problem } from '../../crds/problem.ts';
import { SINK_NAMES } from '../../crds/sink.ts';
import type { Sink, SinkName } from '../../crds/sink.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import type { OutputColumn } from '../formats/row-encoder.ts';
import { resolveColumns } from '../outbox/output-columns.ts';
import { routeProblems } from './routes.ts';
import type { KeyChoice } from './topic-key.ts';
import { keyProblems } from './topic-key.ts';

/** Of its columns, key and routes; empty: nothing. */
export function sinkProblems(spec: Sink, plan: JobPlan): readonly Problem[] {
  const name = sinkName(spec);
  const path = ['spec', 'sink', name];
  const resolved = resolveColumns(spec[name]!, plan, path);
  const { kafka } = spec;
  if ('problems' in resolved || !kafka) return 'problems' in resolved ? resolved.problems : [];
  return [
    ...keyProblems(keyChoice(kafka, resolved.columns, plan), [...path, 'key']),
    ...routeProblems(kafka.routes ?? [], plan.resultFields, [...path, 'routes']),
  ];
}

export function sinkName(spec: Sink): SinkName {
  return SINK_NAMES.find((name) => spec[name])!;
}

export function keyChoice(
  { key }: NonNullable<Sink['kafka']>,
  columns: readonly OutputColumn[],
  plan: JobPlan,
): KeyChoice {
  return { key, columns, resultFields: plan.resultFields, groupBy: plan.rows.window?.groupBy ?? [] };
}
