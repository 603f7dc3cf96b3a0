/** CreateTopics v4, of one topic. */
import type { BrokerRequest } from './wire.ts';

/** How long the controller waits for the topic to be there. */
const TIMEOUT_MILLIS = 15_000;
const DEFAULT_OF_BROKER = -1;

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number | undefined;
  readonly config: Readonly<Record<string, string>>;
}

/** What a broker says to an administrative request. */
export interface AdminAnswer {
  readonly error: number;
  readonly message: string | null;
}

export function createTopicRequest(topic: NewTopic): BrokerRequest<AdminAnswer> {
  return {
    apiKey: 19,
    apiName: 'CreateTopics',
    apiVersion: 4,
    isFlexible: false,
    write: (out) => {
      out.array([topic], ({ name, partitions, replicationFactor, config }) => {
        out.string(name);
        out.int32(partitions);
        out.int16(replicationFactor ?? DEFAULT_OF_BROKER);
        // The broker assigns replicas.
        out.int32(0);
        out.array(Object.entries(config), ([key, value]) => {
          out.string(key);
          out.string(value);
        });
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
