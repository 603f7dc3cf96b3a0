/** What /status tells: how the process does, as JSON, for the operator and for people with curl. */
import type { ErrorCode } from '../errors.ts';
import type { JobIdentity } from '../../crds/identity.ts';
import { lagOf } from './process-report.ts';
import type { ProcessReport, TaskReport } from './process-report.ts';

/** No date of JavaScript is further from the epoch. */
const LAST_INSTANT = 8.64e15;

export interface StatusPage {
  readonly job: Omit<JobIdentity, 'uid'>;
  readonly instance: string;
  readonly phase: ProcessReport['phase'];
  /** Whether a bounded run has reached its end here. */
  readonly done: boolean;
  readonly trouble: string | null;
  /** Of `trouble`. */
  readonly code: ErrorCode | null;
  readonly lastError: string | null;
  readonly lastErrorCode: ErrorCode | null;
  readonly tasks: readonly TaskStatus[];
}

export interface TaskStatus {
  readonly stage: number;
  readonly topic: string;
  readonly partition: number;
  readonly phase: TaskReport['phase'];
  readonly position: number;
  /** Null: not known yet. */
  readonly lag: number | null;
  /** An instant in UTC; null before the first record and at the end of a bounded run. */
  readonly watermark: string | null;
  readonly stateBytes: number;
}

/** Texts of `report` are taken as they are: who hands them in has masked secrets in them. */
export function statusPage(identity: JobIdentity, instance: string, report: ProcessReport): StatusPage {
  const { namespace, name, run } = identity;
  const { trouble, lastError } = report;
  return {
    job: { namespace, name, run },
    instance,
    phase: report.phase,
    done: report.phase === 'done',
    trouble: trouble?.message ?? null,
    code: trouble?.code ?? null,
    lastError: lastError?.message ?? null,
    lastErrorCode: lastError?.code ?? null,
    tasks: report.tasks.map(taskStatus),
  };
}

function taskStatus(task: TaskReport): TaskStatus {
  const { stage, topic, partition, phase, position, watermark, stateBytes } = task;
  const isInstant = Math.abs(watermark) <= LAST_INSTANT;
  return {
    stage,
    topic,
    partition,
    phase,
    position,
    lag: lagOf(task) ?? null,
    watermark: isInstant ? new Date(watermark).toISOString() : null,
    stateBytes,
  };
}
