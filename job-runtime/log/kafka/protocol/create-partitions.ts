/** CreatePartitions v1: makes one topic grow to a number of partitions. */
import type { AdminAnswer } from './create-topics.ts';
import type { BrokerRequest } from './wire.ts';

const TIMEOUT_MILLIS = 15_000;

export function createPartitionsRequest(topic: string, partitions: number): BrokerRequest<AdminAnswer> {
  return {
    apiKey: 37,
    apiName: 'CreatePartitions',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => {
      out.array([topic], (name) => {
        out.string(name);
        out.int32(partitions);
        // The broker assigns replicas.
        out.int32(-1);
      });
      out.int32(TIMEOUT_MILLIS);
      // For real, not to see whether it would work.
      out.boolean(false);
    },
    read: (from) => {
      from.int32();
      const answers = from.array(() => {
        from.string();
        return { error: from.int16(), message: from.string() };
      });
      if (answers.length === 0) throw new RangeError('a response names no topic');
      return answers[0]!;
    },
  };
}
