/**
 * How a process of a job does, as it is at the moment of asking. The run loop makes it; health, /status and the gauges
 * are computed from it, so that they never contradict one another.
 */
import type { Trouble } from '../errors.ts';
import type { ReadBound, TopicPartition } from '../log/log.ts';

export type ProcessPhase =
  | 'starting'
  /** Waits for an assignment. */
  | 'joining'
  /** Has an assignment, and reads the state of its tasks back. */
  | 'restoring'
  | 'running'
  /** A bounded run has reached its end: nothing is left to do but to be stopped. */
  | 'done'
  | 'stopping';

export type TaskPhase =
  | 'restoring'
  | 'running'
  /** Reads no further until its sink has taken what is sealed. */
  | 'waitingForSink'
  | 'done';

export interface TaskReport extends TopicPartition {
  readonly stage: number;
  readonly phase: TaskPhase;
  /** The next offset to work on. */
  readonly position: number;
  /** Where the log ends, as its reader last heard; undefined: it has not heard yet. */
  readonly bound: ReadBound | undefined;
  /** Milliseconds since the epoch; −∞ before the first record, +∞ at the end of a bounded run. */
  readonly watermark: number;
  readonly stateBytes: number;
}

export interface ProcessReport {
  readonly phase: ProcessPhase;
  /** Why the log or the group cannot be reached at present. */
  readonly trouble: Trouble | undefined;
  /** When the run loop last came round, or a long step of it, such as a restore, last moved on. */
  readonly cameRoundAt: number;
  readonly lastError: Trouble | undefined;
  /** Of the present assignment; none in a producer. */
  readonly tasks: readonly TaskReport[];
}

/** Records that the task has not worked on yet; gaps between offsets count. Undefined: not known. */
export function lagOf({ bound, position }: TaskReport): number | undefined {
  return bound && Math.max(0, bound.end - position);
}
