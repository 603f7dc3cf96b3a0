import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from './client.ts';
import type { KubeClient } from './kube-client.ts';
import { FakeApi, answer, refuse, until } from './fake-api.test-kit.ts';
import { Lease, LeadershipLost } from './lease.ts';

/** A twentieth of the real times. */
const TIMING = { durationMillis: 750, deadlineMillis: 500, retryMillis: 50 };

describe('Lease', () => {
  let api: FakeApi;
  let client: KubeClient;
  let stop: AbortController;
  let held: { metadata: { resourceVersion: string }; spec: Record<string, unknown> } | undefined;
  let changes: boolean[];
  let troubles: (string | undefined)[];
  let lease: Lease;
  let running: Promise<void>;
  /** What stands for the time of one process. */
  let skipped: number;

  beforeEach(async () => {
    api = await FakeApi.start();
    client = connect(api.credentials());
    stop = new AbortController();
    [held, changes, troubles, skipped] = [undefined, [], [], 0];
    api.handler = (request) => {
      const { metadata, spec } = (request.body ?? {}) as NonNullable<typeof held>;
      if (request.method === 'GET') return held ? answer(request, 200, held) : refuse(request, 404, 'NotFound');
      if (held && held.metadata.resourceVersion !== metadata.resourceVersion) return refuse(request, 409, 'Conflict');
      held = { metadata: { resourceVersion: String(request.count) }, spec };
      answer(request, 200, held);
    };
  });

  afterEach(async () => {
    stop.abort();
    await running;
    await lease.release();
    client.close();
    await api.stop();
  });

  function start(): Lease {
    lease = new Lease({
      client,
      namespace: 'default',
      name: 'operator',
      me: 'me',
      timing: TIMING,
      clock: () => ({ monotonic: performance.now() + skipped, wall: Date.now() + skipped }),
      onChange: (isLeading) => changes.push(isLeading),
      onTrouble: (line) => troubles.push(line),
    });
    running = lease.run(stop.signal);
    return lease;
  }

  it('leads, renews, and gives the Lease back at the end', async () => {
    start();
    await until(() => api.requests.filter(({ method }) => method === 'PUT').length > 3);
    expect(lease.assertLeading()).toBeGreaterThan(0);
    expect(changes[0]).toBe(true);
    stop.abort();
    await running;
    await lease.release();
    expect([held?.spec['holderIdentity'], lease.isLeading(), changes.at(-1)]).toEqual(['', false, false]);
  });

  it('stops leading by itself when the server falls silent, and says why', async () => {
    start();
    await until(() => lease.isLeading());
    api.handler = () => undefined;
    await until(() => changes.at(-1) === false);
    expect(lease.isLeading()).toBe(false);
    expect(() => lease.assertLeading()).toThrow(LeadershipLost);
    await until(() => troubles.length > 0);
    expect(troubles[0]).toMatch(/no answer within 250 ms/);
  });

  it('does not lead right after its process was frozen, before it has done anything', async () => {
    start();
    await until(() => lease.isLeading());
    skipped += 1000;
    expect(lease.isLeading()).toBe(false);
    expect(() => lease.assertLeading()).toThrow(LeadershipLost);
  });

  it('gives a write less time than passes until somebody else can lead', async () => {
    start();
    await until(() => lease.isLeading());
    expect(lease.assertLeading()).toBeLessThan(TIMING.durationMillis - 10);
  });

  it('waits while somebody else renews, and takes over when that ends', async () => {
    let renewals = 0;
    const other = { holderIdentity: 'other', leaseDurationSeconds: 0 };
    held = { metadata: { resourceVersion: 'other-0' }, spec: other };
    const timer = setInterval(() => {
      held = { metadata: { resourceVersion: `other-${++renewals}` }, spec: other };
    }, 50);
    start();
    await until(() => renewals > 20);
    expect([lease.isLeading(), changes]).toEqual([false, []]);
    clearInterval(timer);
    await until(() => lease.isLeading());
    expect(held?.spec['holderIdentity']).toBe('me');
  });
});
