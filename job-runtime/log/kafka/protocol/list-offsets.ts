/** ListOffsets v3: where a partition starts and ends, and where a time begins in it. */
import type { TopicPartition } from '../../log.ts';
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
export function listOffsetsRequest(
  { topic, partition }: TopicPartition,
  timestamp: number,
): BrokerRequest<FoundOffset> {
  return {
    apiKey: 2,
    apiName: 'ListOffsets',
    apiVersion: 3,
    isFlexible: false,
    write: (out) => {
      out.int32(NO_REPLICA);
      out.int8(READ_UNCOMMITTED);
      out.array([topic], (name) => {
        out.string(name);
        out.array([partition], (index) => {
          out.int32(index);
          out.int64(timestamp);
        });
      });
    },
    read: (from) => {
      from.int32();
      const topics = from.array(() => {
        from.string();
        return from.array(() => {
          from.int32();
          const error = from.int16();
          from.int64();
          return { error, offset: from.int64() };
        });
      });
      const found = topics.flat()[0];
      if (!found) throw new RangeError('a response names no partition');
      return found;
    },
  };
}
