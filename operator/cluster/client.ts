/** Requests to the API server: JSON there and back, each in bounded time, over kept connections. */
import { Agent as HttpAgent } from 'node:http';
import type { Agent, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { ApiError } from './api-error.ts';
import { isApiError, refusal, silence } from './api-error.ts';
import type { KubeClient, Query, RequestOptions, StreamOptions } from './kube-client.ts';
import type { CallAccess, Credentials } from './credentials.ts';
import { Exchange } from './exchange.ts';

export type { KubeClient } from './kube-client.ts';

export interface ClientSettings {
  readonly userAgent: string;
  readonly timeoutMillis: number;
  readonly connectMillis: number;
}

export const CLIENT_SETTINGS: ClientSettings = {
  userAgent: 'streamjob-operator',
  timeoutMillis: 10_000,
  connectMillis: 4_000,
};

/** Below the API server's own limit of 90 s, so that it is we who close. */
const IDLE_MILLIS = 60_000;
const PROBE_MILLIS = 10_000;
const MOST_CONNECTIONS = 32;
/** Credentials that are refused are read anew, though not for each request. */
const FORGET_MILLIS = 10_000;

export function connect(credentials: Credentials, settings: Partial<ClientSettings> = {}): KubeClient {
  return new HttpClient(credentials, { ...CLIENT_SETTINGS, ...settings });
}

interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly options: RequestOptions;
  readonly agent: Agent;
}

class HttpClient implements KubeClient {
  private readonly credentials: Credentials;
  private readonly settings: ClientSettings;
  private readonly kept: Agent;
  /** For watches, which hold their connections for minutes, and for what is urgent: as many as it takes. */
  private readonly held: Agent;
  private forgotAt = Number.NEGATIVE_INFINITY;

  constructor(credentials: Credentials, settings: ClientSettings) {
    this.credentials = credentials;
    this.settings = settings;
    const AgentOf = credentials.server.protocol === 'http:' ? HttpAgent : HttpsAgent;
    const common = { keepAlive: true, keepAliveMsecs: PROBE_MILLIS, timeout: IDLE_MILLIS };
    this.kept = new AgentOf({ ...common, maxSockets: MOST_CONNECTIONS, scheduling: 'lifo' });
    this.held = new AgentOf({ ...common, maxFreeSockets: 1 });
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const outgoing = { method, path, options, agent: options.isUrgent ? this.held : this.kept };
    const first = await this.attempt<T>(outgoing);
    if ('parsed' in first) return first.parsed;
    // The server closed a kept connection while we were writing to it. A POST may have got through all the same.
    if (!first.mayRepeat || method === 'POST') throw first.failure;
    const second = await this.attempt<T>(outgoing);
    if ('parsed' in second) return second.parsed;
    throw second.failure;
  }

  async stream(path: string, { query, signal, quietMillis, onOpen, onChunk }: StreamOptions): Promise<void> {
    const what = `GET ${path}`;
    const exchange = await this.open({ method: 'GET', path, options: { query, signal }, agent: this.held });
    const { timeoutMillis } = this.settings;
    const answered = exchange.limit(timeoutMillis, `no answer within ${timeoutMillis} ms`);
    const release = stopOnAbort(exchange, what, signal);
    try {
      const response = await exchange.response();
      if (response.statusCode !== 200) throw await this.refused(exchange, response, what);
      answered();
      onOpen?.();
      await untilQuiet({ exchange, response, what, quietMillis, onChunk });
    } catch (failure) {
      if (isApiError(failure)) this.learnFrom(failure);
      throw failure;
    } finally {
      answered();
      release();
    }
  }

  close(): void {
    this.kept.destroy();
    this.held.destroy();
  }

