import { describe, expect, it } from '@jest/globals';
import { Liveness, readiness } from './health.ts';
import type { Verdict } from './health.ts';
import type { ProcessReport, TaskReport } from './process-report.ts';
import { processReport, taskReport } from './reports.test-kit.ts';

const STUCK_SECONDS = 120;
const AWAY = { code: 'LogUnavailable', message: 'connection refused' } as const;

/** What the probes of one process meet, by the second; a task's bound is fresh unless the test says otherwise. */
type Life = (second: number) => { readonly report?: Partial<ProcessReport>; readonly task?: Partial<TaskReport> };

function reportAt(second: number, life: Life): ProcessReport {
  const { report, task } = life(second);
  const at = second * 1000;
  const tasks = task ? [taskReport({ partition: 2, bound: { end: 17, at } }), taskReport(task)] : [];
  return processReport({ cameRoundAt: at, tasks, ...report });
}

/** The verdict of the probe at `last`, with one every ten seconds before it. */
function probed(life: Life, last: number): Verdict {
  const liveness = new Liveness(STUCK_SECONDS * 1000);
  for (let second = last % 10; second < last; second += 10) liveness.judge(reportAt(second, life), second * 1000);
  return liveness.judge(reportAt(last, life), last * 1000);
}

const records = (second: number): Partial<TaskReport> => ({ bound: { end: 40, at: second * 1000 } });

describe('Liveness', () => {
  it.each<{ title: string; life: Life; last: number; want?: RegExp }>([
    { title: 'lives without a task', life: () => ({}), last: 1000 },
    {
      title: 'lives while a partition has no records',
      life: (second) => ({ task: { bound: { end: 17, at: second * 1000 } } }),
      last: 1000,
    },
    {
      title: 'lives while a position moves',
      life: (s) => ({ task: { ...records(s), position: s / 100 } }),
      last: 1000,
    },
    { title: 'lives while records have not waited for long', life: (s) => ({ task: records(s) }), last: 119 },
    {
      title: 'is stuck when records wait and the position does not move',
      life: (s) => ({ task: records(s) }),
      last: 120,
      want: /^rides\/3 has stood at offset 17 for 120 s, though there are records up to offset 40$/,
    },
    {
      title: 'counts from when records came, not from when the position last moved',
      life: (s) => ({ task: s < 500 ? { bound: { end: 17, at: s * 1000 } } : records(s) }),
      last: 610,
    },
    {
      title: 'is stuck when those records are not worked on either',
      life: (s) => ({ task: s < 500 ? { bound: { end: 17, at: s * 1000 } } : records(s) }),
      last: 620,
      want: /for 120 s/,
    },
    {
      title: 'is stuck when Kafka says nothing of one partition',
      life: () => ({ task: { bound: { end: 17, at: 0 } } }),
      last: 150,
      want: /^rides\/3 .* it has not said lately where the partition ends$/,
    },
    {
      title: 'is stuck when Kafka never said anything of one partition',
      life: () => ({ task: { bound: undefined } }),
      last: 120,
      want: /it has not said where the partition ends$/,
    },
    {
      title: 'lives while the task is restored',
      life: (s) => ({ task: { ...records(s), phase: 'restoring' } }),
      last: 1000,
    },
    {
      title: 'lives while the sink does not take what is sealed',
      life: (s) => ({ task: { ...records(s), phase: 'waitingForSink' } }),
      last: 1000,
    },
    { title: 'lives when the task is done', life: (s) => ({ task: { ...records(s), phase: 'done' } }), last: 1000 },
    {
      title: 'lives while Kafka is down, however old its word is and though the loop waits for it',
      life: () => ({ report: { trouble: AWAY, cameRoundAt: 0 }, task: { bound: { end: 40, at: 0 } } }),
      last: 1000,
    },
    {
      title: 'gives everything its full time after Kafka was down',
      life: (s) => ({
        report: { cameRoundAt: 0, trouble: s < 500 ? AWAY : undefined },
        task: { bound: { end: 40, at: 0 } },
      }),
      last: 609,
    },
    {
      title: 'is stuck when Kafka is back and the loop is not',
      life: (s) => ({ report: { cameRoundAt: 0, trouble: s < 500 ? AWAY : undefined } }),
      last: 620,
      want: /^the run loop has not come round for 130 s$/,
    },
    {
      title: 'lives while the loop has not been away for long',
      life: () => ({ report: { cameRoundAt: 0 } }),
      last: 119,
    },
    {
      title: 'is stuck when the loop does not come round',
      life: () => ({ report: { cameRoundAt: 0 } }),
      last: 120,
      want: /^the run loop has not come round for 120 s$/,
    },
    {
      title: 'is stuck when it waits for an assignment and nothing happens',
      life: () => ({ report: { cameRoundAt: 0, phase: 'joining' } }),
      last: 120,
      want: /run loop/,
    },
    { title: 'lives when all is done', life: () => ({ report: { cameRoundAt: 0, phase: 'done' } }), last: 1000 },
    { title: 'lives while it stops', life: () => ({ report: { cameRoundAt: 0, phase: 'stopping' } }), last: 1000 },
  ])('$title', ({ life, last, want }) => {
    const { isOk, reason } = probed(life, last);
    expect(isOk).toBe(want === undefined);
    expect(reason).toMatch(want ?? /./);
  });

  it('forgets a task that was given away', () => {
    const liveness = new Liveness(STUCK_SECONDS * 1000);
    const withTask = (second: number): ProcessReport => reportAt(second, (at) => ({ task: records(at) }));
    liveness.judge(withTask(0), 0);
    liveness.judge(
      reportAt(100, () => ({})),
      100_000,
    );
    expect(liveness.judge(withTask(130), 130_000).isOk).toBe(true);
  });

  it('tells tasks of two stages apart', () => {
    const liveness = new Liveness(STUCK_SECONDS * 1000);
    const judge = (second: number, stage: number): Verdict =>
      liveness.judge(
        reportAt(second, (at) => ({ task: { ...records(at), stage } })),
        second * 1000,
      );
    judge(0, 0);
    expect(judge(130, 1).isOk).toBe(true);
  });

  it('says what it waits for', () => {
    const report = processReport({ phase: 'joining', trouble: AWAY });
    expect(new Liveness().judge(report, 0)).toEqual({
      isOk: true,
      reason: 'joining; waiting for Kafka: connection refused',
    });
  });
});

