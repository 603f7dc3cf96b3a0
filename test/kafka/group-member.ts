/**
 * A member of a consumer group as a process would be one: it joins, works under its assignment until that ends, and joins
 * again. It has connections of its own, and can be frozen: then nothing goes out, not even heartbeats.
 */
import { assign } from '../../job-runtime/group/assignor.ts';
import { StreamJobError } from '../../job-runtime/errors.ts';
import { KafkaConnections } from '../../job-runtime/log/kafka/connections.ts';
import { KafkaMembership } from '../../job-runtime/log/kafka/kafka-membership.ts';
import type { GroupConnections } from '../../job-runtime/log/kafka/membership-coordinator.ts';
import type { Assignment, AssignmentEnd, GroupOptions } from '../../job-runtime/log/group.ts';
import type { TopicPartition } from '../../job-runtime/log/log.ts';

export interface MemberOptions extends Partial<GroupOptions> {
  readonly brokers: readonly string[];
  readonly group: string;
  /** How many partitions topic `in` has; asked by the leader at each rebalance. */
  readonly partitions: () => number;
}

export class GroupMemberUnderTest {
  readonly membership: KafkaMembership;
  /** Every one so far, the current one last. */
  readonly assignments: Assignment[] = [];
  readonly ends: AssignmentEnd[] = [];
  /** Why the member stopped by itself. */
  failure: unknown;
  private readonly connections: KafkaConnections;
  private readonly stopping = new AbortController();
  private thawed: Promise<void> = Promise.resolve();
  private thawNow = (): void => undefined;
  private running: Promise<void> | undefined;

  constructor(options: MemberOptions) {
    const { brokers, partitions, ...rest } = options;
    this.connections = connectionsTo(brokers);
    this.membership = new KafkaMembership(this.gated(), {
      topics: ['in'],
      sessionTimeoutMillis: 3000,
      rebalanceTimeoutMillis: 5000,
      heartbeatMillis: 100,
      assign: async (claims) => ({
        partitions: assign([{ topics: ['in'], partitions: partitions() }], claims),
        shared: { in: partitions() },
      }),
      ...rest,
    });
  }

  get current(): Assignment | undefined {
    return this.assignments.at(-1);
  }

  get owned(): number[] {
    return (this.current?.partitions ?? []).map(({ partition }) => partition);
  }

  start(): this {
    this.running = this.run().catch((error: unknown) => {
      if (!this.stopping.signal.aborted) this.failure = error;
    });
    return this;
  }

  freeze(): void {
    this.thawed = new Promise((resolve) => (this.thawNow = resolve));
  }

  thaw(): void {
    this.thawNow();
  }

  /** One join alone, in place of `start`. */
  join(owned: readonly TopicPartition[] = [], signal?: AbortSignal): Promise<Assignment> {
    const stopping = this.stopping.signal;
    return this.membership.join(owned, signal ? AbortSignal.any([signal, stopping]) : stopping);
  }

  /** Without a word to the group, as a process that is killed. */
  async die(): Promise<void> {
    this.stopping.abort();
    this.freeze();
    await this.running;
    await this.connections.close();
  }

  async leave(): Promise<void> {
    this.stopping.abort();
    this.thaw();
    await this.running;
    await this.membership.leave();
    await this.connections.close();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      const assignment = await this.membership.join(this.current?.partitions ?? [], signal);
      this.assignments.push(assignment);
      const end = await Promise.race([assignment.ended, stopped]);
      if (end) this.ends.push(end);
    }
  }

  private gated(): GroupConnections {
    const { connections } = this;
    return {
      coordinator: (kind, key) => connections.coordinator(kind, key),
      forgetCoordinator: (kind, key) => connections.forgetCoordinator(kind, key),
      send: async (node, purpose, request) => {
        await this.thawed;
        return connections.send(node, purpose, request);
      },
    };
  }
}

export function connectionsTo(brokers: readonly string[]): KafkaConnections {
  return new KafkaConnections({
    brokers,
    clientId: 'test',
    security: async () => ({ ssl: false, sasl: undefined }),
    explain: (error, { port }) => new StreamJobError('LogUnavailable', `broker on port ${port}: ${String(error)}`),
  });
}
