/** Metadata v12: the brokers, and of some topics the identity and the leaders. */
import type { BrokerRequest, WireReader } from './wire.ts';

export interface BrokerAddress {
  readonly node: number;
  readonly host: string;
  readonly port: number;
}

export interface TopicMetadata {
  readonly name: string;
  /** Kafka's error code; 0: the topic exists and may be described. */
  readonly error: number;
  /** Undefined where the broker knows no topic ids. */
  readonly id: string | undefined;
  /** By partition, the node that leads it; −1: none at present. */
  readonly leaders: readonly number[];
  readonly replicationFactor: number;
}

export interface ClusterMetadata {
  readonly brokers: readonly BrokerAddress[];
  readonly controller: number;
  readonly topics: readonly TopicMetadata[];
}

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** `topics`: null asks about all that may be seen. */
export function metadataRequest(topics: readonly string[] | null): BrokerRequest<ClusterMetadata> {
  return {
    apiKey: 3,
    apiName: 'Metadata',
    apiVersion: 12,
    isFlexible: true,
    write: (out) => {
      out.compactArray(topics, (topic) => {
        // No id: asked for by name.
        out.int64(0);
        out.int64(0);
        out.compactString(topic);
        out.noTags();
      });
      // Never created by asking, no authorised operations.
      out.boolean(false);
      out.boolean(false);
      out.noTags();
    },
    read: (from) => {
      from.int32();
      const brokers = from.compactArray(() => readBroker(from));
      from.compactString();
      const controller = from.int32();
      const found = from.compactArray(() => readTopic(from));
      from.skipTags();
      return { brokers, controller, topics: found };
    },
  };
}

function readBroker(from: WireReader): BrokerAddress {
  const broker = { node: from.int32(), host: from.compactString()!, port: from.int32() };
  from.compactString();
  from.skipTags();
  return broker;
}

function readTopic(from: WireReader): TopicMetadata {
  const error = from.int16();
  const name = from.compactString() ?? '';
  const id = from.uuid();
  from.boolean();
  const partitions = from.compactArray(() => readPartition(from)).sort((a, b) => a.index - b.index);
  from.int32();
  from.skipTags();
  return {
    name,
    error,
    id: id === NO_ID ? undefined : id,
    leaders: partitions.map(({ leader }) => leader),
    replicationFactor: partitions[0]?.replicas ?? 0,
  };
}

function readPartition(from: WireReader): { index: number; leader: number; replicas: number } {
  from.int16();
  const index = from.int32();
  const leader = from.int32();
  from.int32();
  const replicas = from.compactArray(() => from.int32()).length;
  from.compactArray(() => from.int32());
  from.compactArray(() => from.int32());
  from.skipTags();
  return { index, leader, replicas };
}
