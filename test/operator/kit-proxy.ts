/**
 * Stands between an operator and the API server and does to it what networks and servers do: refuses, cuts, delays, goes
 * silent, or has the operator killed around a write. Plain HTTP in front, a port for each operator, so that it is known
 * who wrote what.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiServer } from '../harness/apiserver.ts';

/** A request that changes something. */
export interface Write {
  /** From 1, of this proxy's writes in this namespace; those of Leases are not counted and have 0. */
  readonly n: number;
  readonly namespace: string;
  readonly method: string;
  readonly path: string;
  /** Milliseconds of performance.now(): when the proxy had all of it, and when the API server had answered. */
  readonly began: number;
  ended?: number;
  /** Of the API server; undefined: it has not answered, or was not asked. */
  status?: number;
}

export type Fault =
  | { readonly kind: 'kill' | 'cut'; readonly when: 'before' | 'after' }
  | { readonly kind: 'refuse'; readonly status: 409 | 429 | 500 }
  /** Done, and answered with what is no object. */
  | { readonly kind: 'garble'; readonly when: 'after' };

export interface ProxyHooks {
  /** Asked about each write but those of Leases. */
  readonly fault?: (write: Write) => Fault | undefined;
  /** Kills the operator, at once. */
  readonly kill?: () => void;
}

const REASONS = { 409: 'Conflict', 429: 'TooManyRequests', 500: 'InternalError' } as const;

export class FaultProxy {
  readonly kubeconfigFile: string;
  readonly writes: Write[] = [];
  /** Requests of any kind that came. */
  requests = 0;
  /** Each request waits so long before it goes on. */
  delayMillis = 0;
  hooks: ProxyHooks = {};
  private readonly server: Server;
  private readonly target: URL;
  private readonly port: number;
  private readonly agent: Agent;
  private readonly sockets = new Set<Socket>();
  /** Connections that nothing goes over any more, and whose ends do not know. */
  private readonly mute = new Set<Socket>();
  private readonly counts = new Map<string, number>();
  private held: PromiseWithResolvers<void> | undefined;

  private constructor(server: Server, api: ApiServer, kubeconfigFile: string) {
    this.server = server;
    this.target = new URL(api.url);
    this.kubeconfigFile = kubeconfigFile;
    this.port = (server.address() as AddressInfo).port;
    // Its certificate is of no matter here.
    this.agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => [this.sockets, this.mute].forEach((each) => each.delete(socket)));
    });
    server.on('request', (incoming, response) => void this.take(incoming, response).catch(() => response.destroy()));
  }

  static async start(api: ApiServer, kubeconfig: object = api.kubeconfig): Promise<FaultProxy> {
    const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    const file = await api.writeKubeconfig({ ...kubeconfig, clusters: [{ name: 'test', cluster }] });
    return new FaultProxy(server, api, file);
  }

  /** Everything goes silent: connections stand, and nothing is answered or delivered. */
  hold(): void {
    this.held ??= Promise.withResolvers();
  }

  /** Ends the silence; `isLost`: the connections of before and during stay silent for ever, only new ones work. */
  release({ isLost }: { readonly isLost: boolean }): void {
    if (isLost) for (const socket of this.sockets) this.mute.add(socket);
    this.held?.resolve();
    this.held = undefined;
  }

  /** Connections are refused, and those that stand are cut. */
  async shut(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    if (this.server.listening) await once(this.server, 'close');
  }

  async open(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.release({ isLost: true });
    await this.shut();
    this.agent.destroy();
  }

  private async take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const body = await buffer(incoming);
    const write = this.writeOf(incoming);
    const fault = this.faultOf(write);
    await delay(this.delayMillis);
    if (!(await this.passes(incoming.socket))) return;
    if (fault?.kind === 'refuse') return refuse(response, fault.status);
    if (fault?.when === 'before') return this.strike(fault, response);
    const answer = await this.ask(incoming, body, response);
    if (!fault) return this.passOn(answer, incoming.socket, response, write);
    await buffer(answer);
    noteEnd(write, answer);
    this.strike(fault, response);
  }

  /** Whether it goes on, after the silence if there is one: not where somebody gave up meanwhile. */
  private async passes(socket: Socket): Promise<boolean> {
    await this.held?.promise;
    return !this.mute.has(socket) && !socket.destroyed;
  }

  private faultOf(write: Write | undefined): Fault | undefined {
    return write && write.n > 0 ? this.hooks.fault?.(write) : undefined;
  }

  private strike({ kind }: Fault, response: ServerResponse): void {
    if (kind === 'garble') return void response.writeHead(200, { 'content-type': 'application/json' }).end('null');
    if (kind === 'kill') this.hooks.kill?.();
    response.destroy();
  }

  private writeOf({ method = '', url: path = '' }: IncomingMessage): Write | undefined {
    if (method === 'GET') return undefined;
    const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '';
    const isLease = path.includes('/leases');
    const n = isLease ? 0 : (this.counts.get(namespace) ?? 0) + 1;
    if (!isLease) this.counts.set(namespace, n);
    const write = { n, namespace, method, path, began: performance.now() };
    this.writes.push(write);
    return write;
  }

  private ask(
    { method, url: path, headers, socket }: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<IncomingMessage> {
    const { hostname: host, port } = this.target;
    return new Promise((resolve, reject) => {
      const outgoing = request({ host, port, path, method, headers, agent: this.agent }, resolve);
      outgoing.on('error', reject);
      // A silent network tells nobody that one end has gone.
      response.once('close', () => !this.held && !this.mute.has(socket) && outgoing.destroy());
      outgoing.end(body);
    });
  }

  private async passOn(
    answer: IncomingMessage,
    socket: Socket,
    response: ServerResponse,
    write: Write | undefined,
  ): Promise<void> {
    noteEnd(write, answer);
    if (!(await this.passes(socket))) return;
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    response.flushHeaders();
    for await (const chunk of answer) {
      if (!(await this.passes(socket))) return;
      response.write(chunk);
    }
    response.end();
  }
}

function noteEnd(write: Write | undefined, { statusCode }: IncomingMessage): void {
  if (!write) return;
  write.ended = performance.now();
  if (statusCode !== undefined) write.status = statusCode;
}

function refuse(response: ServerResponse, code: 409 | 429 | 500): void {
  const headers = { 'content-type': 'application/json', ...(code === 429 && { 'retry-after': '1' }) };
  response.writeHead(code, headers);
  const message = 'refused for the test';
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: REASONS[code], message }));
}
