/**
 * What becomes of records that go no further: counted by reason, kept as dead letters, or the end of the job
 * (spec.onError, spec.window.late).
 */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { RejectReason, Rejected } from '../engine/task-output.ts';
import { StreamJobError } from '../errors.ts';
import { partitionName } from '../log/log.ts';
import { decodeHeaders } from '../log/record-headers.ts';
import { bytesMember, headerMembers } from '../log/record-text.ts';
import { keyOf, valueOf } from '../record.ts';

/** A record that was set aside, with all that is needed to mend it and put it back. */
export interface DeadLetter {
  readonly reason: RejectReason;
  readonly message: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** The record's own headers, as record-headers.ts writes them. */
  readonly headers: Uint8Array | null;
}

/** Whether records that are rejected for this reason are kept. */
export function isDeadLettered({ spec }: StreamJob, reason: RejectReason): boolean {
  return policyOf(spec, reason) === 'deadLetter';
}

function policyOf({ onError, window }: StreamJob['spec'], reason: RejectReason): string | undefined {
  return reason === 'Late' ? window?.late : onError;
}

export class Rejects {
  readonly counts = new Map<RejectReason, number>();
  private readonly job: StreamJob;
  private pending: DeadLetter[] = [];

  constructor(job: StreamJob) {
    this.job = job;
  }

  /** Throws RecordBad where the job says that a bad record ends it. */
  add(rejected: Rejected): void {
    const { reason, message, partition, offset } = rejected;
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    const { topic } = this.job.spec;
    const policy = policyOf(this.job.spec, reason);
    if (policy === 'fail') {
      throw new StreamJobError(
        'RecordBad',
        `record ${partitionName({ topic: topic.name, partition })}@${offset} is bad: ${reason}: ${message}; mend the data or the schema, or set spec.onError to skip or deadLetter`,
      );
    }
    if (policy === 'deadLetter') this.pending.push(deadLetter(rejected, topic.name));
  }

  /** The dead letters since the last call, in the order in which they were rejected. */
  take(): readonly DeadLetter[] {
    const taken = this.pending;
    this.pending = [];
    return taken;
  }
}

function deadLetter({ reason, message, records, row, partition, offset }: Rejected, topic: string): DeadLetter {
  const { bytes, headerStart, headerEnd } = records;
  // Copies: the batch would stay in memory for their sake.
  return {
    reason,
    message,
    topic,
    partition,
    offset,
    key: keyOf(records, row)?.slice() ?? null,
    value: valueOf(records, row)?.slice() ?? null,
    headers: headerStart[row]! < 0 ? null : bytes.slice(headerStart[row], headerEnd[row]),
  };
}

/** One line of JSON: text as text, other bytes in base64. */
export function deadLetterLine({ key, value, headers, ...rest }: DeadLetter): string {
  const shownHeaders = headers ? { headers: headerMembers(decodeHeaders(headers, 0, headers.length)) } : {};
  return JSON.stringify({ ...rest, ...shownHeaders, ...bytesMember('key', key), ...bytesMember('value', value) });
}
