/**
 * Asks pods how they do: `http://PODIP:PORT/status`. Short and bounded in each way, since the operator works for all
 * jobs and a pod is not trusted: little time, few at once, no more bytes than are needed, no redirect, no name to look
 * up, no compression.
 */
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { oneLine } from './one-line.ts';
import { readStatusPage } from './status-page.ts';
import type { PodStatus } from './status-page.ts';

export interface PodAddress {
  /** As the kubelet wrote it into the pod's status. */
  readonly ip: string;
  readonly port: number;
}

/** `failure`: why there is no status, in one line. */
export type PodAnswer = { readonly status: PodStatus } | { readonly failure: string };

export interface PodStatusOptions {
  /** For connection, headers and body together. */
  readonly timeoutMillis: number;
  /** Pods that are asked at the same time; the others wait for their turn. */
  readonly atOnce: number;
}

const DEFAULT: PodStatusOptions = { timeoutMillis: 2000, atOnce: 8 };
/** The tasks come last, and make up what is beyond it. */
const MOST_BYTES = 64 * 1024;

export class PodStatusReader {
  private readonly options: PodStatusOptions;
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(options: Partial<PodStatusOptions> = {}) {
    this.options = { ...DEFAULT, ...options };
    this.free = this.options.atOnce;
  }

  /** Never throws: a pod that does not answer is one of the things to be known about it. */
  async read(address: PodAddress): Promise<PodAnswer> {
    if (isIP(address.ip) === 0) return { failure: 'the pod has no address' };
    const { timeoutMillis } = this.options;
    await this.enter();
    const signal = AbortSignal.timeout(timeoutMillis);
    try {
      return answerOf(await ask(address, signal));
    } catch (error) {
      // However Node calls what it makes of that.
      if (signal.aborted) return { failure: `the pod does not answer within ${timeoutMillis} ms` };
      return { failure: oneLine(`the pod cannot be asked: ${reasonOf(error as NodeJS.ErrnoException)}`) };
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => void this.queue.push(resolve));
  }

  /** The next in the queue takes the place over. */
  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.free++;
  }
}

interface Page {
  readonly code: number;
  readonly text: string;
}

function ask({ ip, port }: PodAddress, signal: AbortSignal): Promise<Page> {
  return new Promise((resolve, reject) => {
    // Without an agent: pods come and go, and a kept connection would hold the place of one that is gone.
    const request = get({ host: ip, port, path: '/status', agent: false, signal }, (response) => {
      beginningOf(response).then((text) => {
        resolve({ code: response.statusCode ?? 0, text });
        request.destroy();
      }, reject);
    });
    request.on('error', reject);
  });
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, MOST_BYTES);
}

function answerOf({ code, text }: Page): PodAnswer {
  if (code !== 200) return { failure: `the pod answers /status with ${code}` };
  const status = readStatusPage(text);
  return status ? { status } : { failure: 'the pod answers /status with something else than its status' };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
};

const reasonOf = ({ code = '', message }: NodeJS.ErrnoException): string => REASONS[code] ?? message;
