/** Reports of processes that do well, for tests to change one thing in. */
import type { ProcessReport, TaskReport } from './process-report.ts';

export function taskReport(change: Partial<TaskReport> = {}): TaskReport {
  return {
    stage: 0,
    topic: 'rides',
    partition: 3,
    phase: 'running',
    position: 17,
    bound: { end: 17, at: 0 },
    watermark: 1_700_000_000_000,
    stateBytes: 0,
    ...change,
  };
}

export function processReport(change: Partial<ProcessReport> = {}): ProcessReport {
  return { phase: 'running', trouble: undefined, cameRoundAt: 0, lastError: undefined, tasks: [], ...change };
}
