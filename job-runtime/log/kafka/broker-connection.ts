/**
 * One connection to one broker: kafkajs' socket, TLS, SASL and request queue, and our requests over it. The home of all
 * that we use of kafkajs' inside. A connection that failed, or whose session has to be authenticated anew, is thrown
 * away and made again: whatever was under way on it has failed.
 */
import net from 'node:net';
import tls from 'node:tls';
import Broker from 'kafkajs/src/broker/index.js';
import loggers from 'kafkajs/src/loggers/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { WireReader, WireWriter } from './protocol/wire.ts';
import type { BrokerRequest } from './protocol/wire.ts';

const CONNECT_TIMEOUT_MILLIS = 5000;
/** To connect, to ask for versions, and to authenticate. */
const OPEN_TIMEOUT_MILLIS = 2 * CONNECT_TIMEOUT_MILLIS;
const REQUEST_TIMEOUT_MILLIS = 30_000;
/** Of the length in front of a request, which does not count itself. */
const LENGTH_BYTES = 4;

/** What kafkajs is given for TLS and SASL. */
export interface ConnectionSecurity {
  readonly ssl: tls.ConnectionOptions | false;
  readonly sasl: unknown;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A request was not answered in time: the connection is of no use any more, and what became of the request is unknown. */
class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout';
}

/** kafkajs logs errors that it throws as well: they are said once, where they are caught. */
const silent = loggers.createLogger({ level: 0, logCreator: () => () => undefined });

export class BrokerConnection {
  private readonly clientId: string;
  private readonly pool: ConnectionPool;
  private readonly broker: Broker;
  private isClosed = false;

  constructor({ host, port }: Address, clientId: string, { ssl, sasl }: ConnectionSecurity) {
    this.clientId = clientId;
    this.pool = new ConnectionPool({
      host,
      port,
      clientId,
      ssl: ssl === false ? null : ssl,
      sasl: sasl ?? null,
      socketFactory,
      logger: silent,
      connectionTimeout: CONNECT_TIMEOUT_MILLIS,
      requestTimeout: REQUEST_TIMEOUT_MILLIS,
      // Its check runs ten times a second on every connection; ours is a timer per request.
      enforceRequestTimeout: false,
    });
    // It has a second connection for fetches, which it opens without a lock. Ours are apart already.
    this.pool.getConnectionByRequest = () => this.pool.getConnection(0);
    for (const { requestQueue } of this.pool.pool) idleWithoutTimers(requestQueue);
    this.broker = new Broker({
      connectionPool: this.pool,
      logger: silent,
      allowAutoTopicCreation: false,
      authenticationTimeout: CONNECT_TIMEOUT_MILLIS,
    });
  }

  get isUsable(): boolean {
    return !this.isClosed && this.broker.isConnected();
  }

  /** Connects and authenticates. */
  async open(): Promise<void> {
    await this.inTime(this.broker.connect(), 'the first requests', OPEN_TIMEOUT_MILLIS);
  }

  /** The highest version of a request that the broker speaks; −1: none. */
  maxVersion(apiKey: number): number {
    return this.broker.versions?.[apiKey]?.maxVersion ?? -1;
  }

  async send<T>(request: BrokerRequest<T>): Promise<T> {
    // Its pool would connect again, without asking what the broker speaks.
    if (!this.isUsable) throw new Error('Not connected');
    const limit = request.answerMillis ?? REQUEST_TIMEOUT_MILLIS + (request.holdMillis ?? 0);
    return this.inTime(this.exchange(request), request.apiName, limit);
  }

  /** kafkajs would wait for ever for a broker that takes requests and does not answer. */
  private async inTime<T>(answer: Promise<T>, what: string, limitMillis: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        void this.close();
        reject(new RequestTimeout(`no answer to ${what} within ${limitMillis / 1000} s`));
      }, limitMillis);
    });
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** By kafkajs' queue, which pairs answers with requests, and without its encoder, which would copy all of it twice. */
  private async exchange<T>(request: BrokerRequest<T>): Promise<T> {
    const { apiKey, apiName, apiVersion, isFlexible } = request;
    const connection = this.pool.pool[0]!;
    const correlationId = connection.nextCorrelationId();
    const bytes = requestBytes(request, correlationId, this.clientId);
    const { payload } = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
      connection.requestQueue.push({
        entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
        expectResponse: true,
        requestTimeout: null,
        sendRequest: () => connection.socket.write(bytes),
      });
    });
    const from = new WireReader(payload);
    if (isFlexible) from.skipTags();
    return request.read(from);
  }

  /** Waits for nothing: requests that are under way fail, also those that the broker holds back. */
  async close(): Promise<void> {
    this.retire();
    for (const connection of this.pool.pool) connection.rejectRequests(new Error('Closed connection'));
  }

  /** Is of no use any more, and closes when what is under way has been answered. */
  retire(): void {
    this.isClosed = true;
    this.broker.disconnect().catch(() => undefined);
  }
}

/** Requests are sent together or wait for one another as we say, so the network need not collect them. */
function socketFactory(options: Address & { ssl?: tls.ConnectionOptions; onConnect: () => void }): net.Socket {
  const { host, port, ssl, onConnect } = options;
  const server = net.isIP(host) ? {} : { servername: host };
  const socket = ssl
    ? tls.connect({ host, port, ...server, ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect);
  socket.setKeepAlive(true, 60_000);
  socket.setNoDelay(true);
  return socket;
}

/** kafkajs looks for waiting requests after each response, by a timer that Node 24 warns of; there is nothing to find. */
function idleWithoutTimers(queue: ConnectionPool['pool'][number]['requestQueue']): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue);
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule();
  };
}

/** With its length and header in front: header v2 of flexible versions is v1 with tagged fields behind it. */
function requestBytes(request: BrokerRequest<unknown>, correlationId: number, clientId: string): Uint8Array {
  const out = new WireWriter(256);
  out.int32(0);
  out.int16(request.apiKey);
  out.int16(request.apiVersion);
  out.int32(correlationId);
  out.string(clientId);
  if (request.isFlexible) out.noTags();
  request.write(out);
  const { length } = out;
  out.length = 0;
  out.int32(length - LENGTH_BYTES);
  return out.bytes.subarray(0, length);
}
