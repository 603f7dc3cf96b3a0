import { expect, test } from '@jest/globals';
import type { Window } from '../../crds/window.ts';
import { TUMBLING, streamJob } from '../../test/builders/stream-job.ts';
import type { CommittedProgress } from './idle-watch.ts';
import { IdleWatch } from './idle-watch.ts';
import type { RunningTask } from './running-task.ts';
import type { TaskProgress } from './task-progress.ts';

const IDLE_AFTER = 60_000;
const SOURCE_STAGE = { index: 0, input: 'input', changelog: 'c', next: undefined };

/** As much of a task as the watch looks at. */
class FakeTask {
  readonly stage = SOURCE_STAGE;
  readonly partition: number;
  readonly task = { position: 5, watermark: 1000 };
  readonly source = { raise: (to: number) => void (this.task.watermark = to) };
  isDone = false;
  idle: TaskProgress['idle'];
  lastActive = 0;

  constructor(partition: number) {
    this.partition = partition;
  }

  progress(): TaskProgress {
    const { task, idle } = this;
    return { watermark: task.watermark, ...(idle && { idle }), lastOpenEnd: 2000, writer: '', deadLetters: 0 };
  }
}

function watch(): IdleWatch {
  const watermark = { delay: '0s', idleTimeout: `${IDLE_AFTER}ms`, maxFuture: '1h' };
  return new IdleWatch(streamJob({ window: { ...TUMBLING, watermark } }).spec.window as Window);
}

const running = (...tasks: FakeTask[]): RunningTask[] => tasks as unknown as RunningTask[];
const committed = (watermark: number, idle?: TaskProgress['idle']): TaskProgress => ({
  watermark,
  ...(idle && { idle }),
  lastOpenEnd: -Infinity,
  writer: 'w',
  deadLetters: 0,
});

test.each<[string, { readonly end: number; readonly at: number } | undefined, boolean]>([
  ['nothing to read for the timeout', { end: 5, at: IDLE_AFTER }, true],
  ['something to read', { end: 6, at: IDLE_AFTER }, false],
  ['an answer of the log that is old', { end: 5, at: IDLE_AFTER - 10_000 }, false],
  ['no answer', undefined, false],
])('%s', (_case, bound, isIdle) => {
  const task = new FakeTask(0);
  watch().observe(running(task), () => bound, IDLE_AFTER);
  expect(task.idle !== undefined).toBe(isIdle);
  expect(task.lastActive).toBe(isIdle ? 0 : IDLE_AFTER);
});

test('a task that is done is not looked at', () => {
  const task = new FakeTask(0);
  task.isDone = true;
  watch().observe(running(task), () => ({ end: 5, at: IDLE_AFTER }), IDLE_AFTER);
  expect(task.idle).toBeUndefined();
});

test('others are asked only while one is idle, and not more often than needed', () => {
  const one = watch();
  const task = new FakeTask(0);
  expect(one.isProbeDue(running(task), 1000)).toBe(false);
  task.idle = { since: 0, watermark: 1000 };
  expect([1000, 1001, 6999, 7000].map((now) => one.isProbeDue(running(task), now))).toEqual([true, false, false, true]);
});

test.each<[string, CommittedProgress[0], number]>([
  ['follows the slowest that is not idle', [undefined, committed(1800), committed(1500)], 1500],
  ['waits for one that has said nothing yet', [undefined, undefined, committed(1500)], 1000],
  ['does not wait for one that is done', [undefined, committed(Infinity), committed(1700)], 1700],
  ['closes what is open where all are idle', [undefined, committed(1200, { since: 0, watermark: 1200 })], 2000],
])('an idle task %s', (_case, others, watermark) => {
  const task = new FakeTask(0);
  task.idle = { since: 0, watermark: 1000 };
  watch().raise(running(task), [others], 10 * IDLE_AFTER);
  expect(task.task.watermark).toBe(watermark);
});

test('a task that is not idle is never raised', () => {
  const task = new FakeTask(0);
  watch().raise(running(task), [[undefined, committed(1800)]], IDLE_AFTER);
  expect(task.task.watermark).toBe(1000);
});
