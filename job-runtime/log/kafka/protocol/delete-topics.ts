/** DeleteTopics v3: the records of a topic and all that is known of it. */
import type { BrokerRequest } from './wire.ts';

/** How long the controller waits until the topics are gone. */
const TIMEOUT_MILLIS = 10_000;

/** The response is Kafka's error code for each topic, by name. */
export function deleteTopicsRequest(topics: readonly string[]): BrokerRequest<ReadonlyMap<string, number>> {
  return {
    apiKey: 20,
    apiName: 'DeleteTopics',
    apiVersion: 3,
    isFlexible: false,
    write: (out) => {
      out.array(topics, (topic) => out.string(topic));
      out.int32(TIMEOUT_MILLIS);
    },
    read: (from) => {
      from.int32();
      return new Map(from.array(() => [from.string() ?? '', from.int16()]));
    },
  };
}
