/**
 * TxnOffsetCommit v3: positions that become visible with the transaction. The first version that names the member and its
 * generation, so that a group's coordinator can refuse one that it has gone on without.
 */
import type { GroupMember, Position } from '../../log.ts';
import type { PartitionAnswer } from './add-partitions-to-txn.ts';
import { readByTopicCompact, writeByTopicCompact } from './by-topic.ts';
import type { ProducerIdentity } from './init-producer-id.ts';
import type { BrokerRequest } from './wire.ts';

const NO_LEADER_EPOCH = -1;

export function txnOffsetCommitRequest(
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  { group, memberId, generation }: GroupMember,
  positions: readonly Position[],
): BrokerRequest<readonly PartitionAnswer[]> {
  return {
    apiKey: 28,
    apiName: 'TxnOffsetCommit',
    apiVersion: 3,
    isFlexible: true,
    write: (out) => {
      out.compactString(transactionalId);
      out.compactString(group);
      out.int64(producerId);
      out.int16(epoch);
      out.int32(generation);
      out.compactString(memberId);
      // No static membership.
      out.compactString(null);
      writeByTopicCompact(out, positions, ({ partition, offset, metadata }) => {
        out.int32(partition);
        out.int64(offset);
        out.int32(NO_LEADER_EPOCH);
        out.compactString(metadata);
        out.noTags();
      });
      out.noTags();
    },
    read: (from) => {
      from.int32();
      const answers = readByTopicCompact(from, (topic) => {
        const answer = { topic, partition: from.int32(), error: from.int16() };
        from.skipTags();
        return answer;
      });
      from.skipTags();
      return answers;
    },
  };
}
