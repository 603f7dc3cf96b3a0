/** DescribeConfigs v2: some settings of one topic, defaults included. */
import type { AdminAnswer } from './admin.ts';
import type { BrokerRequest, WireReader } from './wire.ts';

const TOPIC = 2;

export interface TopicConfig extends AdminAnswer {
  /** Without those that the broker does not know. */
  readonly values: ReadonlyMap<string, string | null>;
}

export function describeTopicRequest(topic: string, names: readonly string[]): BrokerRequest<TopicConfig> {
  return {
    apiKey: 32,
    apiName: 'DescribeConfigs',
    apiVersion: 2,
    isFlexible: false,
    write: (out) => {
      out.array([topic], (name) => {
        out.int8(TOPIC);
        out.string(name);
        out.array(names, (key) => out.string(key));
      });
      // Without what each value overrides.
      out.boolean(false);
    },
    read: (from) => {
      from.int32();
      const [found] = from.array(() => readResource(from));
      if (!found) throw new RangeError('a response names no topic');
      return found;
    },
  };
}

function readResource(from: WireReader): TopicConfig {
  const error = from.int16();
  const message = from.string();
  from.int8();
  from.string();
  const values = new Map(from.array(() => readSetting(from)));
  return { error, message, values };
}

function readSetting(from: WireReader): [string, string | null] {
  const setting: [string, string | null] = [from.string() ?? '', from.string()];
  // Read-only, where it comes from, whether it is secret, and what it overrides.
  from.boolean();
  from.int8();
  from.boolean();
  from.array(() => {
    from.string();
    from.string();
    from.int8();
  });
  return setting;
}
