/**
 * Several consumers of one job over a broker, a group and a network that fail in every way that they may, in a time of
 * their own: whatever happens, what comes out is what the reference interpreter says, once. `SIM_RUNS` and `FC_SEED`
 * lengthen and repeat a run; a failure prints the seed, the shrunk scenario and what happened in it.
 */
import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { propertySeed } from '../harness/property-seed.ts';
import { fakeTimers } from './fake-timers.ts';
import type { Scenario } from './scenario.ts';

jest.unstable_mockModule('node:timers/promises', () => fakeTimers);
const { scenario } = await import('./scenario.ts');
const { simulate } = await import('./verdict.ts');

const RUNS = Number(process.env['SIM_RUNS'] ?? 80);
const SEED = propertySeed();
const MOST_LINES = 120;

/** A scenario as a person reads it. */
function describeScenario({ job, records, course }: Scenario): string {
  const { topic, schema, steps, window } = job.spec;
  const lines = records.map(
    ({ partition, offset, key, value }) =>
      `${partition}/${offset} ${key?.toString() ?? null} ${JSON.stringify(value?.toString())}`,
  );
  return [
    JSON.stringify(course, null, 1),
    JSON.stringify({ partitions: topic.partitions, schema, steps, window }),
    ...lines,
  ].join('\n');
}

async function expectRight(drawn: Scenario): Promise<void> {
  const verdict = await simulate(drawn);
  if (!verdict || verdict.problems.length === 0) return;
  throw new Error([...verdict.problems, '', ...verdict.lines.slice(-MOST_LINES)].join('\n'));
}

test(`consumers bring about what the reference says in ${RUNS} random runs from seed ${SEED}`, async () => {
  const outcome = await fc.check(fc.asyncProperty(scenario, expectRight), {
    numRuns: RUNS,
    seed: SEED,
    endOnFailure: process.env['SIM_SHRINK'] === 'no',
  });
  const { failed, counterexamplePath, counterexample, errorInstance } = outcome as fc.RunDetails<[Scenario]>;
  const problem =
    failed &&
    `FC_SEED=${SEED} path ${counterexamplePath}\n${String(errorInstance)}\n${describeScenario(counterexample![0])}`;
  expect(problem).toBe(false);
}, 36_000_000);
