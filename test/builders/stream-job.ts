/**
 * A small job to start a test from: csv records TIME,KEY,VALUE, and what the test says of the rest. It goes through the
 * same parser as a user's manifest, so a test cannot rest on a job that nobody could write.
 */
import { parseStreamJob } from '../../crds/parse.ts';
import type { Problem } from '../../crds/problem.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobPlan } from '../../job-runtime/engine/stage-plan.ts';
import { planJob } from '../../job-runtime/engine/plan/planner.ts';

export type SpecPatch = Readonly<Record<string, unknown>>;

export const FIELDS = [
  { name: 'TIME', type: 'timestamp', format: 'epochMillis' },
  { name: 'KEY', type: 'string' },
  { name: 'VALUE', type: 'long', optional: true },
] as const;

/** Windows of ten milliseconds, grouped by the key, with a sum. */
export const TUMBLING = {
  type: 'tumbling',
  size: '10ms',
  groupBy: ['KEY'],
  aggregate: { SUM: { sum: 'VALUE' } },
} as const;

/** `patch` replaces top-level parts of the spec; `undefined` leaves one out. */
export function streamJob(patch: SpecPatch = {}): StreamJob {
  const parsed = parseStreamJob({
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: { name: 'test' },
    spec: {
      topic: { name: 'input', partitions: 1 },
      schema: { format: 'csv', fields: FIELDS, eventTime: 'TIME', key: { fields: ['KEY'] } },
      sink: { console: { format: 'csv' } },
      ...patch,
    },
  });
  if ('problems' in parsed) throw new RangeError(linesOf(parsed.problems));
  return parsed.job;
}

export function planOf(patch: SpecPatch = {}): JobPlan {
  const planned = planJob(streamJob(patch));
  if ('problems' in planned) throw new RangeError(linesOf(planned.problems));
  return planned.plan;
}

/** What the planner has against the job, a line each. */
export function problemsOf(patch: SpecPatch): string[] {
  const planned = planJob(streamJob(patch));
  return 'problems' in planned ? planned.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

const linesOf = (problems: readonly Problem[]): string =>
  problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
