/** OffsetFetch v7: the positions of a group; `isStable` refuses those that a transaction is about to change. */
import type { TopicPartition } from '../../log.ts';
import { readByTopicCompact, writeByTopicCompact } from './by-topic.ts';
import type { BrokerRequest } from './wire.ts';

export interface FetchedPosition extends TopicPartition {
  readonly error: number;
  /** −1: none, or an error. */
  readonly offset: number;
  readonly metadata: string;
}

export interface FetchedPositions {
  /** Of the request as a whole; with it come no partitions. */
  readonly error: number;
  readonly partitions: readonly FetchedPosition[];
}

/** `partitions`: null asks for all that the group has committed. */
export function offsetFetchRequest(
  group: string,
  partitions: readonly TopicPartition[] | null,
  isStable: boolean,
): BrokerRequest<FetchedPositions> {
  return {
    apiKey: 9,
    apiName: 'OffsetFetch',
    apiVersion: 7,
    isFlexible: true,
    write: (out) => {
      out.compactString(group);
      if (partitions) writeByTopicCompact(out, partitions, ({ partition }) => out.int32(partition));
      else out.compactArray(null, () => undefined);
      out.boolean(isStable);
      out.noTags();
    },
    read: (from) => {
      from.int32();
      const found = readByTopicCompact(from, (topic) => {
        const partition = from.int32();
        const offset = from.int64();
        from.int32();
        const metadata = from.compactString() ?? '';
        const error = from.int16();
        from.skipTags();
        return { topic, partition, offset, metadata, error };
      });
      const error = from.int16();
      from.skipTags();
      return { error, partitions: found };
    },
  };
}
