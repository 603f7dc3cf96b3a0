/**
 * What the operator asks of the API server is what operator/access.ts grants, no more and no less: it runs as a service
 * account with these rules, and the audit log tells what it asked for. The API server also protects owner references
 * (OwnerReferencesPermissionEnforcement), as some platforms do.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { leaseRules, operatorRules } from '../../operator/access.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import type { ApiServer, ServiceAccount } from '../harness/apiserver.ts';
import { describeIf } from '../harness/skip.ts';
import { askedBy, auditFlags, grant, made, makeAccount, rightsOf } from './kit-access.ts';
import type { Asked } from './kit-access.ts';
import { apply, conditionOf, create, find, manifest, objectsOf, patch, remove, statusOf } from './kit-jobs.ts';
import { eventually, installCrd, OperatorProcess } from './kit-operator.ts';

const MINUTE = 60_000;
/** Who change one job at the same time, so that the operator writes on what it has not seen. */
const WRITERS = 10;
const HOME = 'streamjob-system';
/** A Lease of its own for each account: the second one would find it made. */
const leaseOf = ({ name }: ServiceAccount): string => `lease-of-${name}`;
const JOBS_GET = 'streamjob.dev/streamjobs get';
const EVERYWHERE: ServiceAccount = { namespace: HOME, name: 'everywhere' };
const LISTED: ServiceAccount = { namespace: HOME, name: 'listed' };

const why = whyNoPrograms();

describeIf(why === undefined, why ?? '', 'the rights of the operator', () => {
  let server: ApiServer;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'streamjob-audit-'));
    const enforced = '--enable-admission-plugins=OwnerReferencesPermissionEnforcement';
    server = await startApiServer({ flags: [...(await auditFlags(folder)), enforced] });
    await installCrd(server);
    for (const name of [HOME, 'a', 'b', 'c']) await made(server, '/api/v1/namespaces', { metadata: { name } });
    for (const namespace of ['a', 'b']) {
      const login = { username: 'someone', password: 'open sesame' };
      await create(server, 'Secret', { metadata: { name: 'login' }, stringData: login }, namespace);
      await create(server, 'ConfigMap', { metadata: { name: 'settings' }, data: { a: '1' } }, namespace);
    }
  }, 10 * MINUTE);

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the operator as the account with these variables, through the life of a job in each namespace. */
  async function lives(
    account: ServiceAccount,
    { namespaces, env }: { namespaces: readonly string[]; env: Readonly<Record<string, string>> },
    also: () => Promise<void> = async () => undefined,
  ): Promise<readonly Asked[]> {
    const kubeconfig = await makeAccountKubeconfig(account);
    const operator = await OperatorProcess.start(server, {
      kubeconfig,
      env: {
        POD_NAMESPACE: HOME,
        STREAMJOB_OPERATOR_LEASE_NAME: leaseOf(account),
        STREAMJOB_OPERATOR_CLEANUP_TIMEOUT: '3s',
        ...env,
      },
    });
    try {
      for (const namespace of namespaces) await life(server, `job-${account.name}`, namespace);
      await also();
      await conflictIn(namespaces[0]!, account);
      expect(await operator.metric('streamjob_operator_api_requests_total', '403')).toBe(0);
    } finally {
      await operator.stop();
    }
    expect(operator.log).not.toMatch(/forbidden|may not read/i);
    return askedBy(folder, account);
  }

  const files = new Map<string, string>();
  async function makeAccountKubeconfig(account: ServiceAccount): Promise<string> {
    const file = files.get(account.name) ?? (await makeAccount(server, account));
    files.set(account.name, file);
    return file;
  }

  /** Somebody else changes the job all the time, until the operator had to read it anew. */
  async function conflictIn(namespace: string, account: ServiceAccount): Promise<void> {
    const name = `busy-${account.name}`;
    await apply(server, manifest(name, {}, { namespace }));
    const isRead = async (): Promise<boolean> =>
      (await askedBy(folder, account)).some(({ right }) => right === JOBS_GET);
    for (const deadline = Date.now() + MINUTE; Date.now() < deadline && !(await isRead());) {
      const changes = Array.from({ length: WRITERS }, (_, writer) => ({
        metadata: { annotations: { [`writer-${writer}`]: `${Date.now()}` } },
        spec: { suspend: writer % 2 === 0 },
      }));
      await Promise.all(changes.map((change) => patch(server, name, change, namespace)));
    }
    await remove(server, name, namespace);
  }

  const refused = (asked: readonly Asked[]): readonly Asked[] => asked.filter(({ code }) => code === 403);
  /** Everybody who is known may ask for the version. */
  const rights = (asked: readonly Asked[]): string[] =>
    [...new Set(asked.map(({ right }) => right))].filter((right) => right !== '/version').sort();

  it(
    'are enough and all of use with a ClusterRole, where it looks after all namespaces and writes NetworkPolicies',
    async () => {
      const rules = operatorRules({ networkPolicies: true });
      await makeAccountKubeconfig(EVERYWHERE);
      await grant(server, EVERYWHERE, rules);
      await grant(server, EVERYWHERE, leaseRules(leaseOf(EVERYWHERE)), HOME);
      const env = { STREAMJOB_OPERATOR_NETWORK_POLICIES: 'true' };
      const asked = await lives(EVERYWHERE, { namespaces: ['a'], env });
      expect(refused(asked)).toEqual([]);
      expect(rights(asked)).toEqual(rightsOf([...rules, ...leaseRules('any')]));
    },
    3 * MINUTE,
  );

  it(
    'are enough and all of use with a Role in each of two namespaces, where it takes NetworkPolicies away',
    async () => {
      const rules = operatorRules({ networkPolicies: false });
      await makeAccountKubeconfig(LISTED);
      for (const namespace of ['a', 'b']) await grant(server, LISTED, rules, namespace);
      await grant(server, LISTED, leaseRules(leaseOf(LISTED)), HOME);
      await apply(server, manifest('elsewhere', {}, { namespace: 'c' }));
      const job = await apply(server, manifest('restricted', {}, { namespace: 'b' }));
      await create(server, 'NetworkPolicy', networkPolicyOf(job.metadata), 'b');
      const env = { STREAMJOB_OPERATOR_NAMESPACES: 'a,b' };
      const asked = await lives(LISTED, { namespaces: ['a', 'b'], env }, async () => {
        await eventually('no NetworkPolicy is left', async () => {
          return (await objectsOf(server, 'NetworkPolicy', 'b')).length === 0;
        });
      });
      expect(refused(asked)).toEqual([]);
      expect(rights(asked)).toEqual(rightsOf([...rules, ...leaseRules('any')]));
      const places = new Set(asked.filter(({ right }) => right.includes(' ')).map(({ namespace }) => namespace));
      expect([...places].sort()).toEqual(['a', 'b', HOME]);
      expect(await statusOf(server, 'elsewhere', 'c')).toEqual({});
    },
    3 * MINUTE,
  );

  it('need create for an apply of what is not there', async () => {
    const account = { namespace: 'c', name: 'patching' };
    await makeAccountKubeconfig(account);
    await grant(server, account, [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'patch'] }], 'c');
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } };
    const { status } = await server.request('PATCH', '/api/v1/namespaces/c/services/x?fieldManager=x', service, {
      'content-type': 'application/apply-patch+yaml',
      'impersonate-user': 'system:serviceaccount:c:patching',
    });
    expect(status).toBe(403);
  });

  it('reach no Secret by a list, no other Lease, and no pod to change', () => {
    const all = [...operatorRules({ networkPolicies: true }), ...operatorRules({ networkPolicies: false })];
    expect(rightsOf(all).filter((right) => /secrets/.test(right))).toEqual(['/secrets get']);
    expect(rightsOf(all).filter((right) => /pods/.test(right))).toEqual(['/pods list', '/pods watch']);
    expect(JSON.stringify([all, leaseRules('mine')])).not.toContain('*');
    const named = leaseRules('mine').filter(({ verbs }) => !verbs.includes('create'));
    expect(named.map(({ resourceNames }) => resourceNames)).toEqual([['mine']]);
  });
});

