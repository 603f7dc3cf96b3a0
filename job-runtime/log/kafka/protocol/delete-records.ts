/** DeleteRecords v1: moves the start of a partition up. */
import type { TopicPartition } from '../../log.ts';
import { readByTopic, writeByTopic } from './by-topic.ts';
import type { BrokerRequest } from './wire.ts';

/** How long the leader waits for its followers. */
const TIMEOUT_MILLIS = 10_000;

/** The response is Kafka's error code. */
export function deleteRecordsRequest(from: TopicPartition, before: number): BrokerRequest<number> {
  return {
    apiKey: 21,
    apiName: 'DeleteRecords',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => {
      writeByTopic(out, [from], ({ partition }) => {
        out.int32(partition);
        out.int64(before);
      });
      out.int32(TIMEOUT_MILLIS);
    },
    read: (response) => {
      response.int32();
      const errors = readByTopic(response, () => {
        response.int32();
        response.int64();
        return response.int16();
      });
      if (errors.length === 0) throw new RangeError('a response names no partition');
      return errors[0]!;
    },
  };
}
