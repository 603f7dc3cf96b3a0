import { describe, expect, it, test } from '@jest/globals';
import type { V1Container, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import fc from 'fast-check';
import type { StreamJob } from '../../crds/stream-job.ts';
import { IDENTITY, OPTIONS } from '../../test/builders/owned-objects.ts';
import type { SpecPatch } from '../../test/builders/stream-job.ts';
import { streamJob } from '../../test/builders/stream-job.ts';
import { consumerPod } from './consumer-pod.ts';
import type { PodParts } from './pod-template.ts';
import { podTemplateProblems } from './pod-template-problems.ts';
import { producerPod } from './producer-pod.ts';
import { isSafeTemplate } from './safe-template.ts';

const partsOf = (job: StreamJob): PodParts => ({
  identity: IDENTITY,
  job,
  image: OPTIONS.image,
  revision: '0123abcd',
  options: OPTIONS,
});
const consumerOf = (patch: SpecPatch): V1PodTemplateSpec => consumerPod(partsOf(streamJob(patch)));
const producerOf = (patch: SpecPatch): V1PodTemplateSpec => producerPod(partsOf(streamJob(patch)));
const pod = ({ spec }: V1PodTemplateSpec): V1PodSpec => spec!;
const container = (template: V1PodTemplateSpec): V1Container => template.spec!.containers[0]!;
const withTemplate = (podTemplate: object): SpecPatch => ({ runtime: { podTemplate } });
const mounted = (template: V1PodTemplateSpec): string[] =>
  pod(template)
    .volumes!.flatMap(({ projected }) => projected?.sources ?? [])
    .flatMap(({ secret, configMap }) =>
      (secret ?? configMap)!.items!.map(({ path }) => `${(secret ?? configMap)!.name}: ${path}`),
    );

const CPU_1 = { limits: { cpu: '1000m' } };
const CPU_2 = { limits: { cpu: 2 } };

describe('resources', () => {
  test.each([
    ['those of the operator where the job says nothing', {}, OPTIONS.defaultResources],
    ['those of the pod template before these', withTemplate({ resources: CPU_1 }), { limits: { cpu: '1' } }],
    [
      'those of the consumer before all',
      { ...withTemplate({ resources: CPU_1 }), consumer: { resources: CPU_2 } },
      { limits: { cpu: '2' } },
    ],
    ['none, if that is what the job says', { consumer: { resources: {} } }, {}],
  ])('are %s', (_what, patch, want) => {
    expect(container(consumerOf(patch)).resources).toEqual(want);
  });

  it('of the consumer are not those of the producer', () => {
    expect(container(producerOf({ consumer: { resources: CPU_2 } })).resources).toEqual(OPTIONS.defaultResources);
    expect(container(producerOf(withTemplate({ resources: CPU_1 }))).resources).toEqual({ limits: { cpu: '1' } });
  });
});

describe('Secrets', () => {
  const patch = {
    kafka: {
      brokers: ['kafka:9093'],
      sasl: { mechanism: 'PLAIN', secretRef: { name: 'user' } },
      tls: { caSecretRef: { name: 'ca', key: 'root.pem' }, clientSecretRef: { name: 'client' } },
    },
    sink: { gcs: { bucket: 'results', credentials: { secretRef: { name: 'gcs' } } } },
  };
  const ofKafka = [
    'mta-turnstile-0123abcd: job.json',
    'user: secrets/kafka-sasl/username',
    'user: secrets/kafka-sasl/password',
    'ca: secrets/kafka-ca/root.pem',
    'client: secrets/kafka-client/tls.crt',
    'client: secrets/kafka-client/tls.key',
  ];

  it('are mounted key by key, and only where they are needed', () => {
    expect(mounted(consumerOf(patch))).toEqual([...ofKafka, 'gcs: secrets/sink-gcs/credentials.json']);
    expect(mounted(producerOf(patch))).toEqual(ofKafka);
  });
});

describe('the pod template of a job', () => {
  const toleration = { key: 'spot', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } };

  test.each([
    ['nodeSelector', { nodeSelector: { zone: 'a' } }],
    ['tolerations', { tolerations: [toleration] }],
    ['affinity', { affinity }],
    ['imagePullSecrets', { imagePullSecrets: [{ name: 'registry' }] }],
  ])('may say %s', (_name, given) => {
    expect(pod(consumerOf(withTemplate(given)))).toMatchObject(given);
    expect(pod(producerOf(withTemplate(given)))).toMatchObject(given);
  });

  it('may add labels, annotations and variables', () => {
    const valueFrom = { secretKeyRef: { name: 's', key: 'k', optional: true } };
    const env = [
      { name: 'A', value: '' },
      { name: 'B', valueFrom },
    ];
    const template = consumerOf(withTemplate({ labels: { team: 'data' }, annotations: { 'a.example/b': 'c' }, env }));
    expect(template.metadata).toMatchObject({ labels: { team: 'data' }, annotations: { 'a.example/b': 'c' } });
    expect(container(template).env!.slice(-2)).toEqual(env);
  });

  test.each([
    ['labels["streamjob.dev/job"]', { labels: { 'streamjob.dev/job': 'other' } }],
    ['labels["streamjob.dev/anything"]', { labels: { 'streamjob.dev/anything': 'x' } }],
    ['labels["app.kubernetes.io/component"]', { labels: { 'app.kubernetes.io/component': 'producer' } }],
    ['labels.pod-template-hash', { labels: { 'pod-template-hash': 'x' } }],
    ['annotations["streamjob.dev/inputs"]', { annotations: { 'streamjob.dev/inputs': 'x' } }],
    [
      'annotations["container.apparmor.security.beta.kubernetes.io/runtime"]',
      { annotations: { 'container.apparmor.security.beta.kubernetes.io/runtime': 'unconfined' } },
    ],
    ['env[0].name', { env: [{ name: 'STREAMJOB_RUN', value: 'other' }] }],
  ])('may not say %s: it is told, and left out', (path, given) => {
    const problems = podTemplateProblems(streamJob(withTemplate(given)));
    expect(problems).toEqual([
      { path: `spec.runtime.podTemplate.${path}`, message: expect.stringMatching(/^must be another name: .*reserved/) },
    ]);
    expect(consumerOf(withTemplate(given))).toEqual(consumerOf({}));
  });

  it('may not say a variable twice: the first counts', () => {
    const first = { name: 'A', value: '1' };
    const twice = withTemplate({ env: [first, { name: 'A', value: '2' }] });
    expect(podTemplateProblems(streamJob(twice))).toEqual([
      { path: 'spec.runtime.podTemplate.env[1].name', message: 'must not repeat a name; got A twice' },
    ]);
    expect(consumerOf(twice)).toEqual(consumerOf(withTemplate({ env: [first] })));
  });

  it('may not have labels that no API server takes', () => {
    expect(podTemplateProblems(streamJob(withTemplate({ labels: { team: 'a b', ok: '' } })))).toEqual([
      {
        path: 'spec.runtime.podTemplate.labels.team',
        message: `must be letters, digits, '-', '_' or '.', with a letter or digit at both ends; got "a b"`,
      },
    ]);
  });
});

