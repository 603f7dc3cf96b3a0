/** What a consumer tells of itself: the composition root makes log lines, metrics and health of it. */
import type { Trouble } from '../errors.ts';
import type { RejectReason, TaskCounts } from '../engine/task-output.ts';
import type { ReadBound } from '../log/log.ts';
import type { RunningTask } from './running-task.ts';

/** What a task had done when a commit took it: running totals since the task was made or restored. */
export interface CommittedWork {
  readonly running: RunningTask;
  readonly counts: Readonly<TaskCounts>;
  readonly rejected: ReadonlyMap<RejectReason, number>;
}

export interface CommitReport {
  readonly work: readonly CommittedWork[];
  readonly millis: number;
}

export interface RoundState {
  /** All tasks of the process, those that are being restored included. */
  readonly tasks: readonly RunningTask[];
  readonly isReady: (task: RunningTask) => boolean;
  readonly isHeldUp: (task: RunningTask) => boolean;
  /** What the reader last saw of a task's partition. */
  readonly boundOf: (task: RunningTask) => ReadBound | undefined;
}

export interface ConsumerObserver {
  /** Tasks of this process under a new generation of the group, those that are still to be restored included. */
  assigned(tasks: readonly RunningTask[], isReady: (task: RunningTask) => boolean, generation: number): void;
  restored(task: RunningTask, bytes: number, millis: number): void;
  committed(report: CommitReport): void;
  /** A commit failed and the tasks were thrown away: their state is read back. */
  failed(error: Trouble): void;
  /** A batch is with the sink. */
  delivered(millis: number): void;
  /** The log cannot be reached; undefined: it can again. Told once for each change. */
  trouble(trouble: Trouble | undefined): void;
  /** Records or state are gone, and the job goes on without them. */
  lost(loss: Trouble): void;
  /** Something is not as the manifest says. */
  differs(line: string): void;
  /** All tasks of this process have come to the end of a bounded run and have committed it. */
  done(): void;
  /** The loop has come round, or a restore has moved on. */
  round(state: RoundState): void;
  /** The tasks are gone: given back, or this process has ended. */
  unassigned(): void;
}
