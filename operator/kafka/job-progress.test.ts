import { describe, expect, test } from '@jest/globals';
import { repartitionTopic } from '../../crds/identity.ts';
import { encodeProgress } from '../../job-runtime/consumer/task-progress.ts';
import type { Position } from '../../job-runtime/log/log.ts';
import type { RunRecord } from '../../job-runtime/state/run-record.ts';
import { progressOf } from './job-progress.ts';
import type { JobInKafka, KafkaAnswer } from './job-progress.ts';

const IDENTITY = { namespace: 'n', name: 'j', run: 'r1', uid: 'u' };
const JOB: JobInKafka = { identity: IDENTITY, topic: 'in', stages: 1, growth: 'free' };
const SHUFFLED = repartitionTopic(IDENTITY, 1);

const RECORD: RunRecord = {
  version: 1,
  ...IDENTITY,
  topic: 'in',
  partitions: 2,
  shufflePartitions: 3,
  startOffsets: [10, 20],
  fingerprint: 'f',
  createdAt: 1,
};

const told = (watermark: number, deadLetters = 0): string =>
  encodeProgress({ watermark, lastOpenEnd: -Infinity, writer: 'w', deadLetters });

function at(topic: string, partition: number, offset: number, metadata = told(100)): Position {
  return { topic, partition, offset, metadata };
}

function answer(
  ends: Record<string, number[]>,
  committed: Position[] = [],
  record: Partial<RunRecord> = {},
): KafkaAnswer {
  return { at: 1000, record: { ...RECORD, ...record }, ends: new Map(Object.entries(ends)), committed };
}

const lags = (job: JobInKafka, of: KafkaAnswer): number[] => progressOf(job, of).partitions.map(({ lag }) => lag);

describe('lag', () => {
  test.each([
    {
      name: 'counts from the committed position',
      of: answer({ in: [30, 40] }, [at('in', 0, 25), at('in', 1, 40)]),
      want: [5, 0],
    },
    {
      name: 'counts from the start of the run where nothing is committed',
      of: answer({ in: [30, 40] }),
      want: [20, 20],
    },
    { name: 'is 0 where a run starts at an end that is still to come', of: answer({ in: [3, 20] }), want: [0, 0] },
    { name: 'is never below 0', of: answer({ in: [5, 5] }, [at('in', 0, 9), at('in', 1, 5)]), want: [0, 0] },
    {
      name: 'ends where the run ends',
      of: answer({ in: [90, 90] }, [at('in', 0, 25)], { stopOffsets: [30, 20] }),
      want: [5, 0],
    },
    {
      name: 'is 0 at the end of a bounded run, whatever comes behind',
      of: answer({ in: [90, 20] }, [at('in', 0, 25, told(Infinity))]),
      want: [0, 0],
    },
    { name: 'is 0 where the topic is gone', of: answer({}, [at('in', 0, 25)]), want: [0, 0] },
    {
      name: 'counts partitions that came later from their first record',
      of: answer({ in: [10, 20, 7] }),
      want: [0, 0, 7],
    },
  ])('$name', ({ of, want }) => {
    expect(lags(JOB, of)).toEqual(want);
  });

  test('leaves out partitions that a keyed job does not read', () => {
    expect(lags({ ...JOB, growth: 'keyed' }, answer({ in: [10, 20, 7] }))).toEqual([0, 0]);
  });

  test('leaves out partitions that came after the end of the run was fixed', () => {
    expect(lags(JOB, answer({ in: [10, 20, 7] }, [], { stopOffsets: [10, 20] }))).toEqual([0, 0]);
  });

  test('counts what later stages have to read', () => {
    const of = answer({ in: [10, 20], [SHUFFLED]: [4, 0, 9] }, [at(SHUFFLED, 2, 8)]);
    expect(lags({ ...JOB, stages: 2 }, of)).toEqual([0, 0, 4, 0, 1]);
  });
});

describe('the end', () => {
  const end = (topic: string, count: number): Position[] =>
    Array.from({ length: count }, (_, partition) => at(topic, partition, 20, told(Infinity)));
  const ends = { in: [10, 20], [SHUFFLED]: [0, 0, 0] };

  test.each([
    { name: 'has come when all tasks say so', stages: 1, committed: end('in', 2), want: true },
    { name: 'has not while one does not', stages: 1, committed: end('in', 1), want: false },
    {
      name: 'has not while a later stage works',
      stages: 2,
      committed: [...end('in', 2), ...end(SHUFFLED, 2)],
      want: false,
    },
    {
      name: 'has come when the last stage is there too',
      stages: 2,
      committed: [...end('in', 2), ...end(SHUFFLED, 3)],
      want: true,
    },
    {
      name: 'is not told by what nobody of us wrote',
      stages: 1,
      committed: [at('in', 0, 5, ''), at('in', 1, 5, '{"v":99}')],
      want: false,
    },
  ])('$name', ({ stages, committed, want }) => {
    expect(progressOf({ ...JOB, stages }, answer(ends, committed)).isDone).toBe(want);
  });
});

test('dead letters of all tasks are added, and the watermark of each is told', () => {
  const of = answer({ in: [90, 90] }, [at('in', 0, 25, told(7, 3)), at('in', 1, 30, told(9, 4))]);
  const { deadLetters, partitions } = progressOf(JOB, of);
  expect(deadLetters).toBe(7);
  expect(partitions).toEqual([
    { topic: 'in', partition: 0, committed: 25, end: 90, lag: 65, watermark: 7 },
    { topic: 'in', partition: 1, committed: 30, end: 90, lag: 60, watermark: 9 },
  ]);
});

test('before the first commit the watermark is before all time', () => {
  expect(progressOf(JOB, answer({ in: [30, 40] })).partitions[0]).toEqual({
    topic: 'in',
    partition: 0,
    committed: undefined,
    end: 30,
    lag: 20,
    watermark: -Infinity,
  });
});
