/** How far a KafkaReader reads ahead, in which portions, and how it goes on after a failure. */
import type { TellGrant } from '../broker-refusal.ts';

export interface KafkaReaderOptions {
  /** The clock of ReadBound.at. */
  readonly now: () => number;
  /** Memory for what was read and not polled, all partitions together. */
  readonly readAheadBytes: number;
  /** A partition with this much read ahead is left out until it is polled. */
  readonly partitionAheadBytes: number;
  /** Per request, of one partition and in all. A larger batch still comes. */
  readonly partitionFetchBytes: number;
  readonly requestBytes: number;
  /** About as much as one poll gives, so that its caller gets round to other work. */
  readonly pollBytes: number;
  /** How long a broker waits for records. */
  readonly maxWaitMillis: number;
  /** The same while a partition is left out, which may be wanted again any moment. */
  readonly partialWaitMillis: number;
  /** Before the second try, doubled for each one after it up to the most. */
  readonly firstBackoffMillis: number;
  readonly mostBackoffMillis: number;
  /** Absent: a missing ACL is told without the grant that it wants. */
  readonly tellGrant?: TellGrant | undefined;
}

export const READER_DEFAULTS: KafkaReaderOptions = {
  now: Date.now,
  readAheadBytes: 32 << 20,
  partitionAheadBytes: 2 << 20,
  partitionFetchBytes: 1 << 20,
  requestBytes: 8 << 20,
  pollBytes: 4 << 20,
  maxWaitMillis: 500,
  partialWaitMillis: 15,
  firstBackoffMillis: 100,
  mostBackoffMillis: 5000,
};
