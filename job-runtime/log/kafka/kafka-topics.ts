/** Topics: made, grown, and looked at afresh, since others may do so too. */
import { StreamJobError } from '../../errors.ts';
import type { TopicReport, TopicSettings } from '../log.ts';
import { topicNotFound } from '../not-found.ts';
import {
  assertAccepted,
  BrokerRefusal,
  INVALID_PARTITIONS,
  isRefusal,
  TOPIC_ALREADY_EXISTS,
} from './broker-refusal.ts';
import type { PatientRequests } from './patient-requests.ts';
import { errorName } from './protocol-errors.ts';
import { createPartitionsRequest } from './protocol/create-partitions.ts';
import { createTopicRequest } from './protocol/create-topics.ts';
import { describeTopicRequest } from './protocol/describe-configs.ts';
import type { TopicMetadata } from './protocol/metadata.ts';
import { onTopic } from './failures/trial.ts';

export class KafkaTopics {
  private readonly requests: PatientRequests;

  constructor(requests: PatientRequests) {
    this.requests = requests;
  }

  /** As the brokers know it now. Throws TopicNotFound. */
  describe(topic: string): Promise<TopicMetadata> {
    return this.requests.retry(async () => {
      const found = await this.find(topic);
      if (!found) throw topicNotFound(topic);
      return found;
    });
  }

  async create(topic: string, settings: TopicSettings): Promise<TopicReport> {
    const known = await this.requests.retry(() => this.find(topic));
    // Looked for first: who may use a topic that someone else made is often not allowed to create any.
    const isNew = known === undefined && (await this.tryCreate(topic, settings));
    const made = isNew ? await this.untilLed(topic, settings.partitions) : (known ?? (await this.describe(topic)));
    const differences = isNew ? [] : await this.differences(made, settings);
    return { isNew, partitions: made.leaders.length, differences };
  }

  async grow(topic: string, partitions: number): Promise<void> {
    if ((await this.describe(topic)).leaders.length >= partitions) return;
    try {
      await this.atController(async (node) => {
        const { error, message } = await this.send(node, createPartitionsRequest(topic, partitions));
        assertAccepted(error, `give topic "${topic}" ${partitions} partitions`, {
          why: message,
          asked: [onTopic('ALTER', topic)],
        });
      });
    } catch (failure) {
      // Someone was faster, or an earlier attempt of ours got through.
      const isThere =
        isRefusal(failure, INVALID_PARTITIONS) && (await this.describe(topic)).leaders.length >= partitions;
      if (!isThere) throw failure;
    }
    await this.untilLed(topic, partitions);
  }

  private async find(topic: string): Promise<TopicMetadata | undefined> {
    const [found] = (await this.requests.connections.metadata([topic])).topics;
    if (found) assertAccepted(found.error, `look at topic "${topic}"`, { asked: [onTopic('DESCRIBE', topic)] });
    return found;
  }

  /** False: it is there already. */
  private async tryCreate(name: string, settings: TopicSettings): Promise<boolean> {
    const { partitions, replicationFactor, config = {} } = settings;
    try {
      await this.atController(async (node) => {
        const answer = await this.send(node, createTopicRequest({ name, partitions, replicationFactor, config }));
        assertAccepted(answer.error, `create topic "${name}"`, {
          why: answer.message,
          asked: [onTopic('CREATE', name)],
        });
      });
      return true;
    } catch (failure) {
      if (isRefusal(failure, TOPIC_ALREADY_EXISTS)) return false;
      throw failure;
    }
  }

  /** Waits until every partition up to this number has a leader. */
  private untilLed(topic: string, partitions: number): Promise<TopicMetadata> {
    return this.requests.retry(async () => {
      const found = await this.find(topic);
      const isLed = found && found.leaders.length >= partitions && found.leaders.every((leader) => leader >= 0);
      if (isLed) return found;
      throw new StreamJobError(
        'LogUnavailable',
        `no broker leads all of the ${partitions} partitions of "${topic}" yet`,
      );
    });
  }

  private async differences(found: TopicMetadata, settings: TopicSettings): Promise<string[]> {
    const { replicationFactor, config = {} } = settings;
    const isOther = replicationFactor !== undefined && replicationFactor !== found.replicationFactor;
    const lines = isOther ? [`replication factor is ${found.replicationFactor}, not ${replicationFactor}`] : [];
    const names = Object.keys(config);
    if (names.length === 0) return lines;
    try {
      const values = await this.config(found.name, names);
      const different = names.filter((name) => values.get(name) !== config[name]);
      return [...lines, ...different.map((name) => `${name} is ${values.get(name) ?? 'not set'}, not ${config[name]}`)];
    } catch (failure) {
      if (!(failure instanceof BrokerRefusal) || failure.code !== 'NotAuthorized') throw failure;
      return [...lines, `${names.join(', ')}: not allowed to see (${errorName(failure.kafkaCode)})`];
    }
  }

  private config(topic: string, names: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    return this.atController(async (node) => {
      const { error, message, values } = await this.send(node, describeTopicRequest(topic, names));
      assertAccepted(error, `see the settings of topic "${topic}"`, { why: message });
      return values;
    });
  }

  private atController<T>(ask: (node: number) => Promise<T>): Promise<T> {
    return this.requests.retry(async () => ask(await this.requests.connections.controller()));
  }

  private send<T>(node: number, request: Parameters<typeof this.requests.connections.send<T>>[2]): Promise<T> {
    return this.requests.connections.send(node, 'control', request);
  }
}
