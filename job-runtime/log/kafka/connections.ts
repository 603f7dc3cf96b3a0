/**
 * The brokers of a cluster and who answers for what: bootstrap, leaders of partitions, coordinators of groups and
 * transactions. Connections are kept apart by purpose, since a long poll or a held JoinGroup blocks what is behind it.
 * Nothing is retried here: what was remembered and turned out wrong is forgotten, the failure is thrown, and whoever
 * asked knows whether and when to ask again.
 */
import { StreamJobError } from '../../errors.ts';
import { partitionName } from '../log.ts';
import type { TopicPartition } from '../log.ts';
import { partitionNotFound, topicNotFound } from '../not-found.ts';
import { BrokerConnection } from './broker-connection.ts';
import type { Address, ConnectionSecurity } from './broker-connection.ts';
import { assertAccepted, UNKNOWN_TOPIC_OR_PARTITION } from './broker-refusal.ts';
import { onGroup, onTopic, onTransactionalId } from './failures/trial.ts';
import type { CoordinatorKind } from './protocol/find-coordinator.ts';
import { findCoordinatorRequest } from './protocol/find-coordinator.ts';
import type { ClusterMetadata, TopicMetadata } from './protocol/metadata.ts';
import { metadataRequest } from './protocol/metadata.ts';
import type { BrokerRequest } from './protocol/wire.ts';

export type Purpose = 'control' | 'fetch' | 'group' | 'transaction';

export interface ConnectionsOptions {
  /** HOST:PORT each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Asked at each new connection, so that credentials may change. */
  readonly security: () => Promise<ConnectionSecurity>;
  /** Makes one line for people of whatever went wrong on the way to a broker. */
  readonly explain: (error: unknown, address: Address) => StreamJobError | Promise<StreamJobError>;
}

export class KafkaConnections {
  private readonly options: ConnectionsOptions;
  private readonly bootstrap: readonly Address[];
  private nextBootstrap = 0;
  private readonly addresses = new Map<number, Address>();
  /** By purpose and address. A promise, so that two who ask at once share one. */
  private readonly connections = new Map<string, Promise<BrokerConnection>>();
  private readonly topics = new Map<string, TopicMetadata>();
  private readonly coordinators = new Map<string, number>();
  /** Nothing is sent any more. */
  isClosed = false;

  constructor(options: ConnectionsOptions) {
    this.options = options;
    this.bootstrap = options.brokers.map((broker) => {
      const colon = broker.lastIndexOf(':');
      return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
    });
  }

  /** Sends to a node that metadata or a coordinator named. */
  async send<T>(node: number, purpose: Purpose, request: BrokerRequest<T>): Promise<T> {
    const address = this.addresses.get(node);
    if (address) return this.sendTo(address, purpose, request);
    throw new StreamJobError('LogUnavailable', `Kafka's broker ${node} is not known any more`);
  }

  /** Whether a node speaks a version of a request. */
  async speaks(node: number, request: Pick<BrokerRequest<unknown>, 'apiKey' | 'apiVersion'>): Promise<boolean> {
    const connection = await this.connection(this.addresses.get(node) ?? this.bootstrap[0]!, 'control');
    return connection.maxVersion(request.apiKey) >= request.apiVersion;
  }

  /** Asks anew about the brokers and these topics. A topic that does not exist is not in the answer. */
  async metadata(topics: readonly string[]): Promise<ClusterMetadata> {
    const found = await this.sendToAny(metadataRequest(topics));
    for (const { node, host, port } of found.brokers) this.addresses.set(node, { host, port });
    for (const topic of topics) this.topics.delete(topic);
    for (const topic of found.topics) if (topic.error === 0) this.topics.set(topic.name, topic);
    return { ...found, topics: found.topics.filter(({ error }) => error !== UNKNOWN_TOPIC_OR_PARTITION) };
  }

