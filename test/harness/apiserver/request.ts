/** HTTPS to the test's API server: one request, or a watch, with no client library between. */
import { request as httpsRequest } from 'node:https';

export type Address = Readonly<{ port: number; token: string; ca: string }>;

export type Answer = Readonly<{ status: number; body: unknown }>;

export type Call = Readonly<{
  method: string;
  at: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
}>;

/** A server that is held (SIGSTOP) accepts connections and says nothing. */
const SILENCE_TIMEOUT_MILLIS = 60_000;

/** Rejects when there is no whole answer; an answer of any status is one. */
export function send(address: Address, call: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    // Node tells no length of what a DELETE carries, which the server then does not read.
    const about = body && { 'content-type': 'application/json', 'content-length': body.length };
    const headers = { ...about, ...call.headers };
    const options = { method: call.method, path: call.at, headers: { ...authorized(address), ...headers } };
    const outgoing = httpsRequest({ ...reachable(address), ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }),
      );
      response.on('error', reject);
    });
    outgoing.setTimeout(SILENCE_TIMEOUT_MILLIS, () => outgoing.destroy(new Error('the API server does not answer')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Reads the lines of a watch as parsed JSON until the server ends it or the signal aborts; rejects on a broken one. */
export function watch(
  address: Address,
  at: string,
  onEvent: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { path: at, headers: authorized(address), signal };
    const outgoing = httpsRequest({ ...reachable(address), ...options }, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onEvent(parsed(line));
      });
      response.on('end', resolve);
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const authorized = ({ token }: Address): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** One connection per call: a kept one would outlive the server that it led to. */
const reachable = ({ port, ca }: Address): object => ({ host: '127.0.0.1', port, ca, agent: false });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
