import { expect, test } from '@jest/globals';
import type { CommitReport } from '../consumer/observer.ts';
import type { RunningTask } from '../consumer/running-task.ts';
import type { RejectReason } from '../engine/task-output.ts';
import { zeroCounts } from '../engine/task-output.ts';
import { RunTally } from './run-tally.ts';

const END = { stopped: false, run: 'r1', outputs: ['out'], deadLetterTopic: 'letters' };
const SOURCE = { done: 0, total: undefined, unit: 'records' } as const;
const task = (index: number): RunningTask => ({ stage: { index } }) as unknown as RunningTask;

function commitOf(running: RunningTask, records: number, rejected: [RejectReason, number][] = []): CommitReport {
  const counts = { ...zeroCounts(), records, rows: records };
  return { millis: 1, work: [{ running, counts, rejected: new Map(rejected) }] };
}

const tally = (said: string[] = []): RunTally =>
  new RunTally(
    (line) => void said.push(line),
    (reason) => reason === 'Late',
  );

test('totals of a task count once, whatever the number of commits', () => {
  const one = tally();
  const running = task(0);
  one.committed(commitOf(running, 3));
  one.committed(commitOf(running, 5));
  expect(one.summary(END)).toMatchObject({ records: 5, rows: 5, run: 'r1', outputs: ['topic out'] });
});

test('a task that was restored counts on from 0', () => {
  const one = tally();
  one.committed(commitOf(task(0), 3));
  one.committed(commitOf(task(0), 2));
  expect(one.summary(END).records).toBe(5);
});

test('what the second stage reads again is no record of the source', () => {
  const one = tally();
  one.committed(commitOf(task(0), 3));
  one.committed(commitOf(task(1), 40));
  expect(one.summary(END).records).toBe(3);
});

test('late and bad records are told apart, and only those with a policy for it are dead letters', () => {
  const one = tally();
  one.committed(
    commitOf(task(0), 9, [
      ['Late', 2],
      ['Malformed', 3],
    ]),
  );
  expect(one.progress(SOURCE)).toMatchObject({ late: 2, bad: 3 });
  expect(one.summary(END).deadLetters).toEqual({ count: 2, path: 'topic letters' });
});

test('without tasks the watermark is that of a run without time', () => {
  expect(tally().progress(SOURCE).watermark).toBe(Infinity);
});

test('each trouble is said once, and that it is over', () => {
  const said: string[] = [];
  const one = tally(said);
  const away = { code: 'LogUnavailable', message: 'away' } as const;
  for (const trouble of [undefined, away, away, undefined, undefined]) one.trouble(trouble);
  expect(said).toEqual(['away', 'Kafka answers again']);
});
