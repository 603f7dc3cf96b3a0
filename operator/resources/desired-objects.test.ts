import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseStreamJob } from '../../crds/parse.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { draftOf, OPTIONS, shapeOf } from '../../test/builders/owned-objects.ts';
import { streamJob } from '../../test/builders/stream-job.ts';
import { desiredObjects } from './desired-objects.ts';
import type { KubeObject } from './kube-object.ts';
import { desiredRevision, readRevision } from './revision.ts';
import { digestOf } from './running-revision.ts';

function example(): StreamJob {
  const file = path.join(import.meta.dirname, '../../examples/mta-turnstile.yaml');
  const parsed = parseStreamJob(parse(readFileSync(file, 'utf8')));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.job;
}

const JOB = example();
const REVISION = desiredRevision(draftOf(JOB)).revision;
const DIGEST = digestOf(desiredRevision(draftOf(JOB)).configMap);
const OWN = { 'streamjob.dev/name': 'mta-turnstile' };
const labels = (component?: string): object => ({
  'app.kubernetes.io/name': 'streamjob',
  'app.kubernetes.io/instance': 'mta-turnstile',
  ...(component !== undefined && { 'app.kubernetes.io/component': component }),
  'app.kubernetes.io/managed-by': 'streamjob-operator',
  'streamjob.dev/job': 'mta-turnstile',
  'streamjob.dev/run': 'k3x9',
});
const selector = (component: string): object => ({
  matchLabels: { 'app.kubernetes.io/component': component, 'streamjob.dev/job': 'mta-turnstile' },
});
const metadata = (name: string, more: object = {}): object => ({
  name,
  namespace: 'transit',
  labels: labels(),
  annotations: OWN,
  ownerReferences: [
    {
      apiVersion: 'streamjob.dev/v1alpha1',
      kind: 'StreamJob',
      name: 'mta-turnstile',
      uid: '7c0d6a54-58d3-4a1e-9df5-6b1f3f2b9e11',
      controller: true,
    },
  ],
  ...more,
});

const probe = (at: string, timing: object): object => ({
  httpGet: { path: at, port: 'http', scheme: 'HTTP' },
  timeoutSeconds: 5,
  ...timing,
});

const template = (component: string, secrets: readonly object[], more: object = {}): object => ({
  metadata: {
    labels: { ...labels(component), 'streamjob.dev/revision': REVISION },
    annotations: { ...OWN, 'streamjob.dev/inputs': '0123456789abcdef' },
  },
  spec: {
    serviceAccountName: 'mta-turnstile-job',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 60,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'runtime',
        image: 'registry.example/streamjob:1.2.3',
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '/app/job-runtime/main.ts'],
        args: [component],
        env: [
          { name: 'STREAMJOB_JOB_FILE', value: '/etc/streamjob/job.json' },
          { name: 'STREAMJOB_SECRETS_DIR', value: '/etc/streamjob/secrets' },
          { name: 'STREAMJOB_UID', value: '7c0d6a54-58d3-4a1e-9df5-6b1f3f2b9e11' },
          { name: 'STREAMJOB_RUN', value: 'k3x9' },
          { name: 'STREAMJOB_INSTANCE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
        startupProbe: probe('/livez', { periodSeconds: 2, failureThreshold: 60 }),
        livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 6 }),
        readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 2 }),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        terminationMessagePolicy: 'FallbackToLogsOnError',
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          { name: 'job', mountPath: '/etc/streamjob', readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      {
        name: 'job',
        projected: {
          sources: [
            { configMap: { name: `mta-turnstile-${REVISION}`, items: [{ key: 'job.json', path: 'job.json' }] } },
            ...secrets,
          ],
        },
      },
    ],
    ...more,
  },
});

