import { describe, expect, it } from '@jest/globals';
import { StreamJobStatus } from '../../crds/status.ts';
import { aimOf } from './aim.ts';
import { judge } from './judge.ts';
import { completed, running, suspended } from './judge.test-kit.ts';
import type { Observed, PodFacts } from './observed.ts';
import { kafkaAt, NOW, observed, podOf, progressAt, QUIET } from './observed.test-kit.ts';
import { statusOf } from './status.ts';

function statusFor(facts: Observed): StreamJobStatus {
  const aim = aimOf(facts);
  return statusOf(facts, aim, judge(facts, aim));
}

/** After a status was written, and with other facts since. */
function after(before: Observed, facts: Partial<Observed>): StreamJobStatus {
  return statusFor({ ...before, ...facts, job: { ...before.job, status: statusFor(before) } });
}

const failing = (message = 'it ended', facts: Partial<PodFacts> = {}): PodFacts =>
  podOf({ isReady: false, failure: { reason: 'CrashLoopBackOff', message }, ...facts });
const refused = podOf({ isReady: false, trouble: { code: 'RecordBad', message: 'rides/0@17: not a number' } });

describe('the phase of a job', () => {
  it.each<{ name: string; of: () => Observed; want: string }>([
    { name: 'all pods work', of: () => running(), want: 'Running' },
    { name: 'nothing can run', of: () => observed({ spec: { 'spec.kafka': undefined } }), want: 'Pending' },
    { name: 'pods are on their way', of: () => observed(), want: 'Starting' },
    {
      name: 'pods are there and none is ready',
      of: () => running({}, { pods: [podOf({ isReady: false })], owned: [] }),
      want: 'Starting',
    },
    {
      name: 'one pod is ready and another is not',
      of: () => running({}, { pods: [podOf(), podOf({ name: 'b', isReady: false })], owned: [] }),
      want: 'Running',
    },
    { name: 'all pods fail', of: () => running({}, { pods: [failing()] }), want: 'Failed' },
    {
      name: 'one pod fails and another is ready',
      of: () => running({}, { pods: [failing(), podOf({ name: 'b' })] }),
      want: 'Running',
    },
    { name: 'a record stopped the job', of: () => running({}, { pods: [refused] }), want: 'Failed' },
    {
      name: 'the sink is away',
      of: () =>
        running({}, { pods: [podOf({ isReady: false, trouble: { code: 'SinkUnavailable', message: 'no route' } })] }),
      want: 'Starting',
    },
    { name: 'the spec is invalid and nothing runs', of: () => observed({ spec: { 'spec.sink': {} } }), want: 'Failed' },
    { name: 'it is suspended', of: () => suspended(), want: 'Suspended' },
    { name: 'it is suspended and pods still stop', of: () => suspended({ pods: [podOf()] }), want: 'Running' },
    { name: 'it was never started', of: () => observed({ spec: { 'spec.suspend': true } }), want: 'Suspended' },
    { name: 'it has come to its end', of: completed, want: 'Completed' },
  ])('is $want when $name', ({ of, want }) => {
    expect(statusFor(of()).phase).toBe(want);
  });
});

