/**
 * What the operator asks of a cluster: how far topics and groups are, and that they go. Everything is looked at afresh:
 * whoever asks comes seldom. Requests of our own here too, and not kafkajs' administrator: that one has connections,
 * retries and errors of its own, and would say neither which ACL is missing nor why nobody can be reached.
 */
import { StreamJobError } from '../../errors.ts';
import { partitionName } from '../log.ts';
import type { Position, TopicPartition } from '../log.ts';
import type { LogAdmin } from '../log-admin.ts';
import {
  assertAccepted,
  BrokerRefusal,
  GROUP_ID_NOT_FOUND,
  NON_EMPTY_GROUP,
  UNKNOWN_TOPIC_OR_PARTITION,
} from './broker-refusal.ts';
import { onTopic } from './failures/trial.ts';
import type { Asked } from './failures/trial.ts';
import type { PatientRequests } from './patient-requests.ts';
import { deleteGroupRequest } from './protocol/delete-group.ts';
import { deleteTopicsRequest } from './protocol/delete-topics.ts';
import { LATEST, listManyOffsetsRequest } from './protocol/list-offsets.ts';
import type { TopicMetadata } from './protocol/metadata.ts';
import { metadataRequest } from './protocol/metadata.ts';
import { offsetFetchRequest } from './protocol/offset-fetch.ts';

type Ends = Map<string, number[]>;

interface LedPartition extends TopicPartition {
  readonly leader: number;
}

export class KafkaAdmin implements LogAdmin {
  private readonly requests: PatientRequests;

  constructor(requests: PatientRequests) {
    this.requests = requests;
  }

  ends(topics: readonly string[]): Promise<Ends> {
    if (topics.length === 0) return Promise.resolve(new Map());
    // All of it again after a failure: leaders may have moved, topics may have gone.
    return this.requests.retry(async () => {
      const found = (await this.requests.connections.metadata(topics)).topics;
      const led = found.flatMap(partitionsOf);
      const ends: Ends = new Map(found.map(({ name }) => [name, []]));
      const byLeader = [...Map.groupBy(led, ({ leader }) => leader)];
      await Promise.all(byLeader.map(([leader, partitions]) => this.endsAt(leader, partitions, ends)));
      return ends;
    });
  }

  committed(group: string): Promise<readonly Position[]> {
    const what = `read the positions of group "${group}"`;
    return this.requests.atCoordinator('group', group, async (node) => {
      const { connections } = this.requests;
      const found = await connections.send(node, 'control', offsetFetchRequest(group, null, false));
      if (found.error === GROUP_ID_NOT_FOUND) return [];
      assertAccepted(found.error, what, { asked: [ofGroup('DESCRIBE', group)] });
      for (const { error, topic, partition } of found.partitions)
        assertAccepted(error, `${what} for ${partitionName({ topic, partition })}`, {
          asked: [onTopic('DESCRIBE', topic)],
        });
      return found.partitions
        .filter(({ offset }) => offset >= 0)
        .map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }));
    });
  }

  async topicsWithPrefix(prefix: string): Promise<readonly string[]> {
    const { topics } = await this.atController((node) =>
      this.requests.connections.send(node, 'control', metadataRequest(null)),
    );
    return topics.map(({ name }) => name).filter((name) => name.startsWith(prefix));
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    await this.atController(async (node) => {
      const errors = await this.requests.connections.send(node, 'control', deleteTopicsRequest(topics));
      for (const [topic, error] of errors)
        if (error !== UNKNOWN_TOPIC_OR_PARTITION)
          assertAccepted(error, `delete topic "${topic}"`, { asked: [onTopic('DELETE', topic)] });
    });
  }

  async deleteGroup(group: string): Promise<void> {
    await this.requests.atCoordinator('group', group, async (node) => {
      const error = await this.requests.connections.send(node, 'control', deleteGroupRequest(group));
      if (error === GROUP_ID_NOT_FOUND) return;
      if (error === NON_EMPTY_GROUP)
        throw new BrokerRefusal(error, '', { line: `cannot delete group "${group}": it still has members` });
      assertAccepted(error, `delete group "${group}"`, {
        asked: [ofGroup('DELETE', group)],
      });
    });
  }

  private async endsAt(node: number, partitions: readonly TopicPartition[], into: Ends): Promise<void> {
    const found = await this.requests.connections.send(node, 'control', listManyOffsetsRequest(partitions, LATEST));
    for (const { topic, partition, error, offset } of found) {
      assertAccepted(error, `read the offsets of ${partitionName({ topic, partition })}`, {
        asked: [onTopic('DESCRIBE', topic)],
      });
      into.get(topic)![partition] = offset;
    }
  }

  private atController<T>(ask: (node: number) => Promise<T>): Promise<T> {
    return this.requests.retry(async () => ask(await this.requests.connections.controller()));
  }
}

/** An administrator does not join it, and needs no more than this. */
const ofGroup = (operation: 'DESCRIBE' | 'DELETE', name: string): Asked => ({ operation, resource: 'Group', name });

/** Throws LogUnavailable where one has no leader. */
function partitionsOf({ name: topic, error, leaders }: TopicMetadata): LedPartition[] {
  assertAccepted(error, `look at topic "${topic}"`, { asked: [onTopic('DESCRIBE', topic)] });
  return leaders.map((leader, partition) => {
    const at = { topic, partition };
    if (leader < 0) throw new StreamJobError('LogUnavailable', `no broker leads ${partitionName(at)} now`);
    return { ...at, leader };
  });
}
