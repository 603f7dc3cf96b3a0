/**
 * The sink that is a topic of the job's own log: each result row is one record of the transaction that also holds the
 * task's state and positions. So there is nothing to deliver, to repeat or to recognise, and no outbox.
 */
import type { BinaryReader, BinaryWriter } from '../engine/binary.ts';
import type { ColumnBatch, Field } from '../engine/column.ts';
import { ByteWriter } from '../formats/byte-writer.ts';
import type { RowEncoder } from '../formats/row-encoder.ts';
import type { Transaction } from '../log/log.ts';
import { partitionOf } from '../log/partitioner.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import type { RowTarget } from '../outbox/row-target.ts';
import type { Router } from './routes.ts';
import { TopicKey } from './topic-key.ts';

export interface TopicTarget {
  readonly name: string;
  readonly partitions: number;
}

export interface TopicPlan {
  readonly encoder: RowEncoder;
  readonly key: readonly Field[];
  /** Where rows may go; the router's numbers are places in this list. */
  readonly topics: readonly TopicTarget[];
  readonly router: Router;
  readonly task: number;
}

interface Size {
  readonly records: number;
  readonly bytes: number;
}

const FIRST_SIZE: Size = { records: 64, bytes: 8192 };
/** Beyond what the commit before had. */
const ROOM = 1.25;

export class TopicRows implements RowTarget {
  private readonly plan: TopicPlan;
  private readonly key: TopicKey;
  private readonly value = new ByteWriter(256);
  /** By topic, then by partition. */
  private readonly builders: (RecordBuilder | undefined)[][];
  /** By topic, then by partition: what the commit before had, since growing into it again would cost many copies. */
  private readonly sizes: (Size | undefined)[][];
  /** By topic: records without a key so far, which go round from the task's own number on. */
  private readonly keyless: number[];
  private topicOf = new Uint8Array(0);
  private pending = 0;

  constructor(plan: TopicPlan) {
    this.plan = plan;
    this.key = new TopicKey(plan.key);
    this.builders = plan.topics.map(() => []);
    this.sizes = plan.topics.map(() => []);
    this.keyless = plan.topics.map(() => 0);
  }

  /** Takes the rows as records; appendTo gives them a time. */
  rows(batch: ColumnBatch): void {
    if (this.topicOf.length < batch.rows.length) this.topicOf = new Uint8Array(batch.rows.length);
    this.plan.router(batch, this.topicOf);
    for (let i = 0; i < batch.selected; i++) this.add(batch, batch.rows[i]!);
    this.pending += batch.selected;
  }

  windowClosed(): void {
    // Rows say to which window they belong.
  }

  /** Hands over what has come since the last call. Call once in each commit, before `writeChanges`. */
  appendTo(transaction: Pick<Transaction, 'append'>, timestamp: number): void {
    this.plan.topics.forEach(({ name }, topic) => {
      this.builders[topic]!.forEach((builder, partition) => {
        if (!builder) return;
        builder.timestamp.fill(timestamp, 0, builder.count);
        transaction.append(name, partition, builder);
        this.sizes[topic]![partition] = { records: builder.count, bytes: builder.length };
      });
      // The transaction has the builders until it ends.
      this.builders[topic] = [];
    });
    this.pending = 0;
  }

  /** Only the counters are kept, and they are few. */
  writeChanges(): void {
    if (this.pending > 0) throw new Error('rows are not yet in a transaction: call appendTo first');
  }

  applyChanges(): void {}

  writeClosing(out: BinaryWriter): void {
    out.varint(this.keyless.length);
    for (const count of this.keyless) out.varint(count);
  }

  applyClosing(from: BinaryReader): void {
    const count = from.varint();
    for (let topic = 0; topic < count; topic++) this.keyless[topic] = from.varint();
  }

  endRestore(): void {}

  liveBytes(): number {
    return 0;
  }

  private add(batch: ColumnBatch, row: number): void {
    const { key, value } = this;
    const topic = this.topicOf[row]!;
    value.clear();
    this.plan.encoder.row(batch, row, value);
    const hasKey = key.write(batch, row);
    const partition = this.partition(topic, hasKey);
    const builder = (this.builders[topic]![partition] ??= this.builder(topic, partition));
    const keyStart = hasKey ? 0 : -1;
    builder.appendSlices(key.writer.bytes, keyStart, key.writer.length, value.bytes, 0, value.length, 0);
  }

  private builder(topic: number, partition: number): RecordBuilder {
    const { records, bytes } = this.sizes[topic]![partition] ?? FIRST_SIZE;
    return new RecordBuilder(Math.ceil(records * ROOM), Math.ceil(bytes * ROOM));
  }

  private partition(topic: number, hasKey: boolean): number {
    const { partitions } = this.plan.topics[topic]!;
    if (hasKey) return partitionOf(partitions, this.key.writer.bytes, 0, this.key.writer.length);
    return (this.plan.task + this.keyless[topic]!++) % partitions;
  }
}