/** Made, changed into four revisions, given a producer and relieved of it, scaled, suspended, spoilt, and deleted. */
async function life(server: ApiServer, name: string, namespace: string): Promise<void> {
  const change = (spec: object): Promise<void> => patch(server, name, { spec }, namespace);
  const revisions = async (): Promise<number> =>
    (await objectsOf(server, 'ConfigMap', namespace)).filter(({ metadata }) => isOf(metadata, name)).length;
  const deployments = async (): Promise<string> =>
    JSON.stringify((await objectsOf(server, 'Deployment', namespace)).filter(({ metadata }) => isOf(metadata, name)));
  const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }];
  const spec = {
    kafka: { brokers: ['127.0.0.1:1'], sasl: { mechanism: 'PLAIN', secretRef: { name: 'login' } } },
    deletionPolicy: 'Delete',
    runtime: { podTemplate: { env } },
  };
  await apply(server, manifest(name, spec, { namespace }));
  await eventually('the job is deployed', async () => (await deployments()).includes('"replicas":2'));
  for (const seed of [1, 2, 3]) {
    const before = await deployments();
    await change({ producer: { source: { web: { seed } } } });
    await eventually('another revision', async () => {
      const now = await deployments();
      return now.includes('-producer"') && revisionIn(now) !== revisionIn(before);
    });
  }
  await eventually('old revisions have gone', async () => (await revisions()) === 2);
  await change({ producer: null, consumer: { maxReplicas: 4 } });
  await eventually('it was scaled, and the producer is gone', async () => {
    const found = await deployments();
    return found.includes('"replicas":4') && !found.includes('-producer"');
  });
  await change({ suspend: true });
  await eventually('it is suspended', async () => (await statusOf(server, name, namespace)).phase === 'Suspended');
  await change({ suspend: false, steps: [{ name: 'x', filter: 'NO' }] });
  await eventually('it is spoilt', async () => {
    return conditionOf(await statusOf(server, name, namespace), 'SpecValid')?.status === 'False';
  });
  await remove(server, name, namespace);
  await eventually('it is gone', async () => (await find(server, name, namespace)) === undefined);
}

const revisionIn = (deployments: string): string | undefined =>
  /"streamjob.dev\/revision":"(\w+)"/.exec(deployments)?.[1];

const isOf = ({ ownerReferences }: { ownerReferences?: readonly { name: string }[] }, name: string): boolean =>
  ownerReferences?.[0]?.name === name;

/** As an operator left it that was told to write them. */
function networkPolicyOf({ name, uid }: { name: string; uid: string }): object {
  const labels = { 'app.kubernetes.io/managed-by': 'streamjob-operator', 'streamjob.dev/job': name };
  const owner = { apiVersion: 'streamjob.dev/v1alpha1', kind: 'StreamJob', name, uid, controller: true };
  return { metadata: { name: `${name}-job`, labels, ownerReferences: [owner] }, spec: { podSelector: {} } };
}
