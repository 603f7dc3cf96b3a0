/**
 * The gauges of the tasks that a process has at the moment: computed when they are asked for, so that a task that was
 * given away leaves none behind.
 */
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { lagOf } from './process-report.ts';
import type { ProcessReport, TaskReport } from './process-report.ts';

const TASK = ['stage', 'partition'] as const;

/** `now` is the wall clock, milliseconds since the epoch. */
export function addTaskGauges(registry: Registry, report: () => ProcessReport, now: () => number): void {
  const perTask = (name: string, help: string, valueOf: (task: TaskReport) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: TASK,
      registers: [registry],
      collect() {
        this.reset();
        for (const task of report().tasks) {
          const value = valueOf(task);
          if (value !== undefined) this.set({ stage: task.stage, partition: task.partition }, value);
        }
      },
    });
  };
  perTask(
    'streamjob_watermark_seconds',
    'Event time up to which the partition is complete, in seconds since the epoch; +Inf at the end of a bounded run, absent before the first record.',
    ({ watermark }) => (watermark === -Infinity ? undefined : watermark / 1000),
  );
  perTask('streamjob_lag_records', 'Records of the partition that are not worked on yet.', lagOf);
  perTask('streamjob_state_bytes', 'State of the task in memory.', ({ stateBytes }) => stateBytes);
  addWatermarkLag(registry, report, now);
}

function addWatermarkLag(registry: Registry, report: () => ProcessReport, now: () => number): void {
  new Gauge({
    name: 'streamjob_watermark_lag_seconds',
    help: 'How far the slowest watermark of the stage is behind the wall clock.',
    labelNames: ['stage'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [stage, watermark] of slowest(report().tasks)) this.set({ stage }, (now() - watermark) / 1000);
    },
  });
}

/** The least finite watermark by stage. */
function slowest(tasks: readonly TaskReport[]): ReadonlyMap<number, number> {
  const least = new Map<number, number>();
  for (const { stage, watermark } of tasks) {
    if (Number.isFinite(watermark)) least.set(stage, Math.min(watermark, least.get(stage) ?? Infinity));
  }
  return least;
}
