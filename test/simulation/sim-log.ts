/** The log port over the simulated broker, as one process sees it. */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamJobError, isStreamJobError } from '../../job-runtime/errors.ts';
import type { Trouble } from '../../job-runtime/errors.ts';
import type {
  CommittedPosition,
  Log,
  LogReader,
  LogWriter,
  ReadBound,
  ReadResult,
  TopicPartition,
  TopicReport,
  TopicSettings,
} from '../../job-runtime/log/log.ts';
import type { RecordBatch } from '../../job-runtime/record.ts';
import type { SimServers } from './sim-transaction.ts';
import { SimWriter } from './sim-transaction.ts';

export class SimLog implements Log {
  private readonly servers: SimServers;
  /** At most so many bytes come at once, so that batches are cut in many places. */
  private readonly fetchBytes: number;

  constructor(servers: SimServers, fetchBytes: number) {
    this.servers = servers;
    this.fetchBytes = fetchBytes;
  }

  createTopic(topic: string, { partitions }: TopicSettings): Promise<TopicReport> {
    return this.ask((broker) => {
      const isNew = !broker.has(topic);
      if (isNew) broker.grow(topic, partitions);
      return { isNew, partitions: broker.topic(topic).length, differences: [] };
    });
  }

  growTopic(topic: string, partitions: number): Promise<void> {
    return this.ask((broker) => {
      broker.topic(topic);
      broker.grow(topic, partitions);
    });
  }

  partitionCount(topic: string): Promise<number> {
    return this.ask((broker) => broker.topic(topic).length);
  }

  topicId(topic: string): Promise<string> {
    return this.ask((broker) => `id of ${broker.topic(topic)[0]!.name}`);
  }

  fetch(from: TopicPartition, offset: number, maxBytes: number): Promise<RecordBatch | undefined> {
    return this.ask((broker) => broker.partition(from).fetch(offset, Math.min(maxBytes, this.fetchBytes)));
  }

  reader(): LogReader {
    return new SimReader(this.servers, this.fetchBytes);
  }

  offsets(of: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    return this.ask((broker) => {
      const { start, end } = broker.partition(of);
      return { start, end };
    });
  }

  offsetAt(of: TopicPartition, timestamp: number): Promise<number> {
    return this.ask((broker) => broker.partition(of).offsetAt(timestamp));
  }

  deleteRecords(from: TopicPartition, before: number): Promise<void> {
    return this.ask((broker) => {
      if (this.servers.network.isDeletionLost())
        throw new StreamJobError('LogUnavailable', 'the broker deletes nothing at present');
      broker.partition(from).deleteBelow(before);
    });
  }

  writer(id: string): LogWriter {
    return new SimWriter(id, this.servers);
  }

  positions(group: string, topic: string): Promise<ReadonlyMap<number, CommittedPosition>> {
    return this.ask((broker) => broker.committed(group, topic));
  }

  async close(): Promise<void> {}

  private ask<T>(work: (broker: SimServers['broker']) => T): Promise<T> {
    const { network, broker } = this.servers;
    return network.ask(() => work(broker));
  }
}

interface Place extends TopicPartition {
  offset: number;
  bound: ReadBound | undefined;
}

const LOOK_AGAIN_MILLIS = 20;

class SimReader implements LogReader {
  trouble: Trouble | undefined;
  private readonly servers: SimServers;
  private readonly fetchBytes: number;
  private places: Place[] = [];

  constructor(servers: SimServers, fetchBytes: number) {
    this.servers = servers;
    this.fetchBytes = fetchBytes;
  }

  assign(positions: readonly (TopicPartition & { readonly offset: number })[]): void {
    this.places = positions.map((position) => ({ ...position, bound: undefined }));
  }

  async poll(waitMillis: number): Promise<readonly ReadResult[]> {
    const { time } = this.servers.network;
    const until = time.now + waitMillis;
    for (;;) {
      const results = await this.fetchAll();
      if (results.length > 0 || time.now >= until) return results;
      await delay(Math.min(LOOK_AGAIN_MILLIS, until - time.now));
    }
  }

  bound({ topic, partition }: TopicPartition): ReadBound | undefined {
    return this.places.find((place) => place.topic === topic && place.partition === partition)?.bound;
  }

  async close(): Promise<void> {
    this.places = [];
  }

  private async fetchAll(): Promise<ReadResult[]> {
    const { places } = this;
    try {
      const found = await this.servers.network.ask(() => places.flatMap((place) => this.fetch(place)));
      this.trouble = undefined;
      // Another assignment may have come while the answer was on its way.
      if (places !== this.places) return [];
      for (const { place, records } of found) place.offset = records.nextOffset;
      return found.map(({ place, records }) => ({ topic: place.topic, partition: place.partition, records }));
    } catch (error) {
      if (!isStreamJobError(error, 'LogUnavailable')) throw error;
      this.trouble = error;
      return [];
    }
  }

  /** Not every partition answers each time. */
  private fetch(place: Place): { place: Place; records: RecordBatch }[] {
    const { broker, network } = this.servers;
    if (network.dice.isHit(0.3)) return [];
    const partition = broker.partition(place);
    const records = partition.fetch(place.offset, this.fetchBytes);
    place.bound = { end: partition.lastStable, at: network.time.now };
    return records ? [{ place, records }] : [];
  }
}
