/**
 * What an administrator asks of the log beside the log port (log.ts): the state of many partitions in few requests, and
 * deletion. Only the operator asks, and only of Kafka. Failures are StreamJobErrors, as those of the log port are.
 */
import type { Position } from './log.ts';

export interface LogAdmin {
  /**
   * For each of these topics, the offset that the next record of each of its partitions will get. A topic that does not
   * exist is absent. One request per broker.
   */
  ends(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>>;
  /**
   * All that a group has committed, of all topics; a transaction that is still open counts for nothing, and nobody waits
   * for it. Empty for a group that does not exist. One request.
   */
  committed(group: string): Promise<readonly Position[]>;
  /** All topics whose names begin so, as far as they may be seen. */
  topicsWithPrefix(prefix: string): Promise<readonly string[]>;
  /** Topics that do not exist are deleted already. */
  deleteTopics(topics: readonly string[]): Promise<void>;
  /** A group that does not exist is deleted already. Throws LogUnavailable while the group has members. */
  deleteGroup(group: string): Promise<void>;
}
