/**
 * The log port: what the runtime needs of Kafka, and no more. Two implementations (embedded, Kafka) pass one suite.
 * Writes happen in transactions only: outputs, state deltas and positions of one commit appear together or not at all.
 *
 * Offsets of a partition ascend, and may have gaps (Kafka writes a marker behind each transaction). Failures are
 * StreamJobErrors: TopicNotFound for a topic or partition that does not exist, OffsetOutOfRange for an offset outside
 * the partition, TransactionFailed, LogUnavailable.
 */
import type { RecordBatch } from '../record.ts';
import type { RecordBuilder } from './record-builder.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The next offset to read, and what the group keeps beside it for tools (the watermark). */
export interface Position extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

export interface Transaction {
  /** Takes over the records of `builder`, in order. The builder may be reused after commit or abort. */
  append(topic: string, partition: number, builder: RecordBuilder): void;
  /** Positions of `group` that become visible with the records. */
  commitPositions(group: string, positions: readonly Position[]): void;
  /** After an error the outcome is unknown: drop the state and read it back. */
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface Log {
  /** Creates the topic if it is missing. Fails with TopicConflict if it exists with fewer partitions. */
  createTopic(topic: string, partitions: number): Promise<void>;
  partitionCount(topic: string): Promise<number>;
  /**
   * Records from `offset` on, at most about `maxBytes`; at least one where there is one, else undefined at the end.
   * Only committed records are seen. The batch does not change afterwards, and keeps its bytes alive.
   */
  fetch(from: TopicPartition, offset: number, maxBytes: number): Promise<RecordBatch | undefined>;
  /** Earliest offset that can be read, and the one that the next record will get. */
  offsets(of: TopicPartition): Promise<{ readonly start: number; readonly end: number }>;
  /** Moves the start of the partition up to `before`, never back: records below it are gone. */
  deleteRecords(from: TopicPartition, before: number): Promise<void>;
  begin(): Transaction;
  /** By partition; those that the group never committed are absent. A copy: later commits do not change it. */
  positions(group: string, topic: string): Promise<ReadonlyMap<number, Position>>;
  close(): Promise<void>;
}
