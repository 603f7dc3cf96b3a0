/**
 * What a test of the runtime does to its broker: writes and reads records, deletes and grows topics, and looks at what
 * the job has made there. Records are written by kafkajs' public client, without transactions: offsets have no gaps.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigResourceTypes, ConfigSource, Kafka, logLevel } from 'kafkajs';
import type { Admin, Message } from 'kafkajs';
import type { Log } from '../../job-runtime/log/log.ts';
import type { KafkaCluster } from '../../job-runtime/log/kafka/open-kafka.ts';
import { openKafka } from '../../job-runtime/log/kafka/open-kafka.ts';
import { decodeHeaders } from '../../job-runtime/log/record-headers.ts';
import type { RecordBatch } from '../../job-runtime/record.ts';
import type { InputRecord } from '../reference/interpreter.ts';
import { startKafka } from '../harness/kafka.ts';
import type { KafkaBroker } from '../harness/kafka.ts';

const READ_BYTES = 2 ** 20;

export interface NewRecord {
  readonly value: string;
  readonly key?: string;
  /** Absent: 0. */
  readonly partition?: number;
  /** Of the log, milliseconds since the epoch; absent: now. */
  readonly timestamp?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As text; headers by name, the last of a name. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string | null>>;
}

export class TestCluster {
  readonly brokers: readonly string[];
  readonly log: Log;
  readonly admin: Admin;
  private readonly broker: KafkaBroker;
  private readonly folder: string;
  private readonly cluster: KafkaCluster;
  private readonly kafka: Kafka;

  private constructor(broker: KafkaBroker, folder: string) {
    this.broker = broker;
    this.folder = folder;
    this.brokers = broker.brokers;
    this.cluster = openKafka({ brokers: [...broker.brokers] }, async () => ({}), { clientId: 'test' });
    this.log = this.cluster.log;
    this.kafka = new Kafka({ clientId: 'test', brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
    this.admin = this.kafka.admin();
  }

  /** A broker of its own, with `properties` on top of the harness' settings. */
  static async start(properties: Readonly<Record<string, string>> = {}): Promise<TestCluster> {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamjob-runtime-'));
    const broker = await startKafka({ version: '4.1.1', dataDir: folder, properties });
    const cluster = new TestCluster(broker, folder);
    await cluster.admin.connect();
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.admin.disconnect(), this.cluster.close()]);
    await this.broker.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async write(topic: string, records: readonly NewRecord[]): Promise<void> {
    const messageOf = ({ value, key, partition = 0, timestamp, headers = {} }: NewRecord): Message => ({
      value,
      key: key ?? null,
      partition,
      headers,
      ...(timestamp !== undefined && { timestamp: String(timestamp) }),
    });
    // A new one each time: what goes to a partition that a producer does not know yet would be dropped without a word.
    const producer = this.kafka.producer();
    await producer.connect();
    // Partition by partition: a send that was refused for one of them is tried again for all.
    for (const part of Map.groupBy(records, ({ partition }) => partition ?? 0).values())
      await producer.send({ topic, messages: part.map(messageOf) });
    await producer.disconnect();
  }

  /** All committed records of a topic, by partition and offset; none where there is no such topic. */
  async read(topic: string): Promise<ReadRecord[]> {
    const found: ReadRecord[] = [];
    await this.visit(topic, (batch, row) => found.push(recordOf(batch, row)));
    return found;
  }

  /** The same for the reference interpreter. */
  async input(topic: string): Promise<InputRecord[]> {
    const found: InputRecord[] = [];
    await this.visit(topic, (batch, row) =>
      found.push({
        partition: batch.partition,
        offset: batch.offset[row]!,
        key: bytesOf(batch, batch.keyStart[row]!, batch.keyEnd[row]!),
        value: bytesOf(batch, batch.valueStart[row]!, batch.valueEnd[row]!),
      }),
    );
    return found;
  }

  async values(topic: string): Promise<string[]> {
    return (await this.read(topic)).map(({ value }) => value ?? 'null');
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] });
    while ((await this.admin.listTopics()).includes(topic));
  }

  /** Settings that are the topic's own, not the broker's. */
  async config(topic: string): Promise<Record<string, string>> {
    const { resources } = await this.admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    });
    const own = resources[0]!.configEntries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG);
    return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
  }

  private async visit(topic: string, take: (batch: RecordBatch, row: number) => void): Promise<void> {
    if (!(await this.admin.listTopics()).includes(topic)) return;
    const partitions = await this.log.partitionCount(topic);
    for (let partition = 0; partition < partitions; partition++) {
      const at = { topic, partition };
      let { start: offset } = await this.log.offsets(at);
      for (;;) {
        const batch = await this.log.fetch(at, offset, READ_BYTES);
        if (!batch) break;
        for (let row = 0; row < batch.count; row++) take(batch, row);
        offset = batch.nextOffset;
      }
    }
  }
}

function recordOf(batch: RecordBatch, row: number): ReadRecord {
  const headers = decodeHeaders(batch.bytes, batch.headerStart[row]!, batch.headerEnd[row]!);
  return {
    partition: batch.partition,
    offset: batch.offset[row]!,
    key: textOf(bytesOf(batch, batch.keyStart[row]!, batch.keyEnd[row]!)),
    value: textOf(bytesOf(batch, batch.valueStart[row]!, batch.valueEnd[row]!)),
    headers: Object.fromEntries(headers.map(({ key, value }) => [key, textOf(value && Buffer.from(value))])),
  };
}

const bytesOf = ({ bytes }: RecordBatch, start: number, end: number): Buffer | null =>
  start < 0 ? null : Buffer.from(bytes.subarray(start, end));

const textOf = (bytes: Buffer | null): string | null => bytes && bytes.toString();
