/**
 * Judges a manifest as far as that can be done without running it: the schema and its rules, then the expressions and
 * the columns, which take the plan. Gives the job and its plan, or all problems at once.
 */
import { parseStreamJob } from '../../crds/parse.ts';
import type { Problem } from '../../crds/problem.ts';
import { API_VERSION, KIND } from '../../crds/stream-job.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { planJob } from '../engine/plan/planner.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import { sinkProblems } from '../sinks/sink-problems.ts';
import { valueAt } from './manifest-path.ts';

export interface PlannedJob {
  readonly job: StreamJob;
  readonly plan: JobPlan;
}

export type Judgement = PlannedJob | { readonly problems: readonly Problem[] };

export function judge(document: unknown): Judgement {
  const parsed = parseStreamJob(document);
  const problems = [...('problems' in parsed ? parsed.problems : []), ...expressionProblems(document)];
  // Steps behind a mistaken expression may lack the field that it makes, so nothing is planned on it.
  if ('problems' in parsed || problems.length > 0) return { problems };
  const { job } = parsed;
  const planned = planJob(job);
  if ('problems' in planned) return planned;
  const wrongSink = sinkProblems(job.spec.sink, planned.plan);
  return wrongSink.length > 0 ? { problems: wrongSink } : { job, plan: planned.plan };
}

/**
 * A job with a mistake elsewhere cannot be planned, but a smaller one can: the same schema and expressions, without
 * window, sink and whatever else may be wrong. So mistakes in expressions are told along with the others.
 */
function expressionProblems(document: unknown): readonly Problem[] {
  const steps = valueAt(document, ['spec', 'steps']);
  if (!Array.isArray(steps)) return [];
  const name = 'expressions';
  const parsed = parseStreamJob({
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name },
    spec: {
      topic: { name },
      schema: valueAt(document, ['spec', 'schema']),
      steps: steps.map(standIn),
      sink: { console: {} },
    },
  });
  if ('problems' in parsed) return [];
  const planned = planJob(parsed.job);
  if (!('problems' in planned)) return [];
  const own = steps.flatMap((step, index) => (hasExpressions(step) ? [`spec.steps[${index}].`] : []));
  return planned.problems.filter(({ path }) => own.some((beginning) => path.startsWith(beginning)));
}

const hasExpressions = (step: unknown): boolean =>
  valueAt(step, ['filter']) !== undefined || valueAt(step, ['map']) !== undefined;

/** A step with the same expressions, which makes the same fields and can stand anywhere; its place stays. */
function standIn(step: unknown, index: number): object {
  const name = `step-${index}`;
  const filter = valueAt(step, ['filter']);
  const map = valueAt(step, ['map']);
  if (filter !== undefined) return { name, filter };
  if (map !== undefined) return { name, map };
  // A change has the type of the reading, as a copy has.
  const fields = valueAt(step, ['delta', 'fields']);
  return fields === undefined ? { name, filter: 'true' } : { name, map: { set: fields } };
}
