/** Courses of events that went wrong once, each with a job as small as it may be. */
import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { TUMBLING, streamJob } from '../builders/stream-job.ts';
import type { SpecPatch } from '../builders/stream-job.ts';
import type { InputRecord } from '../reference/interpreter.ts';
import { fakeTimers } from './fake-timers.ts';
import type { Scenario } from './scenario.ts';
import type { Course } from './world.ts';

jest.unstable_mockModule('node:timers/promises', () => fakeTimers);
const { jobFor, scenario } = await import('./scenario.ts');
const { simulate } = await import('./verdict.ts');

const CALM: Course = {
  seed: 1,
  processes: 2,
  commitIntervalMillis: 50,
  fetchBytes: 1 << 20,
  rates: { request: 0, commit: 0, deletion: 0, slow: 0 },
  events: [],
  fillMillis: 0,
  endWhenDone: false,
  sink: 'topic',
};

const SHUFFLED = { schema: { format: 'csv', fields: streamJob().spec.schema.fields, eventTime: 'TIME' } };

/** Of each partition so many, a millisecond apart, in a few groups; every tenth is bad. */
function recordsOf(partitions: number, each: number): InputRecord[] {
  return Array.from({ length: partitions * each }, (_, index) => {
    const offset = Math.floor(index / partitions);
    const text = offset % 10 === 9 ? 'bad' : `${offset},k${offset % 3},1`;
    return { partition: index % partitions, offset, key: null, value: Buffer.from(text) };
  });
}

/** `patch`: of the spec; partitions are those that the source has in the end. */
async function problemsOf(
  patch: SpecPatch,
  records: readonly InputRecord[],
  course: Partial<Course>,
): Promise<string[]> {
  const partitions = 1 + Math.max(...records.map(({ partition }) => partition));
  const job = streamJob({ ...SHUFFLED, ...patch, topic: { name: 'input', partitions } });
  const isGrowing = course.growsTo !== undefined;
  const verdict = await simulate({
    job: jobFor(job, isGrowing ? 1 : undefined),
    records,
    course: { ...CALM, ...course },
  });
  return [...verdict!.problems];
}

test.each([1, 4, 9, 16])(
  'a process that was frozen for long reads where its heir has deleted, and goes on: seed %i',
  async (seed) => {
    const events = [{ kind: 'freeze', at: 1000, target: seed % 2, lasts: 12_000 } as const];
    const course = { seed, commitIntervalMillis: 10, fillMillis: 13_500, events };
    expect(await problemsOf({ window: TUMBLING }, recordsOf(2, 300), course)).toEqual([]);
  },
);

test.each<[string, Partial<Course>]>([
  ['one process', { processes: 1 }],
  ['one process that looks while it waits for records', { processes: 1, commitIntervalMillis: 1000 }],
  ['several', { processes: 3 }],
  ['several that end when they are done', { processes: 3, endWhenDone: true }],
])('partitions that came just before the end of a run are read, by %s', async (_case, course) => {
  const growing = { fillMillis: 1000, growsTo: 3, ...course };
  expect(await problemsOf({ window: TUMBLING }, recordsOf(3, 20), growing)).toEqual([]);
});

test('bad records of partitions that came later are dead letters too', async () => {
  const course = { fillMillis: 1000, growsTo: 5 };
  expect(await problemsOf({ window: undefined }, recordsOf(5, 20), course)).toEqual([]);
});

test.each([1, 2, 3, 4])(
  'dead letters are counted once, whoever dies in a commit or beside it: seed %i',
  async (seed) => {
    const events = [400, 700, 1000].map((at, target) => ({ kind: 'kill', at, target, lasts: 100 }) as const);
    const rates = { ...CALM.rates, commit: 0.2 };
    const course = { seed, commitIntervalMillis: 10, fillMillis: 1500, events, rates };
    expect(await problemsOf({ window: TUMBLING }, recordsOf(3, 100), course)).toEqual([]);
  },
);

test.each([true, false])(
  'a process that dies before its first commit is done is succeeded, by a new one: %s',
  async (isNew) => {
    const events = [{ kind: isNew ? 'kill' : 'restart', at: 160, target: 0, lasts: 100 } as const];
    expect(await problemsOf({ window: TUMBLING }, recordsOf(2, 50), { commitIntervalMillis: 10, events })).toEqual([]);
  },
);

test.each([['the sink held a task up at the moment when another one came to its end', { seed: 35, path: '17' }]])(
  'a random course that went wrong once: %s',
  async (_case, place) => {
    const expectRight = async (drawn: Scenario): Promise<void> => expect((await simulate(drawn))!.problems).toEqual([]);
    await fc.assert(fc.asyncProperty(scenario, expectRight), { ...place, numRuns: 1, endOnFailure: true });
  },
);