describe('the numbers of a status', () => {
  it('are those of Kafka and of the Deployments', () => {
    const progress = progressAt(
      NOW,
      [
        [5, 9, 2000],
        [7, 7, 3000],
      ],
      { deadLetters: 2 },
    );
    const earlier = progressAt(NOW - 10_000, [
      [2, 5, 1000],
      [6, 7, 3000],
    ]);
    expect(statusFor(running({}, { kafka: kafkaAt({ progress, earlier }) }))).toMatchObject({
      observedGeneration: 1,
      ready: '2/2',
      replicas: 2,
      selector: 'app.kubernetes.io/component=consumer,streamjob.dev/job=job',
      partitions: 4,
      lag: 4,
      deadLetters: 2,
      watermark: '1970-01-01T00:00:02.000Z',
      rates: { consumed: 0.4, produced: 0.4 },
      progress: [
        { topic: 'rides', partition: 0, offset: 5, lag: 4, watermark: '1970-01-01T00:00:02.000Z' },
        { topic: 'rides', partition: 1, offset: 7, lag: 0, watermark: '1970-01-01T00:00:03.000Z' },
      ],
    });
  });

  it('stay as they were while Kafka does not tell', () => {
    const before = running({}, { kafka: kafkaAt({ progress: progressAt(NOW, [[5, 9]], { deadLetters: 2 }) }) });
    const { lag, deadLetters, watermark, partitions } = after(before, { kafka: {} });
    expect([lag, deadLetters, watermark, partitions]).toEqual([4, 2, '1970-01-01T00:00:01.000Z', 4]);
  });

  it('have no offset where none is committed, and no watermark before the first record', () => {
    const status = statusFor(
      observed({}, { kafka: kafkaAt({ progress: progressAt(NOW, [[undefined, 9, -Infinity]]) }) }),
    );
    expect(status.progress).toEqual([{ topic: 'rides', partition: 0, lag: 9 }]);
    expect(status).not.toHaveProperty('watermark');
  });

  it.each([Infinity, 8.64e15, 253_402_300_800_000, -62_167_219_200_001, -8.64e15])(
    'have no watermark that no API server would take: %d',
    (watermark) => {
      const status = statusFor(observed({}, { kafka: kafkaAt({ progress: progressAt(NOW, [[5, 5, watermark]]) }) }));
      expect(status.progress).toEqual([{ topic: 'rides', partition: 0, offset: 5, lag: 0 }]);
      expect(status).not.toHaveProperty('watermark');
    },
  );

  it('list the partitions with the most lag, in their own order', () => {
    const places = Array.from({ length: 1024 }, (_, index) => [0, index % 64 === 7 ? 100 + index : 1] as const);
    const { progress, lag } = statusFor(running({}, { kafka: kafkaAt({ progress: progressAt(NOW, places) }) }));
    const partitions = progress!.map(({ partition }) => partition);
    expect(progress).toHaveLength(32);
    expect(partitions).toEqual(partitions.toSorted((a, b) => a - b));
    expect(partitions).toEqual(expect.arrayContaining([7, 71, 967]));
    expect(lag).toBe(places.reduce((sum, [, end]) => sum + end, 0));
  });

  it('count no pods of a job that is to have none', () => {
    expect([statusFor(suspended()).ready, statusFor(completed()).ready]).toEqual(['0/0', '0/0']);
  });

  it('count the producer too', () => {
    expect(statusFor(running({ spec: { 'spec.producer': { source: { file: { path: 'a.csv' } } } } })).ready).toBe(
      '3/3',
    );
  });
});

describe('the last error', () => {
  const at = (seconds: number, pods: readonly PodFacts[]): Partial<Observed> => ({ now: NOW + seconds * 1000, pods });

  it('is that of the worst pod, in one line, with the record that caused it', () => {
    const pod = failing('rides/0@17:\n  not a number');
    expect(statusFor(running({}, { pods: [pod] })).lastError).toEqual({
      message: 'CrashLoopBackOff: rides/0@17: not a number',
      pod: pod.name,
      record: 'rides/0@17',
      time: new Date(NOW).toISOString(),
    });
  });

  it('keeps the time when it was first seen', () => {
    const before = running({}, { pods: [failing()] });
    expect(after(before, at(60, [failing()])).lastError).toEqual(statusFor(before).lastError);
  });

  it('stays while a pod starts again', () => {
    const before = running({}, { pods: [failing()] });
    const starting = { ...at(60, [podOf({ isReady: false })]), owned: [] };
    expect(after(before, starting).lastError).toEqual(statusFor(before).lastError);
  });

  it('is behind once the job is ready', () => {
    expect(after(running({}, { pods: [failing()] }), at(60, [podOf()]))).not.toHaveProperty('lastError');
  });

  it('is cut where it is too long, between two characters', () => {
    const { message } = statusFor(running({}, { pods: [failing('🙂'.repeat(2000))] })).lastError!;
    expect([message.length <= 1024, message.isWellFormed()]).toEqual([true, true]);
  });

  it('names no record that is too long for one', () => {
    const { lastError } = statusFor(running({}, { pods: [failing(`${'a'.repeat(400)}/0@17`)] }));
    expect(StreamJobStatus.safeParse({ lastError }).success).toBe(true);
  });
});

describe('a status that is made again', () => {
  it('is the same, whenever it is made', () => {
    const before = running({}, { kafka: kafkaAt({ progress: { ...QUIET, deadLetters: 1 } }) });
    expect(after(before, { now: NOW + 5000 })).toEqual(statusFor(before));
  });
});
