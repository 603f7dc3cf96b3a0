/**
 * One partition of a reader, from one assignment on. Where it is assigned anew at another offset, another Place takes
 * over: answers that are still under way belong to the old one, which nobody looks at any more.
 */
import type { Trouble } from '../../../errors.ts';
import type { RecordBatch } from '../../../record.ts';
import type { ReadBound, TopicPartition } from '../../log.ts';

/** The bytes of a response stay in memory as long as one batch that is a view of them. */
export interface Arrival {
  readonly bytes: number;
  views: number;
}

/** A batch that was read ahead. */
export interface Ahead {
  readonly records: RecordBatch;
  readonly bytes: number;
  /** Absent: the batch has a buffer of its own. */
  readonly arrival: Arrival | undefined;
}

export class Place implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Where the poller reads on. */
  position: number;
  /** Where the next request reads on. */
  fetchOffset: number;
  readonly ahead: Ahead[] = [];
  aheadBytes = 0;
  /** When it last got and gave records, by a count of the reader: whoever waits longest comes first. */
  servedAt = 0;
  givenAt = 0;
  /** For the next request; larger than usual after one that brought no whole batch. */
  fetchBytes: number;
  bound: ReadBound | undefined;
  /** The node to ask; undefined: to be found out, not before `retryAt`. */
  leader: number | undefined;
  /** By the monotonic clock, in milliseconds. */
  retryAt = 0;
  /** Failures since the last success. */
  setbacks = 0;
  /** How often Kafka has said since then that there is no such partition. */
  misses = 0;
  trouble: Trouble | undefined;
  /** To be thrown by poll once what was read before is polled. */
  failure: unknown;

  constructor({ topic, partition, offset }: TopicPartition & { readonly offset: number }, fetchBytes: number) {
    this.topic = topic;
    this.partition = partition;
    this.position = offset;
    this.fetchOffset = offset;
    this.fetchBytes = fetchBytes;
  }
}
