/** What both logs say of a topic or a partition that does not exist. */
import { StreamJobError } from '../errors.ts';
import type { TopicPartition } from './log.ts';

export function topicNotFound(topic: string): StreamJobError {
  return new StreamJobError('TopicNotFound', `topic "${topic}" does not exist`);
}

/** `partitions`: how many the topic has. */
export function partitionNotFound({ topic, partition }: TopicPartition, partitions: number): StreamJobError {
  return new StreamJobError('TopicNotFound', `topic "${topic}" has ${partitions} partitions, none is ${partition}`);
}
