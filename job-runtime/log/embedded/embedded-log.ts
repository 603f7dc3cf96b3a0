/**
 * The log of a local run: topics in the memory of one process. It keeps the promises of the Kafka log (order in a
 * partition, atomic transactions, positions per group) and passes the same suite, test/conformance/log-suite.ts.
 */
import type { RecordBatch } from '../../record.ts';
import { partitionName } from '../log.ts';
import type {
  CommittedPosition,
  Log,
  LogReader,
  LogWriter,
  Position,
  TopicPartition,
  TopicReport,
  TopicSettings,
} from '../log.ts';
import { partitionNotFound, topicNotFound } from '../not-found.ts';
import { EmbeddedReader } from './embedded-reader.ts';
import { EmbeddedTransaction } from './embedded-transaction.ts';
import { PartitionLog } from './partition-log.ts';

type Positions = Map<number, Position>;

interface Topic {
  readonly id: string;
  readonly partitions: PartitionLog[];
}

export class EmbeddedLog implements Log {
  private readonly topics = new Map<string, Topic>();
  /** By group, then topic, then partition. */
  private readonly groups = new Map<string, Map<string, Positions>>();
  /** How often each writer's id was opened: the last one to do so is the only one that may write. */
  private readonly epochs = new Map<string, number>();
  private created = 0;

  async createTopic(topic: string, { partitions }: TopicSettings): Promise<TopicReport> {
    const existing = this.topics.get(topic);
    if (existing) return { isNew: false, partitions: existing.partitions.length, differences: [] };
    this.topics.set(topic, { id: `${topic}-${this.created++}`, partitions: [] });
    await this.growTopic(topic, partitions);
    return { isNew: true, partitions, differences: [] };
  }

  async growTopic(name: string, partitions: number): Promise<void> {
    const topic = this.topic(name);
    for (let index = topic.partitions.length; index < partitions; index++)
      topic.partitions.push(new PartitionLog(partitionName({ topic: name, partition: index }), index));
  }

  async partitionCount(topic: string): Promise<number> {
    return this.topic(topic).partitions.length;
  }

  async topicId(topic: string): Promise<string> {
    return this.topic(topic).id;
  }

  async fetch(from: TopicPartition, offset: number, maxBytes: number): Promise<RecordBatch | undefined> {
    return this.partition(from).fetch(offset, maxBytes);
  }

  reader(): LogReader {
    return new EmbeddedReader(this);
  }

  async offsets(of: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    const { start, end } = this.partition(of);
    return { start, end };
  }

  async offsetAt(of: TopicPartition, timestamp: number): Promise<number> {
    return this.partition(of).offsetAt(timestamp);
  }

  async deleteRecords(from: TopicPartition, before: number): Promise<void> {
    this.partition(from).deleteBelow(before);
  }

  writer(id: string): LogWriter {
    let epoch = this.epochs.get(id) ?? 0;
    return {
      id,
      open: async () => {
        epoch = (this.epochs.get(id) ?? 0) + 1;
        this.epochs.set(id, epoch);
      },
      begin: () =>
        new EmbeddedTransaction({
          find: (at) => this.partition(at),
          store: (group, position) => this.storePosition(group, position),
          isFenced: () => epoch !== (this.epochs.get(id) ?? 0),
        }),
    };
  }

  async positions(group: string, topic: string): Promise<ReadonlyMap<number, CommittedPosition>> {
    const positions = this.groups.get(group)?.get(topic) ?? new Map<number, Position>();
    return new Map([...positions].map(([partition, position]) => [partition, { position, isPending: false }]));
  }

  async close(): Promise<void> {
    this.topics.clear();
    this.groups.clear();
  }

  private topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (!topic) throw topicNotFound(name);
    return topic;
  }

  private partition(at: TopicPartition): PartitionLog {
    const { partitions } = this.topic(at.topic);
    const log = partitions[at.partition];
    if (!log) throw partitionNotFound(at, partitions.length);
    return log;
  }

  private storePosition(group: string, position: Position): void {
    let topics = this.groups.get(group);
    if (!topics) this.groups.set(group, (topics = new Map<string, Positions>()));
    let partitions = topics.get(position.topic);
    if (!partitions) topics.set(position.topic, (partitions = new Map<number, Position>()));
    partitions.set(position.partition, { ...position });
  }
}
