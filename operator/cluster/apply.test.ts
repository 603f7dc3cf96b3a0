import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobResource, KubeObject } from '../resources/kube-object.ts';
import { Writes } from './apply.ts';
import { connect } from './client.ts';
import type { KubeClient } from './kube-client.ts';
import { FakeApi, answer, configMap, refuse } from './fake-api.test-kit.ts';
import { LeadershipLost } from './lease.ts';

const JOB: JobResource = {
  apiVersion: 'streamjob.dev/v1alpha1',
  kind: 'StreamJob',
  metadata: {
    namespace: 'default',
    name: 'rides',
    uid: 'u1',
    generation: 3,
    resourceVersion: '5',
    finalizers: ['a/b'],
  },
  spec: {},
};
const OURS = 'streamjob.dev/kafka-cleanup';
const MAP = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'rides-job' };

describe('Writes', () => {
  let api: FakeApi;
  let client: KubeClient;
  let written: KubeObject[];
  let leadsFor: () => number;
  let writes: Writes;

  beforeEach(async () => {
    api = await FakeApi.start();
    client = connect(api.credentials());
    written = [];
    leadsFor = () => 10_000;
    writes = new Writes({
      client,
      assertLeading: () => leadsFor(),
      onWritten: (object) => written.push(object),
      now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      instance: 'operator-0',
    });
    api.handler = (request) => answer(request, 200, { ...configMap('answer', '6') });
  });

  afterEach(async () => {
    client.close();
    await api.stop();
  });

  it('applies as one field manager, by force, and hands the answer on', async () => {
    await writes.applyObject(configMap('a', '5', { x: '1' }));
    const [request] = api.requests;
    expect(request).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/namespaces/default/configmaps/a',
      query: { fieldManager: 'streamjob-operator', force: 'true' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: { apiVersion: 'v1', kind: 'ConfigMap', data: { x: '1' } },
    });
    expect((request!.body as KubeObject).metadata.resourceVersion).toBeUndefined();
    expect(written.map(({ metadata }) => metadata.name)).toEqual(['answer']);
  });

  it('writes the status with a manager of its own, for this very job', async () => {
    await writes.writeStatus(JOB, { phase: 'Running' });
    expect(api.requests[0]).toMatchObject({
      path: '/apis/streamjob.dev/v1alpha1/namespaces/default/streamjobs/rides/status',
      query: { fieldManager: 'streamjob-operator-status', force: 'true' },
      body: { metadata: { namespace: 'default', name: 'rides', resourceVersion: '5' }, status: { phase: 'Running' } },
    });
  });

  it.each([
    { name: 'apply', write: () => writes.applyObject(configMap('a', '5')) },
    { name: 'delete', write: () => writes.deleteObject(MAP) },
    { name: 'write a status', write: () => writes.writeStatus(JOB, {}) },
    { name: 'change a finalizer', write: () => writes.changeFinalizer(JOB, 'add', OURS) },
    {
      name: 'create an Event',
      write: () => writes.createEvent(JOB, { type: 'Normal', reason: 'Scaled', message: '' }),
    },
  ])('does not $name when it does not lead', async ({ write }) => {
    leadsFor = () => {
      throw new LeadershipLost('no longer');
    };
    await expect(write()).rejects.toThrow(LeadershipLost);
    expect(api.requests).toEqual([]);
  });

  it('does not send what waited for credentials while leadership ended', async () => {
    let asked = 0;
    leadsFor = () => {
      if (++asked > 1) throw new LeadershipLost('no longer');
      return 10_000;
    };
    await expect(writes.applyObject(configMap('a', '5'))).rejects.toThrow(LeadershipLost);
    expect(api.requests).toEqual([]);
  });

  it('gives up a write before somebody else can lead', async () => {
    leadsFor = () => 40;
    api.handler = () => undefined;
    await expect(writes.applyObject(configMap('a', '5'))).rejects.toMatchObject({ reason: 'Timeout' });
  });

  it.each([
    { status: 404, reason: 'NotFound' },
    { status: 409, reason: 'Conflict' },
  ])('takes $status as deleted', async ({ status, reason }) => {
    api.handler = (request) => refuse(request, status, reason);
    await expect(writes.deleteObject({ ...MAP, uid: 'u7' })).resolves.toBeUndefined();
    expect(api.requests[0]?.body).toMatchObject({ preconditions: { uid: 'u7' }, propagationPolicy: 'Background' });
  });

  it('changes one finalizer on the newest state, and leaves the others', async () => {
    api.handler = (request) => {
      if (request.method === 'GET') {
        const metadata = { ...JOB.metadata, resourceVersion: '9', finalizers: ['a/b', 'c/d'] };
        return answer(request, 200, { ...JOB, metadata });
      }
      return request.count === 1 ? refuse(request, 409, 'Conflict') : answer(request, 200, JOB);
    };
    await writes.changeFinalizer(JOB, 'add', OURS);
    expect(api.requests.map(({ body }) => body)).toEqual([
      { metadata: { uid: 'u1', resourceVersion: '5', finalizers: ['a/b', OURS] } },
      undefined,
      { metadata: { uid: 'u1', resourceVersion: '9', finalizers: ['a/b', 'c/d', OURS] } },
    ]);
  });

  it.each([
    { name: 'it is there already', job: { ...JOB.metadata, finalizers: [OURS] }, change: 'add' },
    { name: 'it is gone already', job: JOB.metadata, change: 'remove' },
    { name: 'the job is being deleted', job: { ...JOB.metadata, deletionTimestamp: 'now' }, change: 'add' },
  ] as const)('writes no finalizer when $name', async ({ job, change }) => {
    await writes.changeFinalizer({ ...JOB, metadata: job }, change, OURS);
    expect(api.requests).toEqual([]);
  });

  it('gives up a status that somebody else keeps changing', async () => {
    api.handler = (request) =>
      request.method === 'GET' ? answer(request, 200, JOB) : refuse(request, 409, 'Conflict');
    await expect(writes.writeStatus(JOB, {})).rejects.toMatchObject({ isConflict: true });
    expect(api.requests).toHaveLength(5);
  });

  it('is done with the finalizer of a job that is gone, or is another one by now', async () => {
    api.handler = (request) =>
      request.method === 'GET'
        ? answer(request, 200, { ...JOB, metadata: { ...JOB.metadata, uid: 'u2' } })
        : refuse(request, 409, 'Conflict');
    await expect(writes.changeFinalizer(JOB, 'add', OURS)).resolves.toBeUndefined();
  });

  it('does not put a job into the caches that went with its last finalizer', async () => {
    const metadata = { ...JOB.metadata, deletionTimestamp: 'now', finalizers: [OURS] };
    await writes.changeFinalizer({ ...JOB, metadata }, 'remove', OURS);
    expect(api.requests[0]?.body).toEqual({ metadata: { uid: 'u1', resourceVersion: '5', finalizers: [] } });
    expect(written).toEqual([]);
  });

  it('cuts a long Event in a character and a long name in a word', async () => {
    const long = { ...JOB, metadata: { ...JOB.metadata, name: `${'a'.repeat(56)}.${'b'.repeat(80)}` } };
    await writes.createEvent(long, { type: 'Warning', reason: 'Broken', message: '€'.repeat(600) });
    const body = api.requests[0]?.body as { note: string; eventTime: string; metadata: { generateName: string } };
    expect(Buffer.byteLength(body.note)).toBeLessThanOrEqual(1024);
    expect(body.note).toMatch(/^€+…$/u);
    expect(body.eventTime).toBe('2026-01-02T03:04:05.678000Z');
    expect(body.metadata.generateName).toBe(`${'a'.repeat(56)}-`);
  });
});
