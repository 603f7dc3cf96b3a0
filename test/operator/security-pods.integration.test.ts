/**
 * What a job's author, or somebody who may write ConfigMaps, might try to make the operator start: nothing but pods that
 * a restricted namespace lets in. The pods are made by the controllers, and none of them runs.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../operator/resources/kube-object.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import type { ApiServer } from '../harness/apiserver.ts';
import { kubectl } from '../harness/kubectl.ts';
import { describeIf } from '../harness/skip.ts';
import { made } from './kit-access.ts';
import { apply, collection, create, manifest, objectsOf } from './kit-jobs.ts';
import type { Patch } from './kit-jobs.ts';
import { eventually, installCrd, OperatorProcess } from './kit-operator.ts';

const MINUTE = 60_000;
/** Less than the tests have, so that a failure says what was waited for. */
const PATIENCE_MILLIS = 40_000;
const NAMESPACE = 'team-a';

/** Members of a pod that are not a job's author's to say. */
const FORBIDDEN: Readonly<Record<string, unknown>> = {
  hostNetwork: true,
  hostPID: true,
  hostIPC: true,
  hostUsers: true,
  hostAliases: [{ ip: '127.0.0.1', hostnames: ['kafka'] }],
  volumes: [{ name: 'root', hostPath: { path: '/' } }],
  volumeMounts: [{ name: 'root', mountPath: '/host' }],
  securityContext: { runAsUser: 0 },
  containers: [{ name: 'runtime', securityContext: { privileged: true } }],
  initContainers: [{ name: 'first', image: 'x' }],
  ephemeralContainers: [{ name: 'debug', image: 'x' }],
  serviceAccountName: 'admin',
  automountServiceAccountToken: true,
  priorityClassName: 'system-node-critical',
  runtimeClassName: 'other',
  schedulerName: 'other',
  nodeName: 'master',
  shareProcessNamespace: true,
  command: ['sh'],
  args: ['-c', 'true'],
  lifecycle: { preStop: { exec: { command: ['sh'] } } },
  envFrom: [{ secretRef: { name: 'kafka-login' } }],
  spec: { hostNetwork: true },
};

const why = whyNoPrograms();

