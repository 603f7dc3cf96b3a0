/** ListOffsets v3: where a partition starts and ends, and where a time begins in it. */
import type { TopicPartition } from '../../log.ts';
import { readByTopic, writeByTopic } from './by-topic.ts';
import type { BrokerRequest } from './wire.ts';

export const EARLIEST = -2;
export const LATEST = -1;

const NO_REPLICA = -1;
/** The end is that of all records, of whatever transaction. */
const READ_UNCOMMITTED = 0;

export interface FoundOffset {
  readonly error: number;
  /** −1: no record has this timestamp or a later one. */
  readonly offset: number;
}

/** `timestamp` in milliseconds since the epoch, or EARLIEST or LATEST. */
export function listOffsetsRequest(of: TopicPartition, timestamp: number): BrokerRequest<FoundOffset> {
  const request = listManyOffsetsRequest([of], timestamp);
  return {
    ...request,
    read: (from) => {
      const [found] = request.read(from);
      if (!found) throw new RangeError('a response names no partition');
      const { error, offset } = found;
      return { error, offset };
    },
  };
}

/** Of several partitions that one node leads. */
export function listManyOffsetsRequest(
  partitions: readonly TopicPartition[],
  timestamp: number,
): BrokerRequest<readonly (TopicPartition & FoundOffset)[]> {
  return {
    apiKey: 2,
    apiName: 'ListOffsets',
    apiVersion: 3,
    isFlexible: false,
    write: (out) => {
      out.int32(NO_REPLICA);
      out.int8(READ_UNCOMMITTED);
      writeByTopic(out, partitions, ({ partition }) => {
        out.int32(partition);
        out.int64(timestamp);
      });
    },
    read: (from) => {
      from.int32();
      return readByTopic(from, (topic) => {
        const partition = from.int32();
        const error = from.int16();
        from.int64();
        return { topic, partition, error, offset: from.int64() };
      });
    },
  };
}
