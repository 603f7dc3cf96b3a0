/** CreateTopics v4, of one topic. */
import { readAdminAnswer, writeAdminEnd } from './admin.ts';
import type { AdminAnswer } from './admin.ts';
import type { BrokerRequest } from './wire.ts';

const DEFAULT_OF_BROKER = -1;

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number | undefined;
  readonly config: Readonly<Record<string, string>>;
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
      writeAdminEnd(out);
    },
    read: readAdminAnswer,
  };
}
