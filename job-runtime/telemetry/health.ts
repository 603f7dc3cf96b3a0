/**
 * Whether a process is alive (else it is restarted) and ready (else a rollout waits for it). A restart heals only what
 * hangs: a loop that stands still, or a partition that does not move though it could. It does not heal Kafka, so while
 * Kafka cannot be reached a process is alive and not ready.
 */
import { partitionName } from '../log/log.ts';
import type { ProcessReport, TaskReport } from './process-report.ts';

export interface Verdict {
  readonly isOk: boolean;
  /** Why, in one line for people. */
  readonly reason: string;
}

const DEFAULT_STUCK_MILLIS = 120_000;
/** A reader hears of the end of a healthy partition about twice a second. */
const QUIET_MILLIS = 15_000;

/** Since when a task has stood at a position though it had something to do. */
interface Standstill {
  readonly task: TaskReport;
  readonly since: number;
  /** What it should have done with the time. */
  readonly though: string;
}

/** Remembers since when what stands still stands still. Times are of one clock, that of the reports, in milliseconds. */
export class Liveness {
  private readonly stuckMillis: number;
  private standstills: ReadonlyMap<string, Standstill> = new Map();
  /** When there last was a good reason not to move. */
  private excusedAt = -Infinity;

  constructor(stuckMillis: number = DEFAULT_STUCK_MILLIS) {
    this.stuckMillis = stuckMillis;
  }

  /** Takes a report in, and judges. Call it at each probe: a standstill counts from the first call that met it. */
  judge(report: ProcessReport, now: number): Verdict {
    if (isExcused(report)) this.excusedAt = now;
    this.standstills = isExcused(report) ? new Map() : standstillsOf(report.tasks, this.standstills, now);
    return this.stuckLoop(report, now) ?? this.stuckTask(now) ?? { isOk: true, reason: aliveReason(report) };
  }

  private stuckLoop({ cameRoundAt }: ProcessReport, now: number): Verdict | undefined {
    const millis = now - Math.max(cameRoundAt, this.excusedAt);
    if (millis < this.stuckMillis) return undefined;
    return { isOk: false, reason: `the run loop has not come round for ${seconds(millis)}` };
  }

  private stuckTask(now: number): Verdict | undefined {
    for (const { task, since, though } of this.standstills.values()) {
      if (now - since < this.stuckMillis) continue;
      const stands = `${partitionName(task)} has stood at offset ${task.position} for ${seconds(now - since)}`;
      return { isOk: false, reason: `${stands}, though ${though}` };
    }
    return undefined;
  }
}

/** Whether nothing has to move: a restart would not help, or is under way. */
function isExcused({ phase, trouble }: ProcessReport): boolean {
  return trouble !== undefined || phase === 'done' || phase === 'stopping';
}

function standstillsOf(
  tasks: readonly TaskReport[],
  before: ReadonlyMap<string, Standstill>,
  now: number,
): ReadonlyMap<string, Standstill> {
  const found = new Map<string, Standstill>();
  for (const task of tasks) {
    const though = whatWaits(task, now);
    if (though === undefined) continue;
    const key = `${task.stage}/${task.partition}`;
    const earlier = before.get(key);
    const since = earlier?.task.position === task.position ? earlier.since : now;
    found.set(key, { task, since, though });
  }
  return found;
}

/** What a task should be doing now; undefined: it has a reason to stand. */
function whatWaits({ phase, bound, position }: TaskReport, now: number): string | undefined {
  if (phase !== 'running') return undefined;
  if (bound === undefined) return 'Kafka can be reached: it has not said where the partition ends';
  if (bound.end > position) return `there are records up to offset ${bound.end}`;
  // Silence about one partition looks like its end, unless one looks at the time.
  if (now - bound.at > QUIET_MILLIS) return 'Kafka can be reached: it has not said lately where the partition ends';
  return undefined;
}

const seconds = (millis: number): string => `${Math.round(millis / 1000)} s`;

const aliveReason = ({ phase, trouble }: ProcessReport): string =>
  trouble === undefined ? phase : `${phase}; waiting for Kafka: ${trouble.message}`;

/** Ready: an assignment is held and all of it is restored, or all is done. */
export function readiness({ phase, trouble, tasks }: ProcessReport): Verdict {
  if (phase === 'done') return { isOk: true, reason: 'done' };
  if (phase === 'stopping') return { isOk: false, reason: 'stopping' };
  if (trouble !== undefined) return { isOk: false, reason: `waiting for Kafka: ${trouble.message}` };
  if (phase === 'starting' || phase === 'joining') return { isOk: false, reason: 'no assignment yet' };
  const restoring = tasks.filter((task) => task.phase === 'restoring').length;
  if (restoring > 0) return { isOk: false, reason: `${restoring} of ${tasks.length} tasks are being restored` };
  if (phase === 'restoring') return { isOk: false, reason: 'the tasks are being restored' };
  return { isOk: true, reason: tasks.length === 0 ? 'running without a partition to read' : 'running' };
}