describeIf(why === undefined, why ?? '', 'security of pods', () => {
  let server: ApiServer;
  let operator: OperatorProcess;

  beforeAll(async () => {
    server = await startApiServer({ controllers: true });
    await installCrd(server);
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await made(server, '/api/v1/namespaces', { metadata: { name: NAMESPACE, labels } });
    operator = await OperatorProcess.start(server, { env: { STREAMJOB_OPERATOR_LEADER_ELECTION: 'false' } });
    await start('plain');
  }, 10 * MINUTE);

  afterAll(async () => {
    await operator?.stop();
    await server?.stop();
  });

  const start = (name: string): Promise<unknown> => apply(server, manifest(name, {}, { namespace: NAMESPACE }));

  const ownedBy = async (name: string, kind: string): Promise<readonly KubeObject[]> =>
    (await objectsOf(server, kind, NAMESPACE)).filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === name);

  const deploymentOf = (name: string): Promise<KubeObject> =>
    eventually(`the Deployment of ${name}`, async () => (await ownedBy(name, 'Deployment'))[0], PATIENCE_MILLIS);

  describe('a pod template', () => {
    it.each(Object.entries(FORBIDDEN))('cannot say %s', async (member, value) => {
      const job = manifest('outside', { runtime: { podTemplate: { [member]: value } } }, { namespace: NAMESPACE });
      const { code, stderr } = await kubectl(['apply', '--dry-run=server', '-f', '-'], {
        kubeconfig: server.kubeconfigFile,
        input: JSON.stringify(job),
      });
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(`unknown field "spec.runtime.podTemplate.${member}"`),
      ]);
    });

    it(
      'that says all of it to a server that is not strict has no effect',
      async () => {
        const ask = (spec: Patch): Promise<unknown> =>
          server.request(
            'POST',
            '/apis/streamjob.dev/v1alpha1/namespaces/team-a/streamjobs?fieldValidation=Ignore',
            manifest('same', { ...spec }, { namespace: NAMESPACE }),
          );
        expect(await ask({ runtime: { podTemplate: FORBIDDEN } })).toMatchObject({ status: 201 });
        const { spec } = podTemplateOf(await deploymentOf('same'));
        const plain = podTemplateOf(await deploymentOf('plain')).spec;
        expect(withoutNames(spec, 'same')).toEqual(withoutNames(plain, 'plain'));
      },
      MINUTE,
    );
  });

  describe('a job’s pods', () => {
    it(
      'are let into a namespace that is restricted, where others are not',
      async () => {
        const pods = await eventually('two pods', async () => {
          const found = await podsOf(server, 'plain');
          return found.length === 2 && found;
        });
        const bare = { metadata: { name: 'bare' }, spec: { containers: [{ name: 'c', image: 'x' }] } };
        await expect(create(server, 'Pod', bare, NAMESPACE)).rejects.toThrow('violates PodSecurity "restricted');
        for (const { spec } of pods) {
          expect(spec).toMatchObject({ automountServiceAccountToken: false });
          expect(JSON.stringify(spec)).not.toMatch(/serviceAccountToken"|kube-api-access/);
        }
      },
      MINUTE,
    );

    it('run as an account that may do nothing', async () => {
      const account = '--as=system:serviceaccount:team-a:plain-job';
      const groups = ['system:serviceaccounts', 'system:serviceaccounts:team-a', 'system:authenticated'];
      const asked = [account, ...groups.map((group) => `--as-group=${group}`), '--namespace=team-a', '--no-headers'];
      const options = { kubeconfig: server.kubeconfigFile };
      const { stdout } = await kubectl(['auth', 'can-i', '--list', ...asked], options);
      const resources = stdout.split('\n').filter((line) => /^[a-z]/.test(line));
      expect(resources.map((line) => line.split(' ')[0]).filter((name) => !name!.startsWith('selfsubject'))).toEqual(
        [],
      );
      expect(resources.length).toBeGreaterThan(0);
      const verbs = stdout.split('\n').flatMap((line) => /\[([a-z ]+)\]\s*$/.exec(line)?.[1] ?? []);
      expect([...new Set(verbs)].sort()).toEqual(['create', 'get']);
    });
  });

  describe('a revision that somebody else wrote', () => {
    it.each([
      ['hostNetwork', (text: string) => text.replace('"automountServiceAccountToken"', `"hostNetwork":true,$&`)],
      ['root', (text: string) => text.replace('"runAsNonRoot":true', '"runAsNonRoot":false')],
      [
        'another account',
        (text: string) => text.replace(/"serviceAccountName":"[^"]+"/, '"serviceAccountName":"admin"'),
      ],
      [
        'a privileged container',
        (text: string) => text.replace('"allowPrivilegeEscalation":false', '"privileged":true'),
      ],
      ['a folder of the node', (text: string) => text.replace('{"emptyDir":', '{"hostPath":{"path":"/"},"emptyDir":')],
    ])(
      'does not become pods: %s',
      async (what, spoil) => {
        const name = `tampered-${what.replaceAll(' ', '-')}`.toLowerCase();
        await start(name);
        const before = await deploymentOf(name);
        const [revision] = await ownedBy(name, 'ConfigMap');
        const text = revision!.data!['pods.json']!;
        expect(spoil(text)).not.toBe(text);
        operator.signal('SIGSTOP');
        await replaceConfigMap(server, revision!, { ...revision!.data, 'pods.json': spoil(text) });
        operator.signal('SIGCONT');
        await eventually(
          'the operator puts its own in its place',
          async () => {
            const [found] = await ownedBy(name, 'ConfigMap');
            return found?.data?.['pods.json'] === text;
          },
          PATIENCE_MILLIS,
        );
        const after = await deploymentOf(name);
        expect([after.metadata.generation, podTemplateOf(after)]).toEqual([
          before.metadata.generation,
          podTemplateOf(before),
        ]);
      },
      MINUTE,
    );
  });
});

type PodTemplate = { readonly metadata: unknown; readonly spec: Readonly<Record<string, unknown>> };

const podTemplateOf = ({ spec }: KubeObject): PodTemplate => (spec as { template: PodTemplate }).template;

/** What follows from the name and the uid of the job is another for each. */
const withoutNames = (spec: unknown, name: string): unknown =>
  JSON.parse(
    JSON.stringify(spec)
      .replaceAll(new RegExp(`\\b${name}\\b`, 'g'), 'JOB')
      .replaceAll(/JOB-[0-9a-f]{8}/g, 'JOB-REVISION')
      .replaceAll(/("STREAMJOB_(UID|RUN)","value":)"[^"]*"/g, '$1"X"'),
  );

async function podsOf(server: ApiServer, name: string): Promise<readonly KubeObject[]> {
  const selector = `labelSelector=streamjob.dev%2Fjob%3D${name}`;
  const { body } = await server.request('GET', `${collection('Pod', NAMESPACE)}?${selector}`);
  return (body as { items: readonly KubeObject[] }).items;
}

/** An immutable one can be deleted and made anew by whoever may write ConfigMaps. */
async function replaceConfigMap(
  server: ApiServer,
  { metadata }: KubeObject,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const { name, namespace, labels, annotations, ownerReferences } = metadata;
  await server.request('DELETE', `${collection('ConfigMap', namespace)}/${name}`);
  const again = { metadata: { name, labels, annotations, ownerReferences }, immutable: true, data };
  await create(server, 'ConfigMap', again, namespace);
}
