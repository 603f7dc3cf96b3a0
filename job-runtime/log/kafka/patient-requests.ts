/**
 * Requests to whoever is responsible, again and again while that changes: the leader of a partition, the coordinator of a
 * group or a transactional id, any broker. What was remembered of them is asked for anew after each failure.
 */
import type { TopicPartition } from '../log.ts';
import { CONCURRENT_TRANSACTIONS, isRefusal } from './broker-refusal.ts';
import type { KafkaConnections } from './connections.ts';
import type { CoordinatorKind } from './protocol/find-coordinator.ts';
import { retrying } from './retry.ts';
import type { Patience } from './retry.ts';

export interface Bounds {
  readonly boundMillis: number;
  readonly firstWaitMillis: number;
  readonly longestWaitMillis: number;
}

/** For what an administrator or a restore asks: a broker that is restarted is back by then. */
export const ADMIN_BOUNDS: Bounds = { boundMillis: 25_000, firstWaitMillis: 20, longestWaitMillis: 1000 };

/** What requests need of the connections. */
export type BrokerAccess = Pick<
  KafkaConnections,
  | 'send'
  | 'metadata'
  | 'topic'
  | 'leader'
  | 'forgetTopic'
  | 'coordinator'
  | 'forgetCoordinator'
  | 'controller'
  | 'isClosed'
>;

export class PatientRequests {
  readonly connections: BrokerAccess;
  private readonly patience: Patience;

  constructor(connections: BrokerAccess, now: () => number, bounds: Bounds = ADMIN_BOUNDS) {
    this.connections = connections;
    this.patience = { ...bounds, now, isOver: () => connections.isClosed };
  }

  /** The same with other bounds. */
  within(bounds: Partial<Bounds>): PatientRequests {
    return new PatientRequests(this.connections, this.patience.now, { ...this.patience, ...bounds });
  }

  atLeader<T>(of: TopicPartition, ask: (node: number) => Promise<T>): Promise<T> {
    const { connections } = this;
    return this.retry(
      async () => ask(await connections.leader(of)),
      () => connections.forgetTopic(of.topic),
    );
  }

  atCoordinator<T>(kind: CoordinatorKind, key: string, ask: (node: number) => Promise<T>): Promise<T> {
    const { connections } = this;
    return this.retry(
      async () => ask(await connections.coordinator(kind, key)),
      (failure) => {
        // It is busy, and the right one.
        if (!isRefusal(failure, CONCURRENT_TRANSACTIONS)) connections.forgetCoordinator(kind, key);
      },
    );
  }

  /** The nodes that lead these partitions now; each topic is asked for once. */
  async leaders(partitions: readonly TopicPartition[]): Promise<number[]> {
    const { connections } = this;
    await Promise.all([...new Set(partitions.map(({ topic }) => topic))].map((topic) => connections.topic(topic)));
    return Promise.all(partitions.map((partition) => connections.leader(partition)));
  }

  retry<T>(attempt: () => Promise<T>, again?: (failure: unknown) => void): Promise<T> {
    return retrying(this.patience, attempt, again);
  }
}
