/**
 * A run that ends where the job's own producer ends: `stopAt: {position: latest}` beside a finite source means the end
 * of what that source gives, and not the empty topic that the run began with.
 */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { Log, LogWriter } from '../log/log.ts';
import { recordStop } from '../state/run-record.ts';

/** Whether the source comes to an end. */
export function isFinite({ spec }: StreamJob): boolean {
  const source = spec.producer?.source;
  if (!source) return false;
  const { turnstile, people, web, bids, file } = source;
  return file !== undefined || (turnstile ?? people ?? web ?? bids)?.count !== undefined;
}

export function endsWithProducer(job: StreamJob): boolean {
  return job.spec.stopAt?.position === 'latest' && isFinite(job);
}

/** Everything has been produced: the run ends behind it. */
export async function recordEnd(
  log: Log,
  writer: LogWriter,
  { topic, runTopic, now }: { readonly topic: string; readonly runTopic: string; readonly now: number },
): Promise<void> {
  const partitions = await log.partitionCount(topic);
  const stopOffsets = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => (await log.offsets({ topic, partition })).end),
  );
  await recordStop(log, writer, runTopic, { stopOffsets, now });
}