const GOLDEN = {
  'mta-turnstile-job (ServiceAccount)': {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata('mta-turnstile-job'),
    automountServiceAccountToken: false,
  },
  [`mta-turnstile-${REVISION} (ConfigMap)`]: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(`mta-turnstile-${REVISION}`, { labels: { ...labels(), 'streamjob.dev/revision': REVISION } }),
    immutable: true,
    data: { 'job.json': expect.any(String), 'pods.json': expect.any(String) },
  },
  'mta-turnstile-metrics (Service)': {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata('mta-turnstile-metrics'),
    spec: {
      clusterIP: 'None',
      selector: { 'streamjob.dev/job': 'mta-turnstile' },
      ports: [{ name: 'http', port: 8080, targetPort: 'http', protocol: 'TCP' }],
      publishNotReadyAddresses: true,
    },
  },
  'mta-turnstile-job (NetworkPolicy)': {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata('mta-turnstile-job'),
    spec: {
      podSelector: { matchLabels: { 'streamjob.dev/job': 'mta-turnstile' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 8080, protocol: 'TCP' }] }],
    },
  },
  'mta-turnstile-consumer (PodDisruptionBudget)': {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata('mta-turnstile-consumer', { labels: labels('consumer') }),
    spec: { maxUnavailable: 1, selector: selector('consumer'), unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  },
  'mta-turnstile-consumer (Deployment)': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata('mta-turnstile-consumer', {
      labels: labels('consumer'),
      annotations: { ...OWN, 'streamjob.dev/revision': REVISION, 'streamjob.dev/digest': DIGEST },
    }),
    spec: {
      replicas: 2,
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '25%' } },
      selector: selector('consumer'),
      template: template(
        'consumer',
        [
          {
            secret: {
              name: 'gcs-credentials',
              items: [{ key: 'credentials.json', path: 'secrets/sink-gcs/credentials.json' }],
            },
          },
        ],
        {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: selector('consumer'),
            },
          ],
        },
      ),
    },
  },
  'mta-turnstile-producer (Deployment)': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata('mta-turnstile-producer', {
      labels: labels('producer'),
      annotations: { ...OWN, 'streamjob.dev/revision': REVISION, 'streamjob.dev/digest': DIGEST },
    }),
    spec: {
      replicas: 1,
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: 600,
      strategy: { type: 'Recreate' },
      selector: selector('producer'),
      template: template('producer', []),
    },
  },
};

const named = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ kind, metadata: { name } }) => `${name} (${kind})`);
const find = (objects: readonly KubeObject[], name: string): KubeObject | undefined =>
  objects[named(objects).indexOf(name)];
const replicasOf = (object: KubeObject | undefined): unknown => (object?.spec as { replicas: number }).replicas;

describe('the objects of the example mta-turnstile', () => {
  const objects = desiredObjects(shapeOf(JOB));

  it('are these, what pods need before the pods', () => {
    expect(named(objects)).toEqual(Object.keys(GOLDEN));
  });

  test.each(Object.entries(GOLDEN))('%s', (name, want) => {
    expect(find(objects, name)).toEqual(want);
  });

  it('have the whole manifest in the revision, with its defaults', () => {
    const { data } = find(objects, `mta-turnstile-${REVISION} (ConfigMap)`)!;
    expect(JSON.parse(data!['job.json']!)).toEqual({
      apiVersion: 'streamjob.dev/v1alpha1',
      kind: 'StreamJob',
      metadata: { name: 'mta-turnstile', namespace: 'transit' },
      spec: JSON.parse(JSON.stringify(JOB.spec)) as object,
    });
  });
});

describe('the objects of a job', () => {
  it('have no producer and no network policy where none is wanted', () => {
    const shape = shapeOf(streamJob(), { options: { ...OPTIONS, networkPolicies: false } });
    expect(desiredObjects(shape).map(({ kind }) => kind)).toEqual([
      'ServiceAccount',
      'ConfigMap',
      'Service',
      'PodDisruptionBudget',
      'Deployment',
    ]);
  });

  it('are all there while it is suspended, without a pod', () => {
    const objects = desiredObjects(shapeOf(JOB, { consumers: 0, producers: 0 }));
    expect(named(objects)).toEqual(Object.keys(GOLDEN));
    expect(replicasOf(find(objects, 'mta-turnstile-consumer (Deployment)'))).toBe(0);
    expect(replicasOf(find(objects, 'mta-turnstile-producer (Deployment)'))).toBe(0);
  });

  it('are made of the recorded pods, and not of what this operator would make', () => {
    const old = { ...OPTIONS, defaultResources: { limits: { memory: '99Mi' } }, operatorVersion: '0.9.0' };
    const written = desiredRevision(draftOf(JOB, { options: old, image: 'registry.example/streamjob:0.9.0' }));
    const revision = readRevision(written.configMap)!;
    const objects = desiredObjects(shapeOf(JOB, { revision }));
    const { spec } = find(objects, 'mta-turnstile-consumer (Deployment)')!;
    expect(spec).toMatchObject({
      template: {
        spec: {
          containers: [{ image: 'registry.example/streamjob:0.9.0', resources: { limits: { memory: '99Mi' } } }],
        },
      },
    });
    expect(find(objects, `mta-turnstile-${REVISION} (ConfigMap)`)!.data).toEqual(written.configMap.data);
  });
});
