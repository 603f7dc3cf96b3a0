import { describe, expect, it } from '@jest/globals';
import type { Verdict } from './health.ts';
import { liveness, readiness } from './health.ts';
import { operatorReport } from './report.test-kit.ts';

type Change = NonNullable<Parameters<typeof operatorReport>[0]>;

const bad = (reason: string): Verdict => ({ isOk: false, reason });
const good = (reason: string): Verdict => ({ isOk: true, reason });

describe('liveness', () => {
  it.each<{ title: string; report: Change; want: Verdict }>([
    { title: 'lives with nothing to do', report: { queue: { sinceLastStartMillis: 1e9 } }, want: good('leading') },
    {
      title: 'lives while a pass takes its time',
      report: { queue: { running: 1, longestRunMillis: 120_000, sinceLastStartMillis: 120_000 } },
      want: good('leading'),
    },
    {
      title: 'hangs when a pass does not end',
      report: { queue: { running: 1, longestRunMillis: 120_600 } },
      want: bad('a pass has lasted for 121 s'),
    },
    {
      title: 'hangs when a key waits and no worker takes any',
      report: { queue: { depth: 1, oldestWaitingMillis: 130_000, sinceLastStartMillis: 500_000 } },
      want: bad('keys wait, and no pass has begun for 130 s'),
    },
    {
      title: 'lives with a long queue whose keys are taken',
      report: { queue: { depth: 5000, oldestWaitingMillis: 300_000, sinceLastStartMillis: 20 } },
      want: good('leading'),
    },
    {
      title: 'lives while a key that has just come waits',
      report: { queue: { depth: 1, oldestWaitingMillis: 10, sinceLastStartMillis: 1e9 } },
      want: good('leading'),
    },
    {
      title: 'is dead when its loop has ended',
      report: { queue: { loop: 'ended' } },
      want: bad('the queue is not worked on any more'),
    },
    {
      title: 'lives before its loop begins',
      report: { queue: { loop: 'notStarted' }, unsynced: ['Pod'] },
      want: good('leading'),
    },
    {
      title: 'lives as a standby, whatever its queue holds',
      report: {
        isLeader: false,
        queue: { loop: 'ended', depth: 9, oldestWaitingMillis: 1e9, sinceLastStartMillis: 1e9 },
      },
      want: good('standby'),
    },
    {
      title: 'lives while it stops',
      report: { isStopping: true, queue: { loop: 'ended', longestRunMillis: 1e9 } },
      want: good('stopping'),
    },
  ])('$title', ({ report, want }) => {
    expect(liveness(operatorReport(report))).toEqual(want);
  });
});

describe('readiness', () => {
  it.each<{ title: string; report: Change; want: Verdict }>([
    { title: 'ready when it leads and has listed all', report: {}, want: good('leading') },
    {
      title: 'not ready while something is not listed',
      report: { unsynced: ['StreamJob', 'Pod'] },
      want: bad('not listed yet: StreamJob, Pod'),
    },
    {
      title: 'ready as a standby, which need not list anything',
      report: { isLeader: false, unsynced: ['StreamJob'] },
      want: good('standby'),
    },
    { title: 'not ready while it stops', report: { isStopping: true }, want: bad('stopping') },
    {
      title: 'ready though a pass hangs: that is liveness',
      report: { queue: { longestRunMillis: 1e9 } },
      want: good('leading'),
    },
  ])('$title', ({ report, want }) => {
    expect(readiness(operatorReport(report))).toEqual(want);
  });
});