const FULL = withTemplate({
  labels: { team: 'data' },
  annotations: { note: 'x' },
  resources: { requests: { cpu: 1 }, limits: { memory: '1Gi' } },
  nodeSelector: { zone: 'a' },
  tolerations: [{ key: 'spot', operator: 'Exists' }],
  affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  env: [
    { name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    { name: 'B', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
    { name: 'C', value: 'c' },
  ],
  imagePullSecrets: [{ name: 'registry' }],
});

/** Members of pods and containers that would matter, and any others. */
const stranger = fc.oneof(
  fc.constantFrom(
    ...['hostNetwork', 'hostPID', 'hostPath', 'privileged', 'securityContext', 'serviceAccountName', 'volumes'],
    ...['containers', 'initContainers', 'command', 'args', 'lifecycle', 'fieldRef', 'fileKeyRef', 'claims', 'spec'],
  ),
  fc.stringMatching(/^[a-z][A-Za-z]{5,12}X$/),
);
const strangers = fc.dictionary(stranger, fc.oneof(fc.constant(true), fc.constant('x'), fc.object({ maxDepth: 1 })));
/** Their members are names that the author chooses, or what Kubernetes calls an affinity. */
const FREE = new Set(['labels', 'annotations', 'nodeSelector', 'podAffinity']);

/** Adds the members to every object of the template that has a fixed shape. */
function infest(value: unknown, members: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((item) => infest(item, members));
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).map(([name, member]) => [name, FREE.has(name) ? member : infest(member, members)]);
  return { ...members, ...Object.fromEntries(own) };
}

describe('whatever else a pod template says', () => {
  it('reaches no pod', () => {
    const job = streamJob(FULL);
    fc.assert(
      fc.property(strangers, (members) => {
        const runtime = { podTemplate: infest(job.spec.runtime.podTemplate, members) } as StreamJob['spec']['runtime'];
        const infested = partsOf({ ...job, spec: { ...job.spec, runtime } });
        expect(consumerPod(infested)).toEqual(consumerPod(partsOf(job)));
        expect(producerPod(infested)).toEqual(producerPod(partsOf(job)));
      }),
    );
  });
});

describe('a pod template that is read back', () => {
  const template = consumerOf(FULL);
  const spec = pod(template);
  const only = container(template);
  const withContainer = (patch: object): object => ({
    ...template,
    spec: { ...spec, containers: [{ ...only, ...patch }] },
  });
  const withSpec = (patch: object): object => ({ ...template, spec: { ...spec, ...patch } });

  it('is one that the operator could have made', () => {
    expect(isSafeTemplate(JSON.parse(JSON.stringify(template)), IDENTITY.name)).toBe(true);
    expect(isSafeTemplate(producerOf(FULL), IDENTITY.name)).toBe(true);
  });

  test.each([
    ['on the network of the node', withSpec({ hostNetwork: true })],
    ['with a folder of the node', withSpec({ volumes: [{ name: 'tmp', hostPath: { path: '/' } }] })],
    [
      'with a token of the API server',
      withSpec({ volumes: [{ name: 'job', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] }),
    ],
    ['as another account', withSpec({ serviceAccountName: 'admin' })],
    ['as root', withSpec({ securityContext: { runAsUser: 0 } })],
    ['with a container before it', withSpec({ initContainers: [only] })],
    ['with a container beside it', withSpec({ containers: [only, only] })],
    ['without a container', withSpec({ containers: [] })],
    ['that is privileged', withContainer({ securityContext: { privileged: true } })],
    ['on a port of the node', withContainer({ ports: [{ containerPort: 8080, hostPort: 80 }] })],
    [
      'without AppArmor',
      {
        ...template,
        metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/runtime': 'unconfined' } },
      },
    ],
    ['that is none', undefined],
  ])('is refused: one %s', (_what, found) => {
    expect(isSafeTemplate(found, IDENTITY.name)).toBe(false);
  });
});
