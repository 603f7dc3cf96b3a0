/**
 * What a job's author, or somebody who may write ConfigMaps, might try; and what becomes of passwords. A real broker asks
 * for a password behind two recorders: one is the operator's default cluster, the other one is of somebody's choice.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../operator/resources/kube-object.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import type { ApiServer } from '../harness/apiserver.ts';
import { freePort, startKafka, whyNoKafka } from '../harness/kafka.ts';
import type { KafkaBroker } from '../harness/kafka.ts';
import { kubectl } from '../harness/kubectl.ts';
import { describeIf } from '../harness/skip.ts';
import { made } from './kit-access.ts';
import type { Recorder } from './kit-access-recorder.ts';
import { startRecorder } from './kit-access-recorder.ts';
import { apply, conditionOf, create, manifest, objectsOf, patch, statusOf } from './kit-jobs.ts';
import type { Patch } from './kit-jobs.ts';
import { eventually, installCrd, OperatorProcess } from './kit-operator.ts';

const MINUTE = 60_000;
/** Less than the tests have, so that a failure says what was waited for. */
const PATIENCE_MILLIS = 20_000;
const PASSWORD = randomBytes(12).toString('hex');
const WRONG = randomBytes(12).toString('hex');
const ELSEWHERE = randomBytes(12).toString('hex');
const SASL = { mechanism: 'PLAIN', secretRef: { name: 'kafka-login' } };
const OTHER_SASL = { mechanism: 'PLAIN', secretRef: { name: 'elsewhere' } };

const why = whyNoPrograms() ?? whyNoKafka('4.1.1');

describeIf(why === undefined, why ?? '', 'security', () => {
  let server: ApiServer;
  let broker: KafkaBroker;
  let folder: string;
  let chosen: Recorder;
  let foreign: Recorder;
  let operator: OperatorProcess;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'streamjob-security-'));
    const port = await freePort();
    [server, broker] = await Promise.all([startApiServer({ controllers: true }), startWithLogin(folder, port)]);
    [chosen, foreign] = await Promise.all([startRecorder(`127.0.0.1:${port}`), startRecorder(`127.0.0.1:${port}`)]);
    await installCrd(server);
    const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    for (const name of ['team-a', 'team-b']) {
      await made(server, '/api/v1/namespaces', { metadata: { name, labels: restricted } });
    }
    await secret('team-a', 'kafka-login', PASSWORD);
    await secret('team-a', 'wrong', WRONG);
    await secret('team-b', 'elsewhere', ELSEWHERE);
    const config = path.join(folder, 'config.json');
    await writeFile(config, JSON.stringify({ kafka: { brokers: [chosen.address], sasl: SASL } }));
    const env = {
      STREAMJOB_OPERATOR_CONFIG: config,
      STREAMJOB_OPERATOR_LEADER_ELECTION: 'false',
      STREAMJOB_OPERATOR_LOG_LEVEL: 'debug',
    };
    operator = await OperatorProcess.start(server, { env });
    await start('default-cluster');
  }, 10 * MINUTE);

  afterAll(async () => {
    await operator?.stop();
    await Promise.all([chosen?.close(), foreign?.close()]);
    await Promise.all([server?.stop(), broker?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  const secret = (namespace: string, name: string, password: string): Promise<KubeObject> =>
    create(server, 'Secret', { metadata: { name }, stringData: { username: 'alice', password } }, namespace);

  /** In team-a, unless `namespace` says otherwise; with the default cluster, unless `spec` has one. */
  const start = (name: string, spec: Patch = {}, namespace = 'team-a'): Promise<unknown> =>
    apply(server, manifest(name, { kafka: undefined, ...spec }, { namespace }));

  const judged = (name: string, type: string, reason: string, namespace = 'team-a'): Promise<string> =>
    eventually(
      `${type} of ${name} is ${reason}`,
      async () => {
        const condition = conditionOf(await statusOf(server, name, namespace), type);
        return condition?.reason === reason && condition.message;
      },
      PATIENCE_MILLIS,
    );

  const ownedBy = async (name: string, kind: string, namespace = 'team-a'): Promise<readonly KubeObject[]> =>
    (await objectsOf(server, kind, namespace)).filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === name);

  const deploymentOf = (name: string): Promise<KubeObject> =>
    eventually(`the Deployment of ${name}`, async () => (await ownedBy(name, 'Deployment'))[0]);

  describe('the credentials of the default cluster', () => {
    it(
      'go to the default cluster, and into the pods of a job that names none',
      async () => {
        await judged('default-cluster', 'KafkaReachable', 'Connected');
        expect(chosen.said()).toContain(PASSWORD);
        expect(secretsIn(await deploymentOf('default-cluster'))).toEqual(['kafka-login']);
      },
      MINUTE,
    );

    it.each([
      ['plain', {}],
      ['tls', { tls: {} }],
    ])(
      'never go to brokers of a job’s own: %s',
      async (way, more) => {
        const name = `foreign-${way}`;
        await start(name, { kafka: { brokers: [foreign.address], ...more } });
        await eventually(
          'the broker turns it away',
          async () => {
            return conditionOf(await statusOf(server, name, 'team-a'), 'KafkaReachable')?.status === 'False';
          },
          PATIENCE_MILLIS,
        );
        expect(foreign.said().length).toBeGreaterThan(0);
        for (const secretWord of [PASSWORD, 'alice']) expect(foreign.said()).not.toContain(secretWord);
        expect(secretsIn(await deploymentOf(name))).toEqual([]);
        const [revision] = await ownedBy(name, 'ConfigMap');
        expect(revision!.data!['job.json']).not.toContain('sasl');
      },
      MINUTE,
    );

    it(
      'are not to be had in a namespace without that Secret',
      async () => {
        await start('without', {}, 'team-b');
        const message = await judged('without', 'KafkaReachable', 'SecretNotFound', 'team-b');
        expect(message).toBe('spec.kafka.sasl.secretRef: Secret "kafka-login" does not exist in namespace team-b');
        for (const kind of ['Deployment', 'ConfigMap']) expect(await ownedBy('without', kind, 'team-b')).toEqual([]);
      },
      MINUTE,
    );

    it(
      'are told to be wrong without being told',
      async () => {
        const kafka = { brokers: [chosen.address], sasl: { mechanism: 'PLAIN', secretRef: { name: 'wrong' } } };
        await start('wrong-password', { kafka });
        await judged('wrong-password', 'KafkaReachable', 'AuthenticationFailed');
        expect(chosen.said()).toContain(WRONG);
      },
      MINUTE,
    );
  });

  describe('a Secret of another namespace', () => {
    it.each([
      ['kafka', { kafka: { brokers: ['127.0.0.1:1'], sasl: OTHER_SASL } }, 'KafkaReachable'],
      [
        'env',
        {
          runtime: {
            podTemplate: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'elsewhere', key: 'password' } } }] },
          },
        },
        'Deployed',
      ],
    ])(
      'does not exist for a job that names it in %s',
      async (place, spec, type) => {
        await start(`reaching-${place}`, spec);
        const message = await judged(`reaching-${place}`, type, 'SecretNotFound');
        expect(message).toContain('Secret "elsewhere" does not exist in namespace team-a');
        expect(await ownedBy(`reaching-${place}`, 'Deployment')).toEqual([]);
      },
      MINUTE,
    );

    it.each(['team-b/elsewhere', '../team-b/secrets/elsewhere', 'elsewhere?namespace=team-b'])(
      'cannot be named as %s',
      async (name) => {
        const kafka = { brokers: ['127.0.0.1:1'], sasl: { mechanism: 'PLAIN', secretRef: { name } } };
        await expect(start('reaching', { kafka })).rejects.toThrow('spec.kafka.sasl.secretRef.name');
      },
    );
  });

  it(
    'nothing that can be read tells a password',
    async () => {
      await judged('default-cluster', 'KafkaReachable', 'Connected');
      await patch(server, 'default-cluster', { spec: { steps: [{ name: 'x', filter: 'NO' }] } }, 'team-a');
      await judged('default-cluster', 'SpecValid', 'InvalidSpec');
      const seen = [operator.log, (await operator.page('metrics')).text, ...(await everythingIn(server))];
      const values = [PASSWORD, WRONG, ELSEWHERE].flatMap((word) => [word, Buffer.from(word).toString('base64')]);
      expect(seen.join('\n').length).toBeGreaterThan(20_000);
      for (const value of values) expect(seen.filter((text) => text.includes(value))).toEqual([]);
    },
    MINUTE,
  );
});

