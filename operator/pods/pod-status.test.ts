import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { processReport, taskReport } from '../../job-runtime/telemetry/reports.test-kit.ts';
import { statusPage } from '../../job-runtime/telemetry/status.ts';
import { PodStatusReader } from './pod-status.ts';
import type { PodAddress } from './pod-status.ts';

const ip = '127.0.0.1';
const servers: Server[] = [];

async function pod(listener: RequestListener): Promise<PodAddress> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, ip, resolve));
  return { ip, port: (server.address() as AddressInfo).port };
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const identity = { namespace: 'taxi', name: 'rides', uid: 'u', run: 'k3x9' };
const page = (tasks: number): string =>
  JSON.stringify(
    statusPage(identity, 'pod-1', processReport({ tasks: Array.from({ length: tasks }, () => taskReport()) })),
    null,
    2,
  );
const RUNNING = { status: { phase: 'running', done: false } };

describe('PodStatusReader', () => {
  it('asks a pod for its status', async () => {
    const asked: unknown[] = [];
    const address = await pod(({ method, url }, response) => {
      asked.push([method, url]);
      response.end(page(2));
    });
    await expect(new PodStatusReader().read(address)).resolves.toEqual(RUNNING);
    expect(asked).toEqual([['GET', '/status']]);
  });

  it('reads no more of it than it needs', async () => {
    const sent = { bytes: 0, isClosed: false };
    const address = await pod((_request, response) => {
      response.on('close', () => (sent.isClosed = true));
      response.write(page(2000));
      const more = (): void => {
        if (sent.isClosed) return;
        sent.bytes += 65_536;
        response.write('x'.repeat(65_536));
        setImmediate(more);
      };
      more();
    });
    await expect(new PodStatusReader({ timeoutMillis: 20_000 }).read(address)).resolves.toEqual(RUNNING);
    while (!sent.isClosed) await new Promise((resolve) => setTimeout(resolve, 1));
  });

  it.each<{ title: string; listener: RequestListener; want: string }>([
    {
      title: 'answers with an error',
      listener: (_request, response) => response.writeHead(500).end(page(1)),
      want: 'the pod answers /status with 500',
    },
    {
      title: 'sends it elsewhere',
      listener: (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      want: 'the pod answers /status with 302',
    },
    {
      title: 'speaks of something else',
      listener: (_request, response) => response.end('<html>'),
      want: 'the pod answers /status with something else than its status',
    },
    {
      title: 'never answers',
      listener: () => undefined,
      want: 'the pod does not answer within 50 ms',
    },
    {
      title: 'never comes to an end',
      listener: (_request, response) => {
        response.write('{');
        const drip = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(drip));
      },
      want: 'the pod does not answer within 50 ms',
    },
    {
      title: 'hangs up',
      listener: ({ socket }) => void socket.destroy(),
      want: 'the pod cannot be asked: it closed the connection',
    },
  ])('says so of a pod that $title', async ({ listener, want }) => {
    const reader = new PodStatusReader({ timeoutMillis: want.includes('50 ms') ? 50 : 20_000 });
    await expect(reader.read(await pod(listener))).resolves.toEqual({ failure: want });
  });

  it('says so where nothing listens', async () => {
    const address = await pod(() => undefined);
    await new Promise((resolve) => servers.pop()!.close(resolve));
    const failure = 'the pod cannot be asked: nothing listens there';
    await expect(new PodStatusReader().read(address)).resolves.toEqual({ failure });
  });

  it.each(['', 'example.org', '127.0.0.1/x', '127.0.0.1@host'])('asks nobody at %j', async (wrong) => {
    await expect(new PodStatusReader().read({ ip: wrong, port: 1 })).resolves.toEqual({
      failure: 'the pod has no address',
    });
  });

  it('asks few at once, and in the end all', async () => {
    let open = 0;
    let most = 0;
    const address = await pod((_request, response) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        response.end(page(1));
      }, 5);
    });
    const reader = new PodStatusReader({ atOnce: 3, timeoutMillis: 20_000 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => reader.read(address)));
    expect(answers).toEqual(Array.from({ length: 20 }, () => RUNNING));
    expect(most).toBe(3);
  });

  it('goes on to the next when one does not answer', async () => {
    const silent = await pod(() => undefined);
    const fine = await pod((_request, response) => response.end(page(1)));
    const reader = new PodStatusReader({ atOnce: 1, timeoutMillis: 500 });
    const [first, second] = await Promise.all([reader.read(silent), reader.read(fine)]);
    expect(first).toEqual({ failure: 'the pod does not answer within 500 ms' });
    expect(second).toEqual(RUNNING);
  });
});
