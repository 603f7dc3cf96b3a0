import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { clusterCredentials } from './cluster-credentials.ts';
import { podCredentials } from './credentials.ts';

// The client library takes seconds to load on a busy machine.
jest.setTimeout(60_000);

describe('the service account of a pod', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'account-'));
    await write('one');
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function write(token: string): Promise<void> {
    await writeFile(path.join(folder, 'token'), `${token}\n`);
    await writeFile(path.join(folder, 'ca.crt'), `authority ${token}`);
    await writeFile(path.join(folder, 'namespace'), 'streams');
  }

  it('is read anew after a minute, or when it is refused', async () => {
    let now = 0;
    const credentials = await podCredentials({ host: '10.0.0.1', port: '443', folder, now: () => now });
    const token = async (): Promise<string | undefined> => (await credentials.access()).headers['authorization'];
    expect([credentials.namespace, await token()]).toEqual(['streams', 'Bearer one']);
    await write('two');
    now = 59_000;
    expect(await token()).toBe('Bearer one');
    now = 61_000;
    expect([await token(), (await credentials.access()).tls['ca']]).toEqual(['Bearer two', 'authority two']);
    await write('three');
    credentials.forget();
    expect(await token()).toBe('Bearer three');
  });

  it.each([
    { host: '10.0.0.1', href: 'https://10.0.0.1:6443/' },
    { host: 'fd00::1', href: 'https://[fd00::1]:6443/' },
  ])('goes to $host', async ({ host, href }) => {
    expect((await podCredentials({ host, port: '6443', folder })).server.href).toBe(href);
  });
});

describe('a kubeconfig', () => {
  let file: string;

  beforeEach(() => {
    file = path.join(os.tmpdir(), `kubeconfig-${process.pid}-${Math.random()}.json`);
  });

  afterEach(() => rm(file, { force: true }));

  const kubeconfig = (user: object, current = 'here'): string =>
    JSON.stringify({
      'current-context': current,
      clusters: [{ name: 'c', cluster: { server: 'https://example.test:6443', 'tls-server-name': 'inner' } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'streams' } }],
    });

  it('goes before the service account, and gives what its user has', async () => {
    await writeFile(file, kubeconfig({ token: 'abc' }));
    const access = { serviceHost: '10.0.0.1', servicePort: '443', kubeconfigFile: file };
    const credentials = await clusterCredentials(access);
    expect([credentials.server.href, credentials.namespace]).toEqual(['https://example.test:6443/', 'streams']);
    await expect(credentials.access()).resolves.toEqual({
      headers: { Authorization: 'Bearer abc' },
      tls: { servername: 'inner' },
      agent: undefined,
    });
    await writeFile(file, kubeconfig({ token: 'def' }));
    credentials.forget();
    await expect(credentials.access()).resolves.toMatchObject({ headers: { Authorization: 'Bearer def' } });
  });

  it('asks the program that its user names', async () => {
    const answer = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'made' } };
    const exec = { command: 'echo', args: [JSON.stringify(answer)] };
    await writeFile(file, kubeconfig({ exec }));
    const credentials = await clusterCredentials({ kubeconfigFile: file });
    await expect(credentials.access()).resolves.toMatchObject({ headers: { Authorization: 'Bearer made' } });
  });

  it('must name a cluster', async () => {
    await expect(clusterCredentials({ kubeconfigFile: `${file}.gone` })).rejects.toThrow(
      /^cannot read the kubeconfig .*gone: ENOENT/,
    );
    await writeFile(file, 'clusters: [');
    await expect(clusterCredentials({ kubeconfigFile: file })).rejects.toThrow(/^cannot read the kubeconfig [^\n]+$/);
    await writeFile(file, kubeconfig({}, 'elsewhere'));
    await expect(clusterCredentials({ kubeconfigFile: file })).rejects.toThrow(/set its current-context/);
  });
});