  /** What is known of a topic, asked for if nothing is. Throws TopicNotFound. */
  async topic(name: string): Promise<TopicMetadata> {
    const known = this.topics.get(name);
    if (known) return known;
    const [topic] = (await this.metadata([name])).topics;
    if (!topic) throw topicNotFound(name);
    assertAccepted(topic.error, `look at topic "${name}"`, { asked: [onTopic('DESCRIBE', name)] });
    return topic;
  }

  /** The node that leads a partition. Throws TopicNotFound; LogUnavailable while there is none. */
  async leader(of: TopicPartition): Promise<number> {
    const { leaders } = await this.topic(of.topic);
    const node = leaders[of.partition];
    if (node !== undefined && node >= 0) return node;
    this.forgetTopic(of.topic);
    if (node === undefined) throw partitionNotFound(of, leaders.length);
    throw new StreamJobError('LogUnavailable', `no broker leads ${partitionName(of)} now`);
  }

  /** A leader turned out not to be one. */
  forgetTopic(topic: string): void {
    this.topics.delete(topic);
  }

  async coordinator(kind: CoordinatorKind, key: string): Promise<number> {
    const name = `${kind} ${key}`;
    const known = this.coordinators.get(name);
    if (known !== undefined) return known;
    const found = await this.sendToAny(findCoordinatorRequest(kind, key));
    const asked = [kind === 'group' ? onGroup(key) : onTransactionalId(key)];
    assertAccepted(found.error, `find the coordinator of ${kind} "${key}"`, { asked });
    this.addresses.set(found.node, { host: found.host, port: found.port });
    this.coordinators.set(name, found.node);
    return found.node;
  }

  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.coordinators.delete(`${kind} ${key}`);
  }

  /** The node that creates topics. */
  async controller(): Promise<number> {
    return (await this.metadata([])).controller;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const open = [...this.connections.values()];
    this.connections.clear();
    await Promise.allSettled(open.map(async (connection) => (await connection).close()));
  }

  /** A broker that is known, else one of those that the manifest names, each in turn. */
  private async sendToAny<T>(request: BrokerRequest<T>): Promise<T> {
    const known = [...this.addresses.values()];
    const candidates = [...known, ...this.bootstrap.map((_, i) => this.bootstrapAt(this.nextBootstrap + i))];
    this.nextBootstrap++;
    let failure: unknown;
    for (const address of candidates) {
      try {
        return await this.sendTo(address, 'control', request);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  private bootstrapAt(index: number): Address {
    return this.bootstrap[index % this.bootstrap.length]!;
  }

  private async sendTo<T>(address: Address, purpose: Purpose, request: BrokerRequest<T>): Promise<T> {
    const connection = await this.connection(address, purpose);
    try {
      return await connection.send(request);
    } catch (error) {
      throw error instanceof RangeError ? error : await this.options.explain(error, address);
    }
  }

  private async connection(address: Address, purpose: Purpose): Promise<BrokerConnection> {
    if (this.isClosed) throw new StreamJobError('LogUnavailable', 'the connections to Kafka are closed');
    const name = nameOf(address, purpose);
    const known = this.connections.get(name);
    if (known) {
      const connection = await known;
      if (connection.isUsable) return connection;
      this.forget(name, known);
      connection.retire();
    }
    return this.connections.get(name) ?? this.begin(name, address);
  }

  private begin(name: string, address: Address): Promise<BrokerConnection> {
    const connecting = this.connect(address);
    this.connections.set(name, connecting);
    connecting.catch(() => this.forget(name, connecting));
    return connecting;
  }

  private forget(name: string, connection: Promise<BrokerConnection>): void {
    if (this.connections.get(name) === connection) this.connections.delete(name);
  }

  private async connect(address: Address): Promise<BrokerConnection> {
    const connection = new BrokerConnection(address, this.options.clientId, await this.options.security());
    try {
      await connection.open();
      return connection;
    } catch (error) {
      await connection.close();
      throw await this.options.explain(error, address);
    }
  }
}

function nameOf({ host, port }: Address, purpose: Purpose): string {
  return `${purpose} ${host}:${port}`;
}
