/** The Kubernetes edge on a real API server: what a fake one would only agree with us about. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { manifest } from '../../test/crd/manifests.ts';
import { startApiServer, whyNoPrograms } from '../../test/harness/apiserver.ts';
import type { ApiServer } from '../../test/harness/apiserver.ts';
import { describeIf } from '../../test/harness/skip.ts';
import type { JobResource, KubeObject } from '../resources/kube-object.ts';
import { Writes } from './apply.ts';
import { connect } from './client.ts';
import type { KubeClient } from './kube-client.ts';
import { clusterCredentials } from './cluster-credentials.ts';
import { Heartbeat } from './heartbeat.ts';
import { Lease } from './lease.ts';
import { readInput, readSecret } from './secrets.ts';
import { Store } from './store.ts';
import { watchOnce } from './watch-stream.ts';
import { keepWatching } from './watch.ts';

const MINUTE = 60_000;
const JOBS = '/apis/streamjob.dev/v1alpha1/namespaces/default/streamjobs';
const MAPS = '/api/v1/namespaces/default/configmaps';
const OURS = 'streamjob.dev/kafka-cleanup';
const why = whyNoPrograms();

describeIf(why === undefined, why ?? '', 'the Kubernetes edge on a real API server', () => {
  let server: ApiServer;
  let client: KubeClient;
  let writes: Writes;
  const stop = new AbortController();

  beforeAll(async () => {
    server = await startApiServer();
    client = connect(await clusterCredentials({ kubeconfigFile: server.kubeconfigFile }));
    writes = writesOf(client, () => undefined);
    const crd = parse(readFileSync(path.join(import.meta.dirname, '../../crds/streamjobs.yaml'), 'utf8')) as object;
    await server.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    await eventually(async () => (await server.request('GET', JOBS)).status === 200);
  }, 30 * MINUTE);

  afterAll(async () => {
    stop.abort();
    client?.close();
    await server?.stop();
  });

  it('follows what is selected, page by page and then event by event', async () => {
    for (let index = 0; index < 7; index++) await createMap(`paged-${index}`, { app: 'paged' });
    await createMap('stranger', {});
    const { store } = await follow('app=paged', { pageSize: 3 });
    expect(namesIn(store)).toHaveLength(7);
    await createMap('paged-late', { app: 'paged' });
    await server.request('DELETE', `${MAPS}/paged-0`);
    await eventually(() => store.get('default', 'paged-late') !== undefined && !store.get('default', 'paged-0'));
    expect(store.get('default', 'paged-1')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(store.get('default', 'paged-1')?.metadata).not.toHaveProperty('managedFields');
  });

  it(
    'is told that a place long gone cannot be gone on from',
    async () => {
      await createMap('later', {});
      // Only what came after its start is kept in its memory.
      await server.stopServer();
      await server.startServer();
      const selection = { apiVersion: 'v1', kind: 'ConfigMap' };
      const call = { client, selection, version: '1', timeoutSeconds: 5, quietMillis: 10_000, signal: stop.signal };
      const watched = watchOnce(call, { onEvent: () => undefined, onBookmark: () => undefined });
      await expect(watched).rejects.toMatchObject({ isGone: true });
    },
    MINUTE,
  );

  it(
    'goes on within 10 s when a server that was frozen, or was away, is back',
    async () => {
      const { store, troubles, heartbeat } = await follow('app=outage', {});
      server.pause();
      await eventually(() => !heartbeat.isAnswering);
      await delay(2000);
      server.resume();
      await createMap('after-freeze', { app: 'outage' });
      await eventually(() => store.get('default', 'after-freeze') !== undefined);
      await server.stopServer();
      await eventually(() => troubles.at(-1) !== undefined);
      await delay(3000);
      await server.startServer();
      await createMap('after-absence', { app: 'outage' });
      await eventually(() => store.get('default', 'after-absence') !== undefined);
      await eventually(() => troubles.at(-1) === undefined);
      expect(namesIn(store).sort()).toEqual(['after-absence', 'after-freeze']);
    },
    MINUTE,
  );

  it('applies: creates, changes, takes back what it says no more, and leaves what is not its own', async () => {
    const { store } = await follow('app=applied', {});
    const into = writesOf(client, (object) => store.put(object));
    const made = await into.applyObject(map('applied', { app: 'applied' }, { a: '1', b: '2' }));
    expect(store.get('default', 'applied')?.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    const label = { metadata: { labels: { theirs: 'yes' } }, data: { b: 'drifted' } };
    await server.request('PATCH', `${MAPS}/applied`, label, { 'content-type': 'application/merge-patch+json' });
    const changed = await into.applyObject(map('applied', { app: 'applied' }, { b: '3' }));
    expect([changed.data, changed.metadata.labels]).toEqual([{ b: '3' }, { app: 'applied', theirs: 'yes' }]);
    const again = await into.applyObject(map('applied', { app: 'applied' }, { b: '3' }));
    expect(again.metadata.resourceVersion).toBe(changed.metadata.resourceVersion);
    await eventually(() => store.get('default', 'applied')?.data?.['b'] === '3');
  });

  it('deletes only the very object that was meant', async () => {
    const { metadata } = await writes.applyObject(map('doomed', {}));
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'doomed' };
    await writes.deleteObject({ ...ref, uid: '00000000-0000-0000-0000-000000000000' });
    expect((await server.request('GET', `${MAPS}/doomed`)).status).toBe(200);
    await writes.deleteObject({ ...ref, uid: metadata.uid });
    expect((await server.request('GET', `${MAPS}/doomed`)).status).toBe(404);
    await writes.deleteObject({ ...ref, uid: metadata.uid });
  });

  it('writes the whole status, and leaves the conditions of others and the spec', async () => {
    const job = await createJob('stated');
    const condition = { status: 'True', reason: 'Known', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const theirs = { status: { conditions: [{ ...condition, type: 'Theirs' }] } };
    await server.request('PATCH', `${JOBS}/stated/status`, theirs, { 'content-type': 'application/merge-patch+json' });
    const first = { phase: 'Running', lag: 7, conditions: [{ ...condition, type: 'Ready' }] } as never;
    await writes.writeStatus(job, first);
    const written = (await writes.writeStatus(job, { phase: 'Suspended' })) as JobResource;
    expect(written.status).toEqual({ phase: 'Suspended', conditions: [{ ...condition, type: 'Theirs' }] });
    expect([written.spec, written.metadata.generation]).toEqual([job.spec, 1]);
    const same = await writes.writeStatus(job, { phase: 'Suspended' });
    expect(same?.metadata.resourceVersion).toBe(written.metadata.resourceVersion);
  });

  it('writes no status to the successor of a job, or to none', async () => {
    const job = await createJob('reborn');
    await server.request('DELETE', `${JOBS}/reborn`);
    await expect(writes.writeStatus(job, { phase: 'Running' })).resolves.toBeUndefined();
    const successor = await createJob('reborn');
    await expect(writes.writeStatus(job, { phase: 'Running' })).resolves.toBeUndefined();
    expect(successor.metadata.uid).not.toBe(job.metadata.uid);
    expect((await jobNow('reborn')).status).toBeUndefined();
  });

  it('adds and removes its finalizer beside others, from what it knew before they came', async () => {
    const stale = await createJob('final');
    await server.request(
      'PATCH',
      `${JOBS}/final`,
      { metadata: { finalizers: ['example.org/theirs'] } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await writes.changeFinalizer(stale, 'add', OURS);
    expect((await jobNow('final')).metadata.finalizers).toEqual(['example.org/theirs', OURS]);
    await server.request('DELETE', `${JOBS}/final`);
    await writes.changeFinalizer(await jobNow('final'), 'remove', OURS);
    expect((await jobNow('final')).metadata.finalizers).toEqual(['example.org/theirs']);
    await server.request(
      'PATCH',
      `${JOBS}/final`,
      { metadata: { finalizers: [] } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await expect(writes.changeFinalizer(stale, 'add', OURS)).resolves.toBeUndefined();
  });

  it('creates Events that belong to the job', async () => {
    const job = await createJob('eventful');
    await writes.createEvent(job, { type: 'Warning', reason: 'TopicNotFound', message: 'no such topic' });
    const { body } = await server.request('GET', '/api/v1/namespaces/default/events');
    const { items } = body as { items: { involvedObject: object; message: string; reason: string }[] };
    expect(items.map(({ reason, message, involvedObject }) => ({ reason, message, involvedObject }))).toContainEqual({
      reason: 'TopicNotFound',
      message: 'no such topic',
      involvedObject: expect.objectContaining({ name: 'eventful', uid: job.metadata.uid }) as object,
    });
  });

  it('is told that a namespace is going', async () => {
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: 'going' } });
    const finalizer = { metadata: { name: 'stays', namespace: 'going', finalizers: ['example.org/stays'] } };
    await server.request('POST', '/api/v1/namespaces/going/configmaps', finalizer);
    await server.request('DELETE', '/api/v1/namespaces/going');
    const late = { ...map('late', {}), metadata: { name: 'late', namespace: 'going' } };
    await expect(writes.applyObject(late)).rejects.toMatchObject({ isForbidden: true, isNamespaceEnding: true });
  });

  it('reads Secrets as far as it may', async () => {
    const secret = { metadata: { name: 'kafka' }, stringData: { username: 'u', password: 'päss' } };
    await server.request('POST', '/api/v1/namespaces/default/secrets', secret);
    await expect(readSecret(client, 'default', 'kafka')).resolves.toEqual({
      data: { username: 'u', password: 'päss' },
    });
    const ref = { kind: 'Secret', namespace: 'default', name: 'kafka' } as const;
    await expect(readInput(client, ref)).resolves.toMatchObject({ found: { keys: ['password', 'username'] } });
    await server.request('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'poor' } });
    const kubeconfig = await server.kubeconfigFor({ namespace: 'default', name: 'poor' });
    const kubeconfigFile = await server.writeKubeconfig(kubeconfig);
    const poor = connect(await clusterCredentials({ kubeconfigFile }));
    const { trouble } = await readInput(poor, ref);
    poor.close();
    expect(trouble).toMatch(/grant its service account "get" on secrets in namespace "default"/);
  });

  it(
    'lets one of two lead: the first, the other after it stops, none while the server is frozen',
    async () => {
      const timing = { durationMillis: 5_000, deadlineMillis: 3_000, retryMillis: 300 };
      const own = { namespace: 'default', name: 'election', client, timing };
      const both: Lease[] = [];
      const bothLed: number[] = [];
      const candidate = (me: string): { lease: Lease; end: AbortController; run: Promise<void> } => {
        const onChange = (): void => {
          if (both.filter((each) => each.isLeading()).length > 1) bothLed.push(Date.now());
        };
        const lease = new Lease({ ...own, me, onChange });
        both.push(lease);
        const end = new AbortController();
        return { lease, end, run: lease.run(end.signal) };
      };
      const one = candidate('one');
      await eventually(() => one.lease.isLeading());
      const two = candidate('two');
      await delay(6_000);
      expect([one.lease.isLeading(), two.lease.isLeading()]).toEqual([true, false]);
      one.end.abort();
      await one.run;
      await one.lease.release();
      await eventually(() => two.lease.isLeading());
      server.pause();
      await eventually(() => !two.lease.isLeading());
      expect(() => two.lease.assertLeading()).toThrow(/writes nothing/);
      server.resume();
      await eventually(() => two.lease.isLeading());
      two.end.abort();
      await two.run;
      await two.lease.release();
      const { body } = await server.request('GET', '/apis/coordination.k8s.io/v1/namespaces/default/leases/election');
      expect((body as { spec: object }).spec).toMatchObject({ holderIdentity: '', leaseTransitions: 1 });
      expect(bothLed).toEqual([]);
    },
    MINUTE,
  );

  interface Following {
    readonly store: Store;
    readonly troubles: (string | undefined)[];
    readonly heartbeat: Heartbeat;
  }

  async function follow(labelSelector: string, settings: { pageSize?: number }): Promise<Following> {
    const store = new Store({ onListenerFailure: (failure) => process.stderr.write(String(failure)) });
    const troubles: (string | undefined)[] = [];
    const heartbeat = new Heartbeat(client, { everyMillis: 1_000, timeoutMillis: 1_000, retryMillis: 500 });
    const selection = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', labelSelector };
    const needs = {
      client,
      heartbeat,
      random: Math.random,
      settings,
      onTrouble: (line?: string) => troubles.push(line),
    };
    void heartbeat.run(stop.signal);
    void keepWatching(selection, store.source('default'), needs, stop.signal);
    await eventually(() => store.isSynced);
    return { store, troubles, heartbeat };
  }

  async function createMap(name: string, labels: Record<string, string>): Promise<void> {
    const { status } = await server.request('POST', MAPS, map(name, labels));
    if (status !== 201) throw new Error(`no ConfigMap ${name}: ${status}`);
  }

  async function createJob(name: string): Promise<JobResource> {
    const { status, body } = await server.request('POST', JOBS, { ...manifest({}), metadata: { name } });
    if (status !== 201) throw new Error(`no StreamJob ${name}: ${JSON.stringify(body)}`);
    return body as JobResource;
  }

  async function jobNow(name: string): Promise<JobResource> {
    return (await server.request('GET', `${JOBS}/${name}`)).body as JobResource;
  }
});

function writesOf(client: KubeClient, onWritten: (object: KubeObject) => void): Writes {
  return new Writes({ client, assertLeading: () => 10_000, onWritten, now: () => Date.now(), instance: 'operator-0' });
}

const map = (name: string, labels: Record<string, string>, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
  data,
});

const namesIn = (store: Store): string[] => store.all().map(({ metadata }) => metadata.name);

/** Waits until it holds: 10 s are what the operator may take for anything here. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await holds());) {
    if (Date.now() > deadline) throw new Error('waited 10 s in vain');
    await delay(50);
  }
}
