import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiError } from './api-error.ts';
import { isApiError } from './api-error.ts';
import { connect } from './client.ts';
import type { KubeClient } from './kube-client.ts';
import { FakeApi, answer, refuse } from './fake-api.test-kit.ts';

describe('KubeClient', () => {
  let api: FakeApi;
  let client: KubeClient;

  beforeEach(async () => {
    api = await FakeApi.start();
    client = connect(api.credentials());
  });

  afterEach(async () => {
    client.close();
    await api.stop();
  });

  it('sends JSON with its type and credentials, and parses the answer', async () => {
    api.handler = (request) => answer(request, 200, { grüße: 'ñ' });
    const options = { body: { a: 'ä' }, contentType: 'application/merge-patch+json', query: { x: 1, y: undefined } };
    await expect(client.request('PATCH', '/api/v1/things', options)).resolves.toEqual({ grüße: 'ñ' });
    expect(api.requests[0]).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/things',
      query: { x: '1' },
      body: { a: 'ä' },
      headers: { authorization: 'Bearer secret-token', 'content-type': 'application/merge-patch+json' },
    });
  });

  it('keeps the path of a server that stands behind one', async () => {
    api.handler = (request) => answer(request, 200, {});
    const server = new URL(`http://127.0.0.1:${api.port}/clusters/one/`);
    await connect(api.credentials({ server })).request('GET', '/version');
    expect(api.requests[0]?.path).toBe('/clusters/one/version');
  });

  it.each([
    { status: 404, reason: 'NotFound', claim: 'isNotFound' },
    { status: 409, reason: 'Conflict', claim: 'isConflict' },
    { status: 410, reason: 'Expired', claim: 'isGone' },
    { status: 403, reason: 'Forbidden', claim: 'isForbidden' },
  ] as const)('tells $status as $claim', async ({ status, reason, claim }) => {
    api.handler = (request) => refuse(request, status, reason);
    const failure = await failureOf(client.request('GET', '/api/v1/pods'));
    expect([failure.status, failure.reason, failure[claim]]).toEqual([status, reason, true]);
    expect(failure.message).toBe(`GET /api/v1/pods: ${status} it is ${reason}`);
  });

  it('says how long a busy server wants to be left alone', async () => {
    api.handler = (request) => refuse(request, 429, 'TooManyRequests', { 'retry-after': '2' });
    const failure = await failureOf(client.request('GET', '/api/v1/pods'));
    expect([failure.isTooManyRequests, failure.retryAfterMillis]).toEqual([true, 2000]);
  });

  it('knows a namespace that is going', async () => {
    const details = { causes: [{ reason: 'NamespaceTerminating' }] };
    api.handler = (request) => answer(request, 403, { code: 403, reason: 'Forbidden', message: 'no', details });
    expect((await failureOf(client.request('POST', '/api/v1/pods', { body: {} }))).isNamespaceEnding).toBe(true);
  });

  it('puts a page of a load balancer into one line, without the body that was sent', async () => {
    api.handler = ({ response }) => response.writeHead(502).end('<html>\n<body>  Bad gateway</body>\n</html>');
    const { message } = await failureOf(client.request('PATCH', '/api/v1/pods', { body: { password: 'hunter2' } }));
    expect(message).toBe('PATCH /api/v1/pods: 502 <html> <body> Bad gateway</body> </html>');
  });

  it('gives a silent server no more than its time, and then drops its other connections', async () => {
    api.handler = (request) => answer(request, 200, {});
    await Promise.all([client.request('GET', '/version'), client.request('GET', '/version')]);
    api.handler = () => undefined;
    const failure = await failureOf(client.request('GET', '/version', { timeoutMillis: 50 }));
    expect([failure.status, failure.reason, failure.isSilent]).toEqual([0, 'Timeout', true]);
    const before = new Set(api.requests.map(({ socket }) => socket));
    api.handler = (request) => answer(request, 200, {});
    await client.request('GET', '/version');
    expect(before.has(api.requests.at(-1)!.socket)).toBe(false);
  });

  it('gives an answer that stops in the middle no more than its time', async () => {
    api.handler = ({ response }) => response.writeHead(200).write('{"half":');
    expect((await failureOf(client.request('GET', '/version', { timeoutMillis: 50 }))).reason).toBe('Timeout');
  });

  it('gives a connection that is not answered its own, shorter time', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const server = new URL(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const patient = connect(api.credentials({ server }), { connectMillis: 50, timeoutMillis: 60_000 });
    const failure = await failureOf(patient.request('GET', '/version'));
    expect(failure.message).toMatch(/no connection to .* within 50 ms/);
    sockets.forEach((socket) => socket.destroy());
    silent.close();
  });

  it('says where nobody listens', async () => {
    const { port } = api;
    await api.stop();
    const failure = await failureOf(client.request('GET', '/version'));
    expect([failure.reason, failure.message]).toEqual(['Unreachable', expect.stringContaining(`127.0.0.1:${port}`)]);
    api = await FakeApi.start();
  });

  it.each([
    { method: 'GET', sent: 3, outcome: 'answered' },
    { method: 'PATCH', sent: 3, outcome: 'answered' },
    { method: 'POST', sent: 2, outcome: 'Unreachable' },
  ])(
    'on a kept connection that breaks, $method is $outcome after $sent requests',
    async ({ method, sent, outcome }) => {
      api.handler = (request) => (request.count === 2 ? request.socket.destroy() : answer(request, 200, {}));
      await client.request('GET', '/version');
      const got = await client.request(method, '/api/v1/pods').then(
        () => 'answered',
        (failure: ApiError) => failure.reason,
      );
      expect([got, api.requests.length]).toEqual([outcome, sent]);
    },
  );

  it('asks the guard before each attempt, and sends nothing when it throws', async () => {
    api.handler = (request) => answer(request, 200, {});
    const guard = (): void => {
      throw new Error('not the leader');
    };
    await expect(client.request('PATCH', '/api/v1/pods', { guard })).rejects.toThrow('not the leader');
    expect(api.requests).toEqual([]);
  });

  it('sends what is urgent though all connections wait for answers', async () => {
    api.handler = (request) => (request.path === '/urgent' ? answer(request, 200, {}) : undefined);
    const abort = new AbortController();
    const slow = Array.from({ length: 40 }, () => failureOf(client.request('GET', '/slow', { signal: abort.signal })));
    await expect(client.request('GET', '/urgent', { isUrgent: true, timeoutMillis: 2_000 })).resolves.toEqual({});
    abort.abort();
    await Promise.all(slow);
  });

  it('stops waiting when the signal aborts', async () => {
    const abort = new AbortController();
    const asked = failureOf(client.request('GET', '/version', { signal: abort.signal }));
    api.handler = () => abort.abort();
    expect((await asked).reason).toBe('Aborted');
  });

  it('reads credentials anew when they are refused, though not for each request', async () => {
    let forgotten = 0;
    const once = connect(api.credentials({ forget: () => void forgotten++ }));
    api.handler = (request) => refuse(request, 401, 'Unauthorized');
    await failureOf(once.request('GET', '/version'));
    await failureOf(once.request('GET', '/version'));
    expect(forgotten).toBe(1);
  });

  it('does not wait for credentials that never come', async () => {
    const hanging = connect(api.credentials({ access: () => new Promise(() => undefined) }));
    expect((await failureOf(hanging.request('GET', '/version', { timeoutMillis: 30 }))).reason).toBe('Credentials');
  });

  it('says so when it is not a Kubernetes API', async () => {
    api.handler = ({ response }) => response.writeHead(200).end('hello');
    expect((await failureOf(client.request('GET', '/version'))).message).toMatch(/is not JSON/);
  });
});

async function failureOf(asked: Promise<unknown>): Promise<ApiError> {
  const failure: unknown = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isApiError(failure)) throw new Error(`no ApiError: ${String(failure)}`);
  return failure;
}
