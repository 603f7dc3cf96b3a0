/** Random scenarios: a job, records of all its partitions, and how a run of the engine is cut up. */
import fc from 'fast-check';
import type { StreamJob } from '../../crds/stream-job.ts';
import { jobChoices, randomJob } from './arbitrary-job.ts';
import { manyRecordChoices, randomRecords } from './arbitrary-records.ts';
import type { Schedule } from './engine-runner.ts';
import type { InputRecord } from './interpreter.ts';

export type Scenario = Readonly<{ job: StreamJob; records: readonly InputRecord[]; now: number; schedule: Schedule }>;

const schedule: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.nat(),
  batchSizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
  restoreEvery: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  shufflePartitions: fc.integer({ min: 1, max: 4 }),
  chunkBytes: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
});

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({ job: jobChoices, records: manyRecordChoices, schedule })
  .map((choices) => {
    const random = randomJob(choices.job);
    const records = randomRecords(random, choices.records);
    return { job: random.job, records, now: random.now, schedule: choices.schedule };
  });
