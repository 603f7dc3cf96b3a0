/** The bytes of a record to its fields and event time, or the reason why it is bad. */
import { parseDuration } from '../../crds/duration.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { decoderOf } from './decode.ts';
import type { DecodeError } from './decode.ts';
import { needsTime, usedFields } from './fields.ts';
import type { Fields } from './values.ts';

export type BadReason = DecodeError | 'FutureTimestamp' | 'ExpressionError';
type Reading = Readonly<{ fields: Fields; time: number; reason?: BadReason }>;

export function readerOf(job: StreamJob, now: number): (value: Buffer | null) => Reading {
  const { schema, window } = job.spec;
  const decode = decoderOf(schema, usedFields(job));
  const maxFuture = parseDuration(window?.watermark.maxFuture ?? '1h');
  return (value) => {
    const fields = decode(value);
    if (typeof fields === 'string') return { fields: {}, time: 0, reason: fields };
    const time = needsTime(job) ? Number(fields[schema.eventTime!]) : 0;
    return time > now + maxFuture ? { fields, time, reason: 'FutureTimestamp' } : { fields, time };
  };
}
