/**
 * The log of a local run: topics in the memory of one process. It keeps the promises of the Kafka log (order in a
 * partition, atomic transactions, positions per group) and passes the same suite, test/conformance/log-suite.ts.
 */
import { StreamJobError } from '../../errors.ts';
import type { RecordBatch } from '../../record.ts';
import type { Log, Position, TopicPartition, Transaction } from '../log.ts';
import type { RecordBuilder } from '../record-builder.ts';
import { PartitionLog } from './partition-log.ts';

type Positions = Map<number, Position>;

export class EmbeddedLog implements Log {
  private readonly topics = new Map<string, readonly PartitionLog[]>();
  /** By group, then topic, then partition. */
  private readonly groups = new Map<string, Map<string, Positions>>();

  async createTopic(topic: string, partitions: number): Promise<void> {
    const existing = this.topics.get(topic);
    if (!existing) {
      this.topics.set(
        topic,
        Array.from({ length: partitions }, (_, index) => new PartitionLog(`${topic}/${index}`, index)),
      );
      return;
    }
    if (existing.length >= partitions) return;
    throw new StreamJobError(
      'TopicConflict',
      `topic "${topic}" has ${existing.length} partitions, ${partitions} are needed`,
    );
  }

  async partitionCount(topic: string): Promise<number> {
    return this.topic(topic).length;
  }

  async fetch(from: TopicPartition, offset: number, maxBytes: number): Promise<RecordBatch | undefined> {
    return this.partition(from).fetch(offset, maxBytes);
  }

  async offsets(of: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    const { start, end } = this.partition(of);
    return { start, end };
  }

  async deleteRecords(from: TopicPartition, before: number): Promise<void> {
    this.partition(from).deleteBelow(before);
  }

  begin(): Transaction {
    return new EmbeddedTransaction(
      (at) => this.partition(at),
      (group, position) => this.storePosition(group, position),
    );
  }

  async positions(group: string, topic: string): Promise<ReadonlyMap<number, Position>> {
    return new Map(this.groups.get(group)?.get(topic));
  }

  async close(): Promise<void> {
    this.topics.clear();
    this.groups.clear();
  }

  private topic(name: string): readonly PartitionLog[] {
    const partitions = this.topics.get(name);
    if (!partitions) throw new StreamJobError('TopicNotFound', `topic "${name}" does not exist`);
    return partitions;
  }

  private partition({ topic, partition }: TopicPartition): PartitionLog {
    const partitions = this.topic(topic);
    const log = partitions[partition];
    if (!log)
      throw new StreamJobError(
        'TopicNotFound',
        `topic "${topic}" has ${partitions.length} partitions, none is ${partition}`,
      );
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

/** Keeps what was appended aside; all checks come before the first write, so a commit writes everything or nothing. */
class EmbeddedTransaction implements Transaction {
  private readonly find: (at: TopicPartition) => PartitionLog;
  private readonly store: (group: string, position: Position) => void;
  private readonly appends: { readonly log: PartitionLog; readonly builder: RecordBuilder }[] = [];
  private readonly commits: { readonly group: string; readonly position: Position }[] = [];
  private isOpen = true;

  constructor(find: (at: TopicPartition) => PartitionLog, store: (group: string, position: Position) => void) {
    this.find = find;
    this.store = store;
  }

  append(topic: string, partition: number, builder: RecordBuilder): void {
    this.assertOpen();
    this.appends.push({ log: this.find({ topic, partition }), builder });
  }

  commitPositions(group: string, positions: readonly Position[]): void {
    this.assertOpen();
    for (const position of positions) {
      this.find(position);
      this.commits.push({ group, position });
    }
  }

  async commit(): Promise<void> {
    this.assertOpen();
    this.isOpen = false;
    for (const { log, builder } of this.appends) log.append(builder);
    for (const { group, position } of this.commits) this.store(group, position);
  }

  async abort(): Promise<void> {
    this.isOpen = false;
  }

  private assertOpen(): void {
    if (!this.isOpen) throw new StreamJobError('TransactionFailed', 'the transaction is already committed or aborted');
  }
}
