/**
 * Whether the operator is alive (else it is restarted) and ready (else a rollout waits for it). A restart heals only
 * what hangs: a loop that has ended, a pass that does not end, keys that no worker takes. A long queue whose keys are
 * taken one after another is no hang: a restart would put all of them into the queue again. A standby has nothing to
 * do: it is alive and ready.
 */
import type { QueueState } from '../work-queue.ts';

export interface Verdict {
  readonly isOk: boolean;
  /** Why, in one line for people. */
  readonly reason: string;
}

/** How the process does at the moment of asking. */
export interface OperatorReport {
  readonly isLeader: boolean;
  readonly isStopping: boolean;
  /** What is watched and has not been listed yet, such as StreamJob. */
  readonly unsynced: readonly string[];
  readonly queue: QueueState;
}

const STUCK_MILLIS = 120_000;

export function liveness({ isLeader, isStopping, queue }: OperatorReport): Verdict {
  if (isStopping) return alive('stopping');
  if (!isLeader) return alive('standby');
  const stuck = hangs(queue);
  return stuck === undefined ? alive('leading') : { isOk: false, reason: stuck };
}

export function readiness({ isLeader, isStopping, unsynced }: OperatorReport): Verdict {
  if (isStopping) return { isOk: false, reason: 'stopping' };
  if (!isLeader) return alive('standby');
  if (unsynced.length > 0) return { isOk: false, reason: `not listed yet: ${unsynced.join(', ')}` };
  return alive('leading');
}

const alive = (reason: string): Verdict => ({ isOk: true, reason });

function hangs({ loop, oldestWaitingMillis, longestRunMillis, sinceLastStartMillis }: QueueState): string | undefined {
  if (loop === 'ended') return 'the queue is not worked on any more';
  if (longestRunMillis > STUCK_MILLIS) return `a pass has lasted for ${seconds(longestRunMillis)}`;
  const untaken = Math.min(oldestWaitingMillis, sinceLastStartMillis);
  if (untaken > STUCK_MILLIS) return `keys wait, and no pass has begun for ${seconds(untaken)}`;
  return undefined;
}

const seconds = (millis: number): string => `${Math.round(millis / 1000)} s`;
