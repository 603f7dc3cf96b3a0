/** Random simulations: a job and its records, and a course of events, all drawn by fast-check. */
import fc from 'fast-check';
import type { StreamJob } from '../../crds/stream-job.ts';
import { planJob } from '../../job-runtime/engine/plan/planner.ts';
import type { JobPlan } from '../../job-runtime/engine/stage-plan.ts';
import { jobChoices, randomJob } from '../reference/arbitrary-job.ts';
import { manyRecordChoices, randomRecords } from '../reference/arbitrary-records.ts';
import type { InputRecord } from '../reference/interpreter.ts';
import type { Course, WorldEvent } from './world.ts';

export interface Scenario {
  readonly job: StreamJob;
  readonly records: readonly InputRecord[];
  readonly course: Course;
}

const LONGER_THAN_ANY_RUN = '876000h';

const event: fc.Arbitrary<WorldEvent> = fc.record({
  kind: fc.constantFrom<WorldEvent['kind'][]>(
    'freeze',
    'freeze',
    'add',
    'kill',
    'restart',
    'remove',
    'start goes back',
  ),
  at: fc.integer({ min: 0, max: 2500 }),
  target: fc.nat(7),
  lasts: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 600, max: 2500 })),
});

const sometimes = (...chances: number[]): fc.Arbitrary<number> => fc.constantFrom(0, 0, ...chances);

/** `growsFrom`: partitions of the source at first; those of the job come later. */
type Wanted = Course & { readonly growsFrom: number | undefined };

const course: fc.Arbitrary<Wanted> = fc.record({
  seed: fc.nat(),
  processes: fc.integer({ min: 2, max: 4 }),
  commitIntervalMillis: fc.constantFrom(50, 10, 200, 1000),
  fetchBytes: fc.constantFrom(1 << 20, 1, 100, 400),
  rates: fc.record({
    request: sometimes(0.01, 0.05),
    commit: sometimes(0.05, 0.2, 0.5),
    deletion: sometimes(0.5),
    slow: sometimes(0.05, 0.3),
  }),
  events: fc.array(event, { maxLength: 8 }),
  fillMillis: fc.constantFrom(1500, 0, 800, 3000),
  growsFrom: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  endWhenDone: fc.boolean(),
  sink: fc.constantFrom<Course['sink'][]>('topic', 'topic', 'outbox'),
});

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({ job: jobChoices, records: manyRecordChoices, course })
  .map((choices) => {
    const random = randomJob(choices.job);
    const records = randomRecords(random, choices.records);
    return simulated(random.job, records, choices.course);
  });

/** The job and its course as far as they go together. */
function simulated(drawn: StreamJob, records: readonly InputRecord[], { growsFrom, ...wanted }: Wanted): Scenario {
  const { partitions } = drawn.spec.topic;
  const mayGrow = planned(drawn)?.growth === 'free' && wanted.fillMillis > 0;
  const isGrowing = mayGrow && growsFrom !== undefined && growsFrom < partitions;
  if (!isGrowing) return { job: jobFor(drawn, undefined), records, course: wanted };
  return { job: jobFor(drawn, growsFrom), records, course: { ...wanted, growsTo: partitions } };
}

/** A run with an end; nothing in it depends on the wall clock, and nothing is late where partitions come later. */
export function jobFor(drawn: StreamJob, growsFrom: number | undefined): StreamJob {
  const { window } = drawn.spec;
  const watermark = window && { ...window.watermark, idleTimeout: LONGER_THAN_ANY_RUN };
  const spec = {
    ...drawn.spec,
    topic: { ...drawn.spec.topic, partitions: growsFrom ?? drawn.spec.topic.partitions },
    onError: 'deadLetter',
    stopAt: { position: 'latest' },
    // Timestamps of generated records are never from the future.
    producer: { source: { turnstile: { count: 1 } } },
    ...(window && {
      window: {
        ...window,
        late: 'deadLetter',
        watermark: { ...watermark, ...(growsFrom !== undefined && { delay: LONGER_THAN_ANY_RUN }) },
      },
    }),
  };
  return { ...drawn, spec: spec as unknown as StreamJob['spec'] };
}

/** Undefined where the planner refuses the job, which some random ones deserve. */
export function planned(job: StreamJob): JobPlan | undefined {
  const result = planJob(job);
  return 'plan' in result ? result.plan : undefined;
}
