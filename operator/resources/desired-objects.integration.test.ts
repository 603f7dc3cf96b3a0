/**
 * The objects of a job on a real API server: each is taken as it is, without a field that the server does not know, and
 * comes back with every member as it was sent, so that applying it again changes nothing. A pod of the templates passes
 * where the restricted Pod Security Standard is enforced.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startApiServer, whyNoPrograms } from '../../test/harness/apiserver.ts';
import type { ApiServer } from '../../test/harness/apiserver.ts';
import { describeIf } from '../../test/harness/skip.ts';
import { IDENTITY, OPTIONS, shapeOf } from '../../test/builders/owned-objects.ts';
import { streamJob } from '../../test/builders/stream-job.ts';
import { desiredObjects } from './desired-objects.ts';
import type { KubeObject } from './kube-object.ts';
import { FIELD_MANAGER } from './names.ts';
import { canonicalQuantity } from './quantity.ts';

const MINUTE = 60_000;
const NAMESPACE = IDENTITY.namespace;
const APPLY = `?fieldManager=${FIELD_MANAGER}&force=true&fieldValidation=Strict`;
const APPLY_TYPE = { 'content-type': 'application/apply-patch+yaml' };
const PLURALS: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies' };

/** With all that a job can have. */
const JOB = streamJob({
  kafka: {
    brokers: ['kafka:9093'],
    sasl: { mechanism: 'PLAIN', secretRef: { name: 'user' } },
    tls: { caSecretRef: { name: 'ca' }, clientSecretRef: { name: 'client' } },
  },
  producer: { source: { people: {} } },
  sink: { gcs: { bucket: 'results', credentials: { secretRef: { name: 'gcs' } } } },
  consumer: { resources: { requests: { cpu: '1000m', memory: '1.5Gi' }, limits: { memory: '2048Mi' } } },
  runtime: {
    podTemplate: {
      labels: { team: 'data' },
      annotations: { 'a.example/b': 'c' },
      resources: { requests: { cpu: '0.5' }, limits: { 'ephemeral-storage': '0.5Ki' } },
      nodeSelector: { zone: 'a' },
      tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }],
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'kafka' } } },
          ],
        },
      },
      env: [
        { name: 'A', value: 'a' },
        { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } } },
        { name: 'C', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
      ],
      imagePullSecrets: [{ name: 'registry' }],
    },
  },
});
const OBJECTS = desiredObjects(shapeOf(JOB));

function pathOf({ apiVersion, kind, metadata: { name } }: KubeObject): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}/namespaces/${NAMESPACE}/${PLURALS[kind] ?? `${kind.toLowerCase()}s`}/${name}`;
}

type Template = Readonly<{ metadata: object; spec: object }>;
const TEMPLATES = OBJECTS.filter(({ kind }) => kind === 'Deployment').map(
  ({ metadata: { name }, spec }) => [name, (spec as { template: Template }).template] as const,
);

const why = whyNoPrograms();

describeIf(why === undefined, why ?? '', 'the objects of a job on a real API server', () => {
  let server: ApiServer;
  const apply = (object: KubeObject): ReturnType<ApiServer['request']> =>
    server.request('PATCH', `${pathOf(object)}${APPLY}`, object, APPLY_TYPE);

  beforeAll(async () => {
    server = await startApiServer();
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } };
    await server.request('POST', '/api/v1/namespaces', namespace);
  }, 30 * MINUTE);

  afterAll(() => server?.stop());

  it.each(OBJECTS.map((object) => [object.kind, object.metadata.name, object] as const))(
    'takes the %s %s, and gives back what it was given',
    async (_kind, _name, object) => {
      const first = await apply(object);
      expect(first).toMatchObject({ status: 201, body: object });
      const second = await apply(object);
      expect(second).toMatchObject({ status: 200, body: object });
      expect(versionOf(second.body)).toBe(versionOf(first.body));
    },
  );

  it.each(TEMPLATES)('lets a pod of %s into a restricted namespace', async (name, { metadata, spec }) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, spec };
    const answer = await server.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`, pod);
    expect(answer).toMatchObject({ status: 201, body: { spec: { containers: [{ image: OPTIONS.image }] } } });
  });

  it.each(['1', '1000m', '0.5', '1500', '1000k', '0.0001', '1.5Gi', '1000Ki', '0.5Ki', '1.0001Ki', '0Gi', '1048576Ti'])(
    'writes the amount %s as canonicalQuantity does',
    async (amount) => {
      const container = { name: 'c', image: 'i', resources: { limits: { memory: amount } } };
      const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
      const spec = { selector: { matchLabels: { a: 'b' } }, template };
      const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments?dryRun=All`;
      const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'amounts' }, spec };
      expect(await server.request('POST', path, deployment)).toMatchObject({
        status: 201,
        body: {
          spec: {
            template: { spec: { containers: [{ resources: { limits: { memory: canonicalQuantity(amount) } } }] } },
          },
        },
      });
    },
  );
});

const versionOf = (body: unknown): unknown => (body as KubeObject).metadata.resourceVersion;
