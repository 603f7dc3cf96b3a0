/** Produce v7: record batches, one for each partition, since a broker refuses a second one in the same request. */
import type { TopicPartition } from '../../log.ts';
import { readByTopic, writeByTopic } from './by-topic.ts';
import type { BrokerRequest } from './wire.ts';

const ALL_IN_SYNC_REPLICAS = -1;
/** How long the leader waits for its followers. */
const TIMEOUT_MILLIS = 10_000;
/** About what a partition takes beside its batch, and the request beside its partitions. */
const OVERHEAD_BYTES = 300;

export interface PartitionBatch extends TopicPartition {
  readonly batch: Uint8Array;
}

export interface ProduceAnswer extends TopicPartition {
  readonly error: number;
  /** Of the first record of the batch; −1 with an error. */
  readonly baseOffset: number;
}

export function produceRequest(
  transactionalId: string,
  batches: readonly PartitionBatch[],
): BrokerRequest<readonly ProduceAnswer[]> {
  return {
    apiKey: 0,
    apiName: 'Produce',
    apiVersion: 7,
    isFlexible: false,
    write: (out) => {
      out.reserve(batches.reduce((sum, { batch }) => sum + batch.length + OVERHEAD_BYTES, OVERHEAD_BYTES));
      out.string(transactionalId);
      out.int16(ALL_IN_SYNC_REPLICAS);
      out.int32(TIMEOUT_MILLIS);
      writeByTopic(out, batches, ({ partition, batch }) => {
        out.int32(partition);
        out.int32(batch.length);
        out.slice(batch, 0, batch.length);
      });
    },
    read: (from) =>
      readByTopic(from, (topic) => {
        const answer = { topic, partition: from.int32(), error: from.int16(), baseOffset: from.int64() };
        // When it was appended, and where the partition starts.
        from.int64();
        from.int64();
        return answer;
      }),
  };
}
