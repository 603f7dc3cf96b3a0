import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { liveness, readiness } from './health.ts';
import { startHttpServer } from './http-server.ts';
import type { HttpServer, Pages } from './http-server.ts';
import { createMetrics } from './metrics.ts';
import { operatorReport } from './report.test-kit.ts';

const host = '127.0.0.1';
let servers: HttpServer[] = [];

async function serve(change: Partial<Pages> = {}, report = operatorReport()): Promise<string> {
  const metrics = createMetrics({ version: '0.1.0', report: () => report });
  const pages: Pages = {
    live: () => liveness(report),
    ready: () => readiness(report),
    metrics: () => metrics.page(),
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
    expect(await response.text()).toBe('leading\n');
  });

  it.each([
    {
      path: '/livez',
      report: operatorReport({ queue: { longestRunMillis: 200_000 } }),
      want: 'a pass has lasted for 200 s\n',
    },
    { path: '/readyz', report: operatorReport({ unsynced: ['Pod'] }), want: 'not listed yet: Pod\n' },
  ])('answers $path with 503 and the reason when it is not so', async ({ path, report, want }) => {
    const response = await fetch((await serve({}, report)) + path);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe(want);
  });

  it('answers /metrics as Prometheus reads it', async () => {
    const response = await fetch(`${await serve()}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain('\nstreamjob_operator_is_leader 1\n');
  });

  it('answers HEAD without a body', async () => {
    const response = await fetch(`${await serve()}/livez`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const response = await fetch(`${await serve()}/metrics`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it.each(['/', '/livez/', '/status', '/%6civez', '/constructor'])('has nothing at %s', async (path) => {
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
    await expect(startHttpServer({ port: Number(port), host }, {} as Pages)).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: `cannot listen on HTTP port ${port}: another program listens there; set STREAMJOB_OPERATOR_HTTP_PORT to another port`,
    });
  });

  it('closes though a client holds a connection open', async () => {
    const base = await serve();
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
