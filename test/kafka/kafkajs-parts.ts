/** The inner parts of kafkajs that broker-connection.ts stands on, each on a real broker (docs/adr/0002). */
import { createRequire } from 'node:module';
import net from 'node:net';
import { expect, jest, test } from '@jest/globals';
import Broker from 'kafkajs/src/broker/index.js';
import loggers from 'kafkajs/src/loggers/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { BrokerConnection } from '../../job-runtime/log/kafka/broker-connection.ts';
import { findCoordinatorRequest } from '../../job-runtime/log/kafka/protocol/find-coordinator.ts';
import { metadataRequest } from '../../job-runtime/log/kafka/protocol/metadata.ts';

/** As the pool gives them. */
interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

export function describeKafkajsParts(brokers: () => readonly string[]): void {
  const address = (): { host: string; port: number } => {
    const [host, port] = brokers()[0]!.split(':');
    return { host: host!, port: Number(port) };
  };
  const connected = async (): Promise<BrokerConnection> => {
    const connection = new BrokerConnection(address(), 'test', { ssl: false, sasl: null });
    await connection.open();
    return connection;
  };

  test('its version is the one that this was written for', () => {
    expect(createRequire(import.meta.url)('kafkajs/package.json')).toMatchObject({ version: '2.2.4' });
  });

  test('a pool has connections with a request queue, and a broker its versions', async () => {
    const logger = loggers.createLogger({ level: 0, logCreator: () => () => undefined });
    const idle = jest.fn();
    const socketFactory = jest.fn(({ onConnect, ...at }: SocketOptions) => net.connect(at, onConnect));
    const connectionPool = new ConnectionPool({
      ...address(),
      clientId: 'test',
      logger,
      connectionTimeout: 5000,
      enforceRequestTimeout: false,
      socketFactory,
    });
    for (const { requestQueue, rejectRequests } of connectionPool.pool) {
      expect(requestQueue.pending).toEqual([]);
      expect(requestQueue.scheduleCheckPendingRequests).toBeInstanceOf(Function);
      requestQueue.scheduleCheckPendingRequests = idle;
      expect(rejectRequests).toBeInstanceOf(Function);
    }
    expect(connectionPool.getConnectionByRequest).toBeInstanceOf(Function);
    const broker = new Broker({ connectionPool, logger, allowAutoTopicCreation: false, authenticationTimeout: 5000 });
    expect(broker.isConnected()).toBe(false);
    await broker.connect();
    expect(broker.isConnected()).toBe(true);
    expect(await connectionPool.getConnection(0)).toBe(connectionPool.pool[0]);
    expect(broker.versions![0]!.maxVersion).toBeGreaterThanOrEqual(7);
    expect(idle).toHaveBeenCalled();
    expect(socketFactory).toHaveBeenCalledTimes(1);
    await broker.disconnect();
    expect(broker.isConnected()).toBe(false);
  });

  test('requests with the old headers and with the new ones are answered over one connection', async () => {
    const connection = await connected();
    const [found, described] = await Promise.all([
      connection.send(findCoordinatorRequest('group', 'g')),
      connection.send(metadataRequest(['no-such-topic'])),
    ]);
    expect(described).toMatchObject({ brokers: [{ node: 1, ...address() }], topics: [{ error: 3 }] });
    expect([0, 15]).toContain(found.error);
    await connection.close();
  });

  test('requests are answered in the order in which they were sent', async () => {
    const connection = await connected();
    const order: number[] = [];
    const requests = Array.from({ length: 50 }, async (_, index) => {
      await connection.send(metadataRequest(index % 2 === 0 ? [] : ['no-such-topic']));
      order.push(index);
    });
    await Promise.all(requests);
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
    await connection.close();
  });

  test('a closed connection is of no use, and an answer that is too short is a RangeError', async () => {
    const connection = await connected();
    const torn = {
      ...metadataRequest([]),
      read: () => {
        throw new RangeError('a response ends early');
      },
    };
    await expect(connection.send(torn)).rejects.toThrow(RangeError);
    expect(connection.isUsable).toBe(true);
    await connection.close();
    expect(connection.isUsable).toBe(false);
    await expect(connection.send(metadataRequest([]))).rejects.toThrow();
  });
}
