/** AddPartitionsToTxn v1: tells the coordinator where the transaction is going to write. */
import type { TopicPartition } from '../../log.ts';
import { readByTopic, writeByTopic } from './by-topic.ts';
import type { ProducerIdentity } from './init-producer-id.ts';
import { writeTransaction } from './transaction.ts';
import type { BrokerRequest } from './wire.ts';

export interface PartitionAnswer extends TopicPartition {
  readonly error: number;
}

export function addPartitionsToTxnRequest(
  transactionalId: string,
  identity: ProducerIdentity,
  partitions: readonly TopicPartition[],
): BrokerRequest<readonly PartitionAnswer[]> {
  return {
    apiKey: 24,
    apiName: 'AddPartitionsToTxn',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => {
      writeTransaction(out, transactionalId, identity);
      writeByTopic(out, partitions, ({ partition }) => out.int32(partition));
    },
    read: (from) => {
      from.int32();
      return readByTopic(from, (topic) => ({ topic, partition: from.int32(), error: from.int16() }));
    },
  };
}
