/**
 * The log of a real run: topics, positions and transactions of a Kafka cluster, in requests of our own over connections
 * that may fail (docs/adr/0002). What fails in passing is tried again here; transactions alone fail at once where trying
 * again could do harm, and are undone.
 */
import type { Trouble } from '../../errors.ts';
import type { RecordBatch } from '../../record.ts';
import type {
  CommittedPosition,
  Log,
  LogReader,
  LogWriter,
  TopicPartition,
  TopicReport,
  TopicSettings,
} from '../log.ts';
import type { TellGrant } from './broker-refusal.ts';
import type { KafkaConnections } from './connections.ts';
import { fetchOnce } from './fetch-once.ts';
import { KafkaAdmin } from './kafka-admin.ts';
import { committedPositions } from './kafka-positions.ts';
import { KafkaReader } from './kafka-reader.ts';
import { KafkaTopics } from './kafka-topics.ts';
import { KafkaWriter } from './kafka-writer.ts';
import type { WriterOptions } from './kafka-writer.ts';
import { deleteBelow, offsetOfTime, startAndEnd } from './partition-offsets.ts';
import { ADMIN_BOUNDS, PatientRequests } from './patient-requests.ts';

export interface KafkaLogOptions extends Partial<WriterOptions> {
  /** Absent: a missing ACL is told without the grant that it wants. */
  readonly tellGrant?: TellGrant;
  /** How long what fails in passing is tried again. Default 25 s. */
  readonly tryingMillis?: number;
  /** Milliseconds; measures how long to try. */
  readonly now?: () => number;
}

/** Batches of this size fit a broker's default max.message.bytes. */
const MAX_BATCH_BYTES = 900 << 10;
const TRANSACTION_TIMEOUT_MILLIS = 15_000;

export class KafkaLog implements Log {
  readonly admin: KafkaAdmin;
  private readonly connections: KafkaConnections;
  private readonly requests: PatientRequests;
  private readonly topics: KafkaTopics;
  private readonly writing: WriterOptions;
  private readonly tellGrant: TellGrant | undefined;

  /** Takes over the connections: `close` closes them. */
  constructor(connections: KafkaConnections, options: KafkaLogOptions = {}) {
    this.connections = connections;
    this.tellGrant = options.tellGrant;
    const watch = { struggles: new Map(), tellGrant: options.tellGrant };
    const bounds = { ...ADMIN_BOUNDS, boundMillis: options.tryingMillis ?? ADMIN_BOUNDS.boundMillis };
    this.requests = new PatientRequests(connections, options.now ?? Date.now, bounds, watch);
    this.topics = new KafkaTopics(this.requests);
    this.admin = new KafkaAdmin(this.requests);
    this.writing = {
      compression: options.compression ?? 'none',
      maxBatchBytes: options.maxBatchBytes ?? MAX_BATCH_BYTES,
      transactionTimeoutMillis: options.transactionTimeoutMillis ?? TRANSACTION_TIMEOUT_MILLIS,
    };
  }

  createTopic(topic: string, settings: TopicSettings): Promise<TopicReport> {
    return this.topics.create(topic, settings);
  }

  growTopic(topic: string, partitions: number): Promise<void> {
    return this.topics.grow(topic, partitions);
  }

  async partitionCount(topic: string): Promise<number> {
    return (await this.topics.describe(topic)).leaders.length;
  }

  async topicId(topic: string): Promise<string | undefined> {
    return (await this.topics.describe(topic)).id;
  }

  fetch(from: TopicPartition, offset: number, maxBytes: number): Promise<RecordBatch | undefined> {
    return this.requests.atLeader(from, () => fetchOnce(this.connections, from, offset, maxBytes));
  }

  reader(): LogReader {
    return new KafkaReader(this.connections, { tellGrant: this.tellGrant });
  }

  offsets(of: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    return startAndEnd(this.requests, of);
  }

  offsetAt(of: TopicPartition, timestamp: number): Promise<number> {
    return offsetOfTime(this.requests, of, timestamp);
  }

  deleteRecords(from: TopicPartition, before: number): Promise<void> {
    return deleteBelow(this.requests, from, before);
  }

  writer(id: string): LogWriter {
    return new KafkaWriter(id, this.requests, this.writing);
  }

  async positions(group: string, topic: string): Promise<ReadonlyMap<number, CommittedPosition>> {
    const count = await this.partitionCount(topic);
    const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
    return committedPositions(this.requests, group, partitions);
  }

  /** Why requests have been tried in vain for a while; undefined: they are not. */
  get trouble(): Trouble | undefined {
    return this.requests.trouble;
  }

  close(): Promise<void> {
    return this.connections.close();
  }
}
