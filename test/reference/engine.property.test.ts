/**
 * The engine and the interpreter answer the same, whatever the job, the records and the schedule. `FC_RUNS` and
 * `FC_SEED` lengthen and repeat a run; a failure prints the seed, the shrunk job and what differs.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { differences } from './agreement.ts';
import { scenario } from './arbitrary.ts';
import type { Scenario } from './arbitrary.ts';
import { runEngine } from './engine-runner.ts';
import { propertySeed } from '../harness/property-seed.ts';
import { interpret } from './interpreter.ts';
import type { Interpretation } from './interpreter.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 3000);
const SEED = propertySeed();

/** What the engine answers, or undefined where the planner refuses the job, which some random jobs deserve. */
function engineAnswer({ job, records, now, schedule }: Scenario): Interpretation | undefined {
  try {
    return runEngine(job, records, { partitions: job.spec.topic.partitions, now, schedule });
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith('spec.')) return undefined;
    throw error;
  }
}

/** A scenario as a person reads it. */
function describeScenario({ job, records, now, schedule }: Scenario): string {
  const { topic, schema, steps, window } = job.spec;
  const lines = records.map(
    ({ partition, offset, key, value }) =>
      `${partition}/${offset} ${key?.toString() ?? null} ${JSON.stringify(value?.toString())}`,
  );
  return [
    JSON.stringify({ partitions: topic.partitions, schema, steps, window, now, schedule }, null, 1),
    ...lines,
  ].join('\n');
}

test(`the engine agrees with the interpreter in ${RUNS} random runs from seed ${SEED}`, () => {
  let refused = 0;
  const agrees = (drawn: Scenario): void => {
    const actual = engineAnswer(drawn);
    if (!actual) refused++;
    const expected = interpret(drawn.job, drawn.records, { now: drawn.now });
    const wrong = actual ? differences(drawn.job, expected, actual) : [];
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  };
  const outcome = fc.check(fc.property(scenario, agrees), { numRuns: RUNS, seed: SEED });
  const { failed, counterexamplePath, counterexample, errorInstance } = outcome as fc.RunDetails<[Scenario]>;
  const problem =
    failed &&
    `FC_SEED=${SEED} path ${counterexamplePath}\n${String(errorInstance)}\n${describeScenario(counterexample![0])}`;
  expect(problem).toBe(false);
  expect(refused).toBeLessThan(RUNS / 4);
}, 600_000);
