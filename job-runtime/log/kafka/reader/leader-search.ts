/** Finds the nodes to read from: for partitions that are new to the reader and those whose last request failed. */
import { partitionName } from '../../log.ts';
import { partitionNotFound, topicNotFound } from '../../not-found.ts';
import { BrokerRefusal, LEADER_NOT_AVAILABLE } from '../broker-refusal.ts';
import { onTopic } from '../failures/trial.ts';
import type { KafkaConnections } from '../connections.ts';
import type { TopicMetadata } from '../protocol/metadata.ts';
import type { Place } from './place.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { Recovery } from './recovery.ts';

export class LeaderSearch {
  private readonly connections: Pick<KafkaConnections, 'metadata'>;
  private readonly ahead: ReadAhead;
  private readonly recovery: Recovery;

  constructor(connections: Pick<KafkaConnections, 'metadata'>, ahead: ReadAhead, recovery: Recovery) {
    this.connections = connections;
    this.ahead = ahead;
    this.recovery = recovery;
  }

  /** Until the reader is closed. `found` is told each node that has something to read. */
  async run(found: (node: number) => void): Promise<void> {
    while (!this.ahead.isClosed) {
      const lost = [...this.ahead.all()].filter(({ leader, failure }) => leader === undefined && failure === undefined);
      const now = performance.now();
      const due = lost.filter(({ retryAt }) => retryAt <= now);
      if (due.length > 0) await this.find(due, found);
      else await this.pause(Math.min(...lost.map(({ retryAt }) => retryAt)) - now);
    }
  }

  private pause(millis: number): Promise<void> {
    return this.ahead.changed.wait(Number.isFinite(millis) ? Math.ceil(millis) : undefined);
  }

  private async find(places: readonly Place[], found: (node: number) => void): Promise<void> {
    try {
      const { topics } = await this.connections.metadata([...new Set(places.map(({ topic }) => topic))]);
      const byName = new Map(topics.map((topic) => [topic.name, topic]));
      for (const place of places) this.place(place, byName.get(place.topic));
      for (const node of new Set(places.map(({ leader }) => leader))) if (node !== undefined) found(node);
    } catch (failure) {
      this.recovery.setBack(places, failure);
    }
  }

  private place(place: Place, topic: TopicMetadata | undefined): void {
    if (topic && topic.error !== 0) {
      this.recovery.setBack(
        [place],
        new BrokerRefusal(topic.error, `read topic "${topic.name}"`, { asked: [onTopic('DESCRIBE', topic.name)] }),
      );
      return;
    }
    const leader = topic?.leaders[place.partition];
    if (leader === undefined)
      this.recovery.missed(place, topic ? partitionNotFound(place, topic.leaders.length) : topicNotFound(place.topic));
    else if (leader < 0)
      this.recovery.setBack([place], new BrokerRefusal(LEADER_NOT_AVAILABLE, `read ${partitionName(place)}`));
    else place.leader = leader;
  }
}
