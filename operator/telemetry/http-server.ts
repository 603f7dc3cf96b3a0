/**
 * The pages that Kubernetes and Prometheus ask the operator for: /livez, /readyz, /metrics. They are read only, hold no
 * secrets and take no input, so they need no authentication; nothing else belongs here.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamJobError } from '../../job-runtime/errors.ts';
import type { Verdict } from './health.ts';
import type { MetricsPage } from './metrics.ts';

/** Asked at each request. */
export interface Pages {
  readonly live: () => Verdict;
  readonly ready: () => Verdict;
  readonly metrics: () => Promise<MetricsPage>;
}

export interface HttpServer {
  /** The one that was asked for; a free one for 0. */
  readonly port: number;
  /** Answers what is under way, takes no more requests, and resolves when all connections are closed. */
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly port: number;
  /** Address to listen at. Absent: all of the machine's. */
  readonly host?: string | undefined;
}

/** Nobody who asks is slow. */
const REQUEST_MILLIS = 5000;
const CLOSE_MILLIS = 1000;

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

type Routes = ReadonlyMap<string, () => Promise<Answer> | Answer>;

/** Throws ConfigInvalid when the address or the port cannot be had. */
export async function startHttpServer(options: HttpOptions, pages: Pages): Promise<HttpServer> {
  const routes = routesOf(pages);
  const limits = { requestTimeout: REQUEST_MILLIS, headersTimeout: REQUEST_MILLIS };
  const server = createServer(limits, (request, response) => {
    void answer(request, routes).then((given) => write(response, given));
  });
  await listen(server, options);
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function routesOf({ live, ready, metrics }: Pages): Routes {
  return new Map<string, () => Promise<Answer> | Answer>([
    ['/livez', () => verdictAnswer(live())],
    ['/readyz', () => verdictAnswer(ready())],
    ['/metrics', async () => metricsAnswer(await metrics())],
  ]);
}

const verdictAnswer = ({ isOk, reason }: Verdict): Answer => text(isOk ? 200 : 503, reason);
const metricsAnswer = ({ contentType, text: body }: MetricsPage): Answer => ({ code: 200, type: contentType, body });
const text = (code: number, line: string): Answer => ({ code, type: 'text/plain; charset=utf-8', body: `${line}\n` });

async function answer({ url = '/', method }: IncomingMessage, routes: Routes): Promise<Answer> {
  const route = routes.get(url.split('?', 1)[0]!);
  if (!route) return text(404, `there are ${[...routes.keys()].join(', ')}`);
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'GET only');
  try {
    return await route();
  } catch (error) {
    // Its text is for the log: whoever asks here may be anybody in the cluster.
    return text(500, `cannot be told: ${error instanceof Error ? error.name : 'unknown error'}`);
  }
}

/** Node leaves the body out of the answer to HEAD. */
function write(response: ServerResponse, { code, type, body }: Answer): void {
  response.writeHead(code, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(code === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(body);
}

function listen(server: Server, { port, host }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays on: later ones, such as too many open files, concern one connection and end nothing.
    server.on('error', (error: NodeJS.ErrnoException) => reject(listenError(port, error)));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'permission denied',
};

function listenError(port: number, cause: NodeJS.ErrnoException): StreamJobError {
  const reason = REASONS[cause.code ?? ''] ?? cause.message;
  const line = `cannot listen on HTTP port ${port}: ${reason}; set STREAMJOB_OPERATOR_HTTP_PORT to another port`;
  return new StreamJobError('ConfigInvalid', line, { cause });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_MILLIS);
    server.close(() => {
      clearTimeout(impatient);
      resolve();
    });
  });
}
