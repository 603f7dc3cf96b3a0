import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Verdict } from './health.ts';
import { startHttpServer } from './http-server.ts';
import type { HttpServer, Pages } from './http-server.ts';
import { processReport } from './reports.test-kit.ts';
import { statusPage } from './status.ts';

const identity = { namespace: 'taxi', name: 'rides', uid: 'u', run: 'k3x9' };
const OK: Verdict = { isOk: true, reason: 'running' };
const host = '127.0.0.1';

let servers: HttpServer[] = [];

async function serve(change: Partial<Pages> = {}): Promise<string> {
  const pages: Pages = {
    live: () => OK,
    ready: () => OK,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a 1\n' }),
    status: () => statusPage(identity, 'pod-1', processReport()),
    ...change,
  };
  const server = await startHttpServer({ port: 0, host }, pages);
  servers.push(server);
  return `http://${host}:${server.port}`;
}

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

describe('startHttpServer', () => {
  it.each(['/livez', '/readyz', '/livez?verbose'])('answers %s with the verdict', async (path) => {
    const response = await fetch((await serve()) + path);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('running\n');
  });

  it.each([
    { path: '/livez', pages: { live: () => ({ isOk: false, reason: 'stuck' }) } },
    { path: '/readyz', pages: { ready: () => ({ isOk: false, reason: 'stuck' }) } },
  ])('answers $path with 503 and the reason when it is not so', async ({ path, pages }) => {
    const response = await fetch((await serve(pages)) + path);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('stuck\n');
  });

  it('answers /metrics in the format that it is given', async () => {
    const response = await fetch(`${await serve()}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toBe('a 1\n');
  });

  it('answers /status with JSON', async () => {
    const response = await fetch(`${await serve()}/status`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ job: { name: 'rides' }, phase: 'running', done: false, tasks: [] });
  });

  it('answers HEAD without a body', async () => {
    const response = await fetch(`${await serve()}/livez`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('8');
    expect(await response.text()).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const response = await fetch(`${await serve()}/status`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it.each(['/', '/livez/', '/etc/passwd', '/%6civez', '/constructor'])('has nothing at %s', async (path) => {
    expect((await fetch((await serve()) + path)).status).toBe(404);
  });

  it('tells nothing of an error of its own, and goes on', async () => {
    const base = await serve({
      metrics: async () => {
        throw new TypeError('the password is hunter2');
      },
    });
    const response = await fetch(`${base}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('cannot be told: TypeError\n');
    expect((await fetch(`${base}/livez`)).status).toBe(200);
  });

  it('says it clearly when the port is taken', async () => {
    const { port } = new URL(await serve());
    const second = startHttpServer({ port: Number(port), host }, {} as Pages);
    await expect(second).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: `cannot listen on HTTP port ${port}: another program listens there; set STREAMJOB_HTTP_PORT to another port, or to 0 for none`,
    });
  });

  it('says it clearly when the address is not of this machine', async () => {
    // Kept for documents (RFC 5737): nobody has it.
    await expect(startHttpServer({ port: 0, host: '192.0.2.1' }, {} as Pages)).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: 'cannot serve HTTP: this machine has no address 192.0.2.1; set STREAMJOB_HTTP_HOST to one that it has',
    });
  });

  it('closes though a client holds a connection open', async () => {
    const base = await serve();
    await (await fetch(`${base}/livez`)).text();
    const silent = connect(Number(new URL(base).port), host);
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.once('connect', resolve));
    silent.write('GET /livez HTTP/1.1\r\n');
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
    await expect(fetch(`${base}/livez`)).rejects.toThrow('fetch failed');
    silent.destroy();
  });
});
