import { expect, test } from '@jest/globals';
import type { CommittedWork } from '../consumer/observer.ts';
import type { RunningTask } from '../consumer/running-task.ts';
import type { RejectReason } from '../engine/task-output.ts';
import { zeroCounts } from '../engine/task-output.ts';
import { WorkTotals } from './work-totals.ts';

const task = (): RunningTask => ({}) as unknown as RunningTask;

function workOf(running: RunningTask, records: number, rejected: [RejectReason, number][] = []): CommittedWork {
  return { running, counts: { ...zeroCounts(), records }, rejected: new Map(rejected) };
}

test('a commit adds what its task has done since the one before', () => {
  const totals = new WorkTotals();
  const running = task();
  expect(totals.increments(workOf(running, 3, [['Late', 1]]))).toEqual({
    counts: { ...zeroCounts(), records: 3 },
    rejected: { Late: 1 },
  });
  expect(
    totals.increments(
      workOf(running, 5, [
        ['Late', 1],
        ['Malformed', 2],
      ]),
    ),
  ).toEqual({
    counts: { ...zeroCounts(), records: 2 },
    rejected: { Late: 0, Malformed: 2 },
  });
});

test('tasks count on their own, a restored one from 0', () => {
  const totals = new WorkTotals();
  totals.increments(workOf(task(), 3));
  expect(totals.increments(workOf(task(), 2)).counts.records).toBe(2);
});
