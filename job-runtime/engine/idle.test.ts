import { describe, expect, it } from '@jest/globals';
import type { TaskTime } from './idle.ts';
import { idleWatermarks } from './idle.ts';

const busy = (watermark: number): TaskTime => ({ watermark });
const idle = (watermark: number, since: number, raised = watermark): TaskTime => ({
  watermark: raised,
  idle: { since, watermark },
});

describe('idleWatermarks', () => {
  it.each([
    { name: 'leaves busy tasks alone', tasks: [busy(10), busy(20)], want: [10, 20] },
    {
      name: 'lets an idle task follow the slowest busy one',
      tasks: [busy(30), busy(20), idle(5, 0)],
      want: [30, 20, 20],
    },
    { name: 'never lowers an idle task', tasks: [busy(10), idle(15, 0)], want: [10, 15] },
    { name: 'holds while a busy task has no record yet', tasks: [busy(-Infinity), idle(15, 0)], want: [-Infinity, 15] },
    { name: 'brings a partition that was always empty along', tasks: [busy(12), idle(-Infinity, 0)], want: [12, 12] },
    {
      name: 'lets time go on when all are idle, from the last that fell idle',
      tasks: [idle(100, 900), idle(40, 500)],
      want: [200, 200],
    },
    {
      name: 'counts the time once, however often it is asked',
      tasks: [idle(100, 900, 150), idle(40, 500, 150)],
      want: [200, 200],
    },
  ])('$name', ({ tasks, want }) => {
    expect(idleWatermarks(tasks, { now: 1000, delay: 10, enough: 5000 })).toEqual(want);
  });

  it('runs no further than closes the last open window', () => {
    expect(idleWatermarks([idle(100, 900)], { now: 1000, delay: 10, enough: 130 })).toEqual([130]);
  });

  it('runs no further than the clock less the delay', () => {
    expect(idleWatermarks([idle(980, 900)], { now: 1000, delay: 10, enough: 5000 })).toEqual([990]);
  });

  it('stays where it is when nothing is open', () => {
    expect(idleWatermarks([idle(100, 900)], { now: 1000, delay: 10, enough: -Infinity })).toEqual([100]);
  });
});
