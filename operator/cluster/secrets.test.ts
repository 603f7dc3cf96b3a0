import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from './client.ts';
import type { KubeClient } from './kube-client.ts';
import { FakeApi, answer, refuse } from './fake-api.test-kit.ts';
import { readInput, readSecret } from './secrets.ts';

const SECRET = { kind: 'Secret', namespace: 'shop', name: 'kafka' } as const;

describe('Secrets that a job names', () => {
  let api: FakeApi;
  let client: KubeClient;

  beforeEach(async () => {
    api = await FakeApi.start();
    client = connect(api.credentials());
    const metadata = { name: 'kafka', namespace: 'shop', uid: 'u', resourceVersion: '7' };
    api.handler = (request) => answer(request, 200, { metadata, data: { b: 'cMOkc3M=', a: '' } });
  });

  afterEach(async () => {
    client.close();
    await api.stop();
  });

  it('are told by their keys alone', async () => {
    await expect(readInput(client, SECRET)).resolves.toEqual({
      kind: 'Secret',
      name: 'kafka',
      found: { uid: 'u', resourceVersion: '7', keys: ['a', 'b'] },
    });
    expect(api.requests.map(({ method, path }) => [method, path])).toEqual([
      ['GET', '/api/v1/namespaces/shop/secrets/kafka'],
    ]);
  });

  it('give their content as text', async () => {
    await expect(readSecret(client, 'shop', 'kafka')).resolves.toEqual({ data: { a: '', b: 'päss' } });
  });

  it('may not be there', async () => {
    api.handler = (request) => refuse(request, 404, 'NotFound');
    await expect(readInput(client, SECRET)).resolves.toEqual({ kind: 'Secret', name: 'kafka' });
    await expect(readSecret(client, 'shop', 'kafka')).resolves.toBeUndefined();
  });

  it('may not be allowed, which names the right that is missing', async () => {
    api.handler = (request) => refuse(request, 403, 'Forbidden');
    const trouble =
      'the operator may not read the ConfigMap "words": ' +
      'grant its service account "get" on configmaps in namespace "shop"';
    await expect(readInput(client, { kind: 'ConfigMap', namespace: 'shop', name: 'words' })).resolves.toEqual({
      kind: 'ConfigMap',
      name: 'words',
      trouble,
    });
  });

  it('fail the pass when the API server does not answer', async () => {
    api.handler = (request) => refuse(request, 500, 'InternalError');
    await expect(readInput(client, SECRET)).rejects.toMatchObject({ status: 500 });
  });
});
