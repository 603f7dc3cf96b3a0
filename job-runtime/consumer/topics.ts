/** The topics of a job: the source as the manifest declares it, internal ones with every setting that matters to us. */
import { parseDuration } from '../../crds/duration.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { Log, TopicReport } from '../log/log.ts';

/** Kept until we delete it ourselves, in segments small enough that deleting frees the disk. */
const INTERNAL: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'segment.bytes': String(16 * 2 ** 20),
  'max.message.bytes': String(2 ** 20 + 12),
};
/** Kept until somebody has looked at them, or deletes the topic. */
const DEAD_LETTERS: Readonly<Record<string, string>> = { 'cleanup.policy': 'delete', 'retention.ms': '-1' };

export async function createSourceTopic(log: Log, { spec }: StreamJob): Promise<TopicReport> {
  const { name, partitions, replicationFactor, retention, config } = spec.topic;
  const retained = retention !== undefined && { 'retention.ms': String(parseDuration(retention)) };
  return log.createTopic(name, { partitions, replicationFactor, config: { ...config, ...retained } });
}

export async function createInternalTopic(log: Log, job: StreamJob, topic: string, partitions: number): Promise<void> {
  const { replicationFactor } = job.spec.topic;
  await log.createTopic(topic, { partitions, replicationFactor, config: INTERNAL });
}

export async function createDeadLetterTopic(
  log: Log,
  job: StreamJob,
  topic: string,
  partitions: number,
): Promise<void> {
  const { replicationFactor } = job.spec.topic;
  await log.createTopic(topic, { partitions, replicationFactor, config: DEAD_LETTERS });
}
