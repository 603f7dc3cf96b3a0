/**
 * One request to the API server and its answer, over node:https. Each wait is bounded, since a server that is frozen or
 * cut off says nothing: the connection has its own limit, which is short, so that we notice soon when it is back.
 */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { ApiError } from './api-error.ts';
import { silence } from './api-error.ts';

export interface Call {
  /** Such as `GET /api/v1/pods`, for messages. */
  readonly what: string;
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly tls: Readonly<Record<string, unknown>>;
  readonly body: string | undefined;
  readonly agent: Agent;
  readonly connectMillis: number;
}

export class Exchange {
  private readonly call: Call;
  private readonly outgoing: ClientRequest;
  private readonly answer: Promise<IncomingMessage>;
  private why: ApiError | undefined;

  /** Sends it. */
  constructor(call: Call) {
    this.call = call;
    const { url, method, headers, tls, agent } = call;
    const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
    this.outgoing = request(url, { ...tls, method, headers, agent });
    this.answer = new Promise((resolve, reject) => {
      this.outgoing.on('response', resolve);
      this.outgoing.on('error', reject);
    });
    // Whoever stops an exchange may not wait for its answer.
    this.answer.catch(() => undefined);
    this.outgoing.on('socket', (socket) => this.limitConnecting(socket));
    this.outgoing.end(call.body);
  }

  /** Ends it wherever it stands; whoever waits gets `why`. */
  stop(why: ApiError): void {
    this.why ??= why;
    this.outgoing.destroy(this.why);
  }

  /** Stops it after a time, unless the returned function is called before. */
  limit(millis: number, why: string): () => void {
    const timer = setTimeout(() => this.stop(silence('Timeout', this.call.what, why)), millis);
    return () => clearTimeout(timer);
  }

  /** Whether it went over a kept connection, which the other side may have closed just then. */
  get wasOnKeptConnection(): boolean {
    return this.outgoing.reusedSocket;
  }

  /** The status line and headers. Rejects with an ApiError when there is no answer. */
  async response(): Promise<IncomingMessage> {
    try {
      return await this.answer;
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  /** Each part of the body as it comes; an error that `onChunk` throws ends the exchange and is thrown on. */
  async eachChunk(response: IncomingMessage, onChunk: (chunk: Buffer) => void): Promise<void> {
    const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      for (let next = await this.next(chunks); !next.done; next = await this.next(chunks)) onChunk(next.value);
    } finally {
      if (!response.complete) this.outgoing.destroy();
    }
  }

  private async next(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
    try {
      return await chunks.next();
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  private failure(cause: unknown): ApiError {
    if (this.why) return this.why;
    const { message, code } = cause as { message: string; code?: string };
    const words = message === '' ? (code ?? 'no connection') : message;
    return silence('Unreachable', this.call.what, `the API server at ${this.call.url.host}: ${words}`, cause);
  }

  private limitConnecting(socket: Socket): void {
    const isTls = 'getPeerCertificate' in socket;
    if (this.outgoing.reusedSocket) return;
    const { connectMillis, url } = this.call;
    const clear = this.limit(connectMillis, `no connection to ${url.host} within ${connectMillis} ms`);
    socket.once(isTls ? 'secureConnect' : 'connect', clear);
    socket.once('close', clear);
  }
}