const startWithLogin = (folder: string, port: number): Promise<KafkaBroker> =>
  startKafka({
    version: '4.1.1',
    dataDir: path.join(folder, 'broker'),
    listeners: { LOGIN: { protocol: 'SASL_PLAINTEXT', port } },
    properties: {
      'listener.name.login.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.login.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="${PASSWORD}";`,
    },
  });

type PodTemplate = { readonly metadata: unknown; readonly spec: Readonly<Record<string, unknown>> };

const podTemplateOf = ({ spec }: KubeObject): PodTemplate => (spec as { template: PodTemplate }).template;

/** Names of the Secrets that the pods of a Deployment mount or read. */
function secretsIn(deployment: KubeObject): string[] {
  const text = JSON.stringify(podTemplateOf(deployment).spec);
  return [...text.matchAll(/"secret(?:KeyRef)?":\{[^}]*"(?:name|secretName)":"([^"]+)"/g)].map(([, name]) => name!);
}

/** Every object that the operator or a controller wrote, but the Secrets. */
async function everythingIn(server: ApiServer): Promise<readonly string[]> {
  const kinds = ['configmaps', 'events', 'pods', 'services', 'serviceaccounts', 'streamjobs.streamjob.dev'];
  const more = ['deployments.apps', 'replicasets.apps', 'poddisruptionbudgets.policy', 'leases.coordination.k8s.io'];
  const what = [...kinds, ...more].join(',');
  const options = { kubeconfig: server.kubeconfigFile };
  const asked = ['get', what, '--all-namespaces', '-o', 'json', '--show-managed-fields'];
  const { stdout } = await kubectl(asked, options);
  const { items } = JSON.parse(stdout) as { items: readonly object[] };
  return items.map((item) => JSON.stringify(item));
}
