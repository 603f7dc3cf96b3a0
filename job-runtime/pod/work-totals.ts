/** What commits add to the totals of a run: each task counts on its own, and anew when it is restored. */
import type { CommittedWork } from '../consumer/observer.ts';
import type { RunningTask } from '../consumer/running-task.ts';
import type { TaskCounts } from '../engine/task-output.ts';
import type { CountsByReason } from '../telemetry/metrics.ts';
import { RunningTotals } from '../telemetry/running-totals.ts';

export interface WorkIncrements {
  readonly counts: Readonly<TaskCounts>;
  readonly rejected: CountsByReason;
}

interface TaskTotals {
  readonly counts: RunningTotals<TaskCounts>;
  readonly rejected: RunningTotals<CountsByReason>;
}

export class WorkTotals {
  private readonly ofTasks = new WeakMap<RunningTask, TaskTotals>();

  /** What the task has done since the commit before, from what it has done since it was made. */
  increments({ running, counts, rejected }: CommittedWork): WorkIncrements {
    const totals = this.totalsOf(running);
    return {
      counts: totals.counts.increments(counts),
      rejected: totals.rejected.increments(Object.fromEntries(rejected)),
    };
  }

  private totalsOf(running: RunningTask): TaskTotals {
    let totals = this.ofTasks.get(running);
    if (!totals) this.ofTasks.set(running, (totals = { counts: new RunningTotals(), rejected: new RunningTotals() }));
    return totals;
  }
}
