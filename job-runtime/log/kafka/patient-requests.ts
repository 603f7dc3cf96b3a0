/**
 * Requests to whoever is responsible, again and again while that changes: the leader of a partition, the coordinator of a
 * group or a transactional id, any broker. What was remembered of them is asked for anew after each failure.
 */
import { isStreamJobError } from '../../errors.ts';
import type { Trouble } from '../../errors.ts';
import type { TopicPartition } from '../log.ts';
import { CONCURRENT_TRANSACTIONS, isRefusal, withGrant } from './broker-refusal.ts';
import type { TellGrant } from './broker-refusal.ts';
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

/** A request that failed and is tried again. */
interface Struggle {
  readonly since: number;
  readonly failure: unknown;
}

/** What all requests of a cluster share. */
export interface RequestWatch {
  readonly struggles: Map<object, Struggle>;
  /** Absent: a missing ACL is told without the grant that it wants. */
  readonly tellGrant?: TellGrant | undefined;
}

/** A leader that moves is no news. */
const USUAL_MILLIS = 1000;

export class PatientRequests {
  readonly connections: BrokerAccess;
  private readonly patience: Patience;
  private readonly watch: RequestWatch;

  constructor(
    connections: BrokerAccess,
    now: () => number,
    bounds: Bounds = ADMIN_BOUNDS,
    watch: RequestWatch = { struggles: new Map() },
  ) {
    this.connections = connections;
    this.patience = { ...bounds, now, isOver: () => connections.isClosed };
    this.watch = watch;
  }

  /** The same with other bounds. */
  within(bounds: Partial<Bounds>): PatientRequests {
    return new PatientRequests(this.connections, this.patience.now, { ...this.patience, ...bounds }, this.watch);
  }

  /** Why some request has been tried in vain for a while. */
  get trouble(): Trouble | undefined {
    for (const { since, failure } of this.watch.struggles.values())
      if (isStreamJobError(failure) && this.patience.now() - since >= USUAL_MILLIS) return failure;
    return undefined;
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

  async retry<T>(attempt: () => Promise<T>, again?: (failure: unknown) => void): Promise<T> {
    const { struggles, tellGrant } = this.watch;
    try {
      return await retrying(this.patience, attempt, (failure) => {
        struggles.set(attempt, { since: struggles.get(attempt)?.since ?? this.patience.now(), failure });
        again?.(failure);
      });
    } catch (failure) {
      throw withGrant(failure, tellGrant);
    } finally {
      struggles.delete(attempt);
    }
  }
}
