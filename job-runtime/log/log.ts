/**
 * The log port: what the runtime needs of Kafka, and no more. Two implementations (embedded, Kafka) pass one suite.
 * Writes happen in transactions only: outputs, state changes and positions of one commit appear together or not at all.
 *
 * Offsets of a partition ascend, and may have gaps (Kafka writes a marker behind each transaction). Failures are
 * StreamJobErrors: TopicNotFound for a topic or partition that does not exist, OffsetOutOfRange for an offset outside
 * the partition, TransactionFailed, LogUnavailable.
 */
import type { Trouble } from '../errors.ts';
import type { RecordBatch } from '../record.ts';
import type { RecordBuilder } from './record-builder.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** TOPIC/PARTITION: for people, and as a key, since a topic's name holds no slash. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** The next offset to read, and what the group keeps beside it for tools (at most 4,096 bytes). */
export interface Position extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

/** What a group has committed for one partition. */
export interface CommittedPosition {
  /** The last one that is known to be committed; absent: none. */
  readonly position?: Position;
  /** A transaction that is still open holds another: ask again once it has ended. */
  readonly isPending: boolean;
}

/** Who commits positions. The log refuses a member whose group has moved on to another generation without it. */
export interface GroupMember {
  readonly group: string;
  /** Empty, with generation −1: someone outside the group's membership, who is never refused. */
  readonly memberId: string;
  readonly generation: number;
}

export interface TopicSettings {
  readonly partitions: number;
  /** Absent: the broker's default. */
  readonly replicationFactor?: number | undefined;
  readonly config?: Readonly<Record<string, string>>;
}

export interface TopicReport {
  readonly isNew: boolean;
  readonly partitions: number;
  /** One line for each setting that is not as asked for, such as `retention.ms is 604800000, not 3600000`. */
  readonly differences: readonly string[];
}

export interface Transaction {
  /** Takes over the records of `builder`, in order. The builder may be reused after commit or abort. */
  append(topic: string, partition: number, builder: RecordBuilder): void;
  /** Positions that become visible with the records. */
  commitPositions(member: GroupMember, positions: readonly Position[]): void;
  /** After an error the outcome is unknown: drop the state, open the writer again and read the state back. */
  commit(): Promise<void>;
  abort(): Promise<void>;
  /** After commit: the offset of the first record that was appended to the partition. */
  offsetOf(topic: string, partition: number): number;
}

/** Writes transactions, one at a time. */
export interface LogWriter {
  readonly id: string;
  /**
   * Makes this the only writer of its id: ends the transaction that another one left open, and whatever that one tries
   * from now on is refused. Call before the first transaction and after one that failed.
   */
  open(): Promise<void>;
  begin(): Transaction;
}

/** What came from a partition, or that nothing is there yet. */
export interface ReadResult extends TopicPartition {
  readonly records: RecordBatch;
}

/** How far a reader can see in a partition. */
export interface ReadBound {
  /** Committed records end here. */
  readonly end: number;
  /** When the log said so, by the reader's clock. */
  readonly at: number;
}

/** Reads many partitions at once, ahead of who works on the records. */
export interface LogReader {
  /**
   * From now on exactly these partitions are read, each from its offset. One whose offset is where it would be read on
   * anyway keeps what was read ahead.
   */
  assign(positions: readonly (TopicPartition & { readonly offset: number })[]): void;
  /**
   * What has come since the last call, per partition in order; waits up to `waitMillis` for the first of it. While the
   * log cannot be reached it goes on trying and gives nothing (see `trouble`). Throws OffsetOutOfRange, TopicNotFound.
   */
  poll(waitMillis: number): Promise<readonly ReadResult[]>;
  /** Undefined until the log has answered for the partition since it was assigned. */
  bound(of: TopicPartition): ReadBound | undefined;
  /** Why the log cannot be read at present; undefined: it can. */
  readonly trouble: Trouble | undefined;
  close(): Promise<void>;
}

export interface Log {
  /** Creates the topic if it is missing; one that exists is left as it is, and the report says how it differs. */
  createTopic(topic: string, settings: TopicSettings): Promise<TopicReport>;
  /** Adds partitions up to this number; a topic that has as many or more stays as it is. */
  growTopic(topic: string, partitions: number): Promise<void>;
  partitionCount(topic: string): Promise<number>;
  /** Another id means that the topic was deleted and made again. Undefined: the log has no such ids. */
  topicId(topic: string): Promise<string | undefined>;
  /**
   * Records from `offset` on, at most about `maxBytes`; at least one where there is one, else undefined at the end.
   * Only committed records are seen. The batch does not change afterwards, and keeps its bytes alive.
   */
  fetch(from: TopicPartition, offset: number, maxBytes: number): Promise<RecordBatch | undefined>;
  reader(): LogReader;
  /** Earliest offset that can be read, and the one that the next record will get, of whatever transaction. */
  offsets(of: TopicPartition): Promise<{ readonly start: number; readonly end: number }>;
  /** The first record with this timestamp or a later one; the end where there is none. */
  offsetAt(of: TopicPartition, timestamp: number): Promise<number>;
  /** Moves the start of the partition up to `before`, never back: records below it are gone. */
  deleteRecords(from: TopicPartition, before: number): Promise<void>;
  writer(id: string): LogWriter;
  /** By partition; those that the group never committed are absent. A copy: later commits do not change it. */
  positions(group: string, topic: string): Promise<ReadonlyMap<number, CommittedPosition>>;
  close(): Promise<void>;
}
