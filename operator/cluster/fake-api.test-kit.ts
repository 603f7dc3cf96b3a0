/** An API server for tests that does what a real one does not do on demand: it breaks off, falls silent, refuses. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../resources/kube-object.ts';
import type { Credentials } from './credentials.ts';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** Its number among all, from 1. */
  readonly count: number;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

export type Handler = (request: FakeRequest) => void;

export class FakeApi {
  readonly requests: FakeRequest[] = [];
  /** What each request gets; a handler that does nothing is a silent server. */
  handler: Handler = () => undefined;
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<FakeApi> {
    const server = createServer();
    const api = new FakeApi(server);
    server.on('request', (request, response) => void api.take(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return api;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  credentials(over: Partial<Credentials> = {}): Credentials {
    return {
      server: new URL(`http://127.0.0.1:${this.port}`),
      namespace: 'default',
      access: async () => ({ headers: { authorization: 'Bearer secret-token' }, tls: {} }),
      forget: () => undefined,
      ...over,
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  watches(): FakeRequest[] {
    return this.requests.filter(({ query }) => query['watch'] !== undefined);
  }

  lists(): FakeRequest[] {
    return this.requests.filter(({ query, path }) => query['watch'] === undefined && path !== '/version');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://fake');
    const text = Buffer.concat(chunks).toString();
    const taken: FakeRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
      count: this.requests.length + 1,
      response,
      socket: request.socket,
    };
    this.requests.push(taken);
    this.handler(taken);
  }
}

export function answer({ response }: FakeRequest, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A Status, as the API server refuses. */
export const statusObject = (code: number, reason: string, message = `it is ${reason}`): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
});

export function refuse(request: FakeRequest, code: number, reason: string, headers: object = {}): void {
  answer(request, code, statusObject(code, reason), headers);
}

export const configMap = (name: string, resourceVersion: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name, resourceVersion, uid: `uid-${name}`, labels: { 'streamjob.dev/job': 'job' } },
  data,
});

export function answerList(request: FakeRequest, objects: readonly KubeObject[], resourceVersion: string): void {
  answer(request, 200, { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion }, items: objects });
}

/** Begins the answer to a watch. */
export function openWatch({ response }: FakeRequest): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
}

export function sendEvent({ response }: FakeRequest, type: string, object: object): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

/** Waits until it holds; fails after some seconds, far more than it takes. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1000) throw new Error('waited 10 s in vain');
    await delay(10);
  }
}