  private async attempt<T>(outgoing: Outgoing): Promise<{ parsed: T } | { failure: ApiError; mayRepeat: boolean }> {
    const { method, path, options } = outgoing;
    const what = `${method} ${path}`;
    const millis = options.timeoutMillis ?? this.settings.timeoutMillis;
    const started = performance.now();
    const exchange = await this.open(outgoing);
    const clear = exchange.limit(millis - (performance.now() - started), `no answer within ${millis} ms`);
    const release = stopOnAbort(exchange, what, options.signal);
    try {
      return { parsed: await this.answer<T>(exchange, what) };
    } catch (failure) {
      if (!isApiError(failure)) throw failure;
      this.learnFrom(failure);
      return { failure, mayRepeat: failure.reason === 'Unreachable' && exchange.wasOnKeptConnection };
    } finally {
      clear();
      release();
    }
  }

  private async answer<T>(exchange: Exchange, what: string): Promise<T> {
    const response = await exchange.response();
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw await this.refused(exchange, response, what);
    const text = await textOf(exchange, response);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw silence(
        'Unreadable',
        what,
        'the answer is not JSON: is this the address of a Kubernetes API server?',
        cause,
      );
    }
  }

  private async refused(exchange: Exchange, response: IncomingMessage, what: string): Promise<ApiError> {
    const text = await textOf(exchange, response);
    return refusal(what, response.statusCode ?? 0, text, response.headers['retry-after']);
  }

  private async open({ method, path, options, agent }: Outgoing): Promise<Exchange> {
    const what = `${method} ${path}`;
    const { timeoutMillis, connectMillis, userAgent } = this.settings;
    const access = await this.access(what, options.timeoutMillis ?? timeoutMillis);
    if (options.signal?.aborted) throw aborted(what);
    options.guard?.();
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const headers = { accept: 'application/json', 'user-agent': userAgent, ...access.headers, ...sized(body, options) };
    const url = urlOf(this.credentials.server, path, options.query);
    return new Exchange({
      what,
      method,
      url,
      headers,
      tls: access.tls,
      body,
      agent: access.agent ?? agent,
      connectMillis,
    });
  }

  /** An exec plugin may hang as well. */
  private async access(what: string, millis: number): Promise<CallAccess> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`they took more than ${millis} ms`)), millis);
    });
    try {
      return await Promise.race([this.credentials.access(), late]);
    } catch (cause) {
      throw silence('Credentials', what, `cannot get the credentials: ${(cause as Error).message}`, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** After silence, kept connections may lead nowhere, and each would cost a time-out. */
  private learnFrom(failure: ApiError): void {
    if (failure.isSilent) [this.kept, this.held].forEach(dropIdle);
    if (failure.status !== 401 || performance.now() - this.forgotAt < FORGET_MILLIS) return;
    this.forgotAt = performance.now();
    this.credentials.forget();
  }
}

function sized(
  body: string | undefined,
  { contentType = 'application/json' }: RequestOptions,
): Record<string, string | number> {
  return body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
}

function urlOf(server: URL, path: string, query: Query = {}): URL {
  const url = new URL(server);
  url.pathname = server.pathname.replace(/\/$/, '') + path;
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

async function textOf(exchange: Exchange, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  await exchange.eachChunk(response, (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

interface Streaming extends Pick<StreamOptions, 'quietMillis' | 'onChunk'> {
  readonly exchange: Exchange;
  readonly response: IncomingMessage;
  readonly what: string;
}

async function untilQuiet({ exchange, response, what, quietMillis, onChunk }: Streaming): Promise<void> {
  const giveUp = (): void => exchange.stop(silence('Quiet', what, `nothing came for ${quietMillis} ms`));
  const quiet = setTimeout(giveUp, quietMillis);
  try {
    await exchange.eachChunk(response, (chunk) => {
      quiet.refresh();
      onChunk(chunk);
    });
  } finally {
    clearTimeout(quiet);
  }
}

const aborted = (what: string): ApiError => silence('Aborted', what, 'not waited for any longer');

function stopOnAbort(exchange: Exchange, what: string, signal: AbortSignal | undefined): () => void {
  const stop = (): void => exchange.stop(aborted(what));
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return () => signal?.removeEventListener('abort', stop);
}

function dropIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) sockets?.forEach((socket) => socket.destroy());
}