describe('readiness', () => {
  const restoring = taskReport({ phase: 'restoring' });
  it.each<{ title: string; report: Partial<ProcessReport>; want: Verdict }>([
    {
      title: 'not ready before the start',
      report: { phase: 'starting' },
      want: { isOk: false, reason: 'no assignment yet' },
    },
    {
      title: 'not ready without an assignment',
      report: { phase: 'joining' },
      want: { isOk: false, reason: 'no assignment yet' },
    },
    {
      title: 'not ready before tasks are there',
      report: { phase: 'restoring' },
      want: { isOk: false, reason: 'the tasks are being restored' },
    },
    {
      title: 'not ready while one task is restored',
      report: { phase: 'restoring', tasks: [taskReport(), restoring] },
      want: { isOk: false, reason: '1 of 2 tasks are being restored' },
    },
    {
      title: 'not ready when one of its tasks is restored anew',
      report: { tasks: [taskReport(), restoring] },
      want: { isOk: false, reason: '1 of 2 tasks are being restored' },
    },
    { title: 'ready with all tasks', report: { tasks: [taskReport()] }, want: { isOk: true, reason: 'running' } },
    {
      title: 'ready where there are more pods than partitions',
      report: {},
      want: { isOk: true, reason: 'running without a partition to read' },
    },
    {
      title: 'ready while its sink is away: another pod would not have it either',
      report: { tasks: [taskReport({ phase: 'waitingForSink' })] },
      want: { isOk: true, reason: 'running' },
    },
    {
      title: 'not ready without Kafka',
      report: { trouble: AWAY, tasks: [taskReport()] },
      want: { isOk: false, reason: 'waiting for Kafka: connection refused' },
    },
    {
      title: 'ready when all is done, Kafka or not',
      report: { phase: 'done', trouble: AWAY },
      want: { isOk: true, reason: 'done' },
    },
    { title: 'not ready while it stops', report: { phase: 'stopping' }, want: { isOk: false, reason: 'stopping' } },
  ])('$title', ({ report, want }) => {
    expect(readiness(processReport(report))).toEqual(want);
  });
});
