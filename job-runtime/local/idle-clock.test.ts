/** When a partition is idle, and what that does to its watermark (the rule itself: engine/idle.test.ts). */
import { describe, expect, test } from '@jest/globals';
import { batchOf } from '../../test/builders/records.ts';
import { TUMBLING, planOf, streamJob } from '../../test/builders/stream-job.ts';
import { TaskResults } from '../../test/builders/task-results.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { IdleClock } from './idle-clock.ts';
import { LocalStage } from './local-stage.ts';

const SECOND = 1000;

class Subject {
  readonly results: TaskResults;
  readonly stage: LocalStage;
  private readonly clock: IdleClock;
  private readonly read = [0, 0];

  /** Two partitions, windows of 10 s, delay 1 s, allowed lateness 2 s; idle after 5 s. */
  constructor(now: number) {
    const watermark = { idleTimeout: '5s', delay: '1s' };
    const spec = { window: { ...TUMBLING, size: '10s', allowedLateness: '2s', watermark } };
    const plan = planOf(spec);
    this.results = new TaskResults(plan);
    const place = { index: 0, topic: 'input', partitions: 2, nextTopic: undefined, nextPartitions: 0, upstreams: 2 };
    this.stage = new LocalStage(new EmbeddedLog(), plan, place, () => this.results);
    this.clock = new IdleClock(streamJob(spec).spec.window!, [this.stage], now);
  }

  feed(partition: number, ...seconds: readonly number[]): void {
    const values = seconds.map((second) => `${second * SECOND},a,1`);
    this.stage.tasks[partition]!.onBatch(batchOf(values, { partition, from: this.read[partition]! }), Infinity);
    this.read[partition]! += values.length;
  }

  tick(now: number, ...busy: readonly number[]): number[] {
    this.clock.tick(now * SECOND, busy);
    return this.stage.tasks.map(({ watermark }) => watermark / SECOND);
  }
}

describe('IdleClock', () => {
  test('a partition follows the busy one once it has been quiet for the timeout', () => {
    const subject = new Subject(0);
    subject.feed(0, 10);
    subject.feed(1, 3);
    expect(subject.tick(1, 0, 1)).toEqual([9, 2]);
    subject.feed(0, 14);
    expect(subject.tick(5, 0)).toEqual([13, 2]);
    expect(subject.tick(6, 0)).toEqual([13, 13]);
    subject.feed(0, 16);
    expect(subject.tick(7, 0)).toEqual([15, 15]);
  });

  test('a partition that never had a record is idle a timeout after the start', () => {
    const subject = new Subject(100 * SECOND);
    subject.feed(0, 10);
    expect(subject.tick(104, 0)).toEqual([9, -Infinity]);
    expect(subject.tick(105, 0)).toEqual([9, 9]);
  });

  test('a record ends the idleness', () => {
    const subject = new Subject(0);
    subject.feed(0, 10);
    expect(subject.tick(5, 0)).toEqual([9, 9]);
    subject.feed(1, 11);
    subject.feed(0, 30);
    expect(subject.tick(6, 0, 1)).toEqual([29, 10]);
    expect(subject.tick(10.9, 0)).toEqual([29, 10]);
    expect(subject.tick(11, 0)).toEqual([29, 29]);
  });

  test('when all are idle, time goes on at the pace of the clock until the last window has closed', () => {
    const subject = new Subject(0);
    subject.feed(0, 10);
    expect(subject.tick(1000, 0)).toEqual([9, 9]);
    expect(subject.tick(1004)).toEqual([9, 9]);
    // Idle since 1000: from here on event time is 9 s and what has passed since.
    expect(subject.tick(1005)).toEqual([14, 14]);
    expect(subject.tick(1012)).toEqual([21, 21]);
    expect(subject.results.take()).toEqual([]);
    expect(subject.tick(1013)).toEqual([22, 22]);
    expect(subject.results.take()).toHaveLength(1);
    expect(subject.tick(2000)).toEqual([22, 22]);
  });

  test('time does not run ahead of the clock less the delay', () => {
    const subject = new Subject(0);
    subject.feed(0, 12);
    expect(subject.tick(9, 0)).toEqual([11, 11]);
    expect(subject.tick(14)).toEqual([13, 13]);
  });
});
