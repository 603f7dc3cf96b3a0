import { expect, test } from '@jest/globals';
import type { CommittedPosition } from '../log/log.ts';
import type { Positions } from './group-positions.ts';
import { GroupPositions } from './group-positions.ts';

const SETTLED: CommittedPosition = { isPending: false };
const PENDING: CommittedPosition = { isPending: true };

/** A log whose answers are these, the last one for ever; `asked` counts. */
function logOf(...answers: readonly CommittedPosition[]): { positions: () => Promise<Positions>; asked: number } {
  const log = {
    asked: 0,
    positions: async (): Promise<Positions> => {
      const answer = answers[Math.min(log.asked++, answers.length - 1)]!;
      return new Map([
        [0, SETTLED],
        [1, answer],
      ]);
    },
  };
  return log;
}

test('all who want to know the same share one answer', async () => {
  const log = logOf(SETTLED);
  const positions = new GroupPositions(log, 'group', 'topic');
  const answers = await Promise.all([positions.last(), positions.last(), positions.last()]);
  await positions.last();
  expect(new Set(answers).size).toBe(1);
  expect(log.asked).toBe(1);
});

test('those for whom an answer is not enough share the next one', async () => {
  const log = logOf(PENDING, SETTLED);
  const positions = new GroupPositions(log, 'group', 'topic');
  const first = positions.last();
  await first;
  const [one, other] = await Promise.all([positions.after(first), positions.after(first)]);
  expect(one).toBe(other);
  expect(one.get(1)).toBe(SETTLED);
  expect(await positions.last()).toBe(one);
  expect(log.asked).toBe(2);
});

test('who needs to know what holds now gets a new answer', async () => {
  const log = logOf(SETTLED);
  const positions = new GroupPositions(log, 'group', 'topic');
  expect(await positions.anew()).not.toBe(await positions.anew());
  expect(log.asked).toBe(2);
});

test('positions are settled once no transaction is open over any of them', async () => {
  const log = logOf(PENDING, PENDING, SETTLED);
  const positions = new GroupPositions(log, 'group', 'topic');
  const settled = await positions.settled(new AbortController().signal);
  expect(settled?.get(1)).toBe(SETTLED);
  expect(log.asked).toBe(3);
});

test('whoever does not want to wait any longer gets nothing', async () => {
  const stop = new AbortController();
  const log = logOf(PENDING);
  const settled = new GroupPositions(log, 'group', 'topic').settled(stop.signal);
  stop.abort();
  expect(await settled).toBeUndefined();
  expect(await new GroupPositions(log, 'group', 'topic').settled(stop.signal)).toBeUndefined();
  expect(log.asked).toBe(1);
});
