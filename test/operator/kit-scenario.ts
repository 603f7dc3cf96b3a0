/**
 * The life of a job in steps, and what the API server holds after each: so that a life with a fault in it can be held
 * against one without. There is no Kafka: its port is closed, and the deletion gives up on it after some seconds.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamJobStatus } from '../../crds/stream-job.ts';
import type { JobResource, KubeObject } from '../../operator/resources/kube-object.ts';
import { ANNOTATIONS, LABELS } from '../../operator/resources/labels.ts';
import type { ApiServer } from '../harness/apiserver.ts';
import { apply, collection, create, manifest, patch, remove } from './kit-jobs.ts';

export const JOB = 'rides';
const SECRET = 'kafka-login';
const CREDENTIALS = { username: 'a', password: 'b' };

/** For operators that run a scenario. */
export const SCENARIO_ENV = {
  STREAMJOB_OPERATOR_CLEANUP_TIMEOUT: '4s',
  STREAMJOB_OPERATOR_NETWORK_POLICIES: 'true',
} as const;

export interface Step {
  readonly name: string;
  readonly act: (server: ApiServer, namespace: string) => Promise<void>;
}

const change = (name: string, spec: object): Step => ({
  name,
  act: (server, namespace) => patch(server, JOB, { spec }, namespace),
});

/** The last one ends the job. */
export const STEPS: readonly Step[] = [
  { name: 'a job with a producer is created', act: createJob },
  change('its pods change', { consumer: { resources: { requests: { cpu: '100m' } } } }),
  change('it is scaled', { consumer: { maxReplicas: 3 } }),
  change('it is suspended', { suspend: true }),
  change('it is resumed', { suspend: false }),
  change('its producer goes', { producer: null }),
  { name: 'it is deleted', act: (server, namespace) => remove(server, JOB, namespace) },
];

async function createJob(server: ApiServer, namespace: string): Promise<void> {
  await create(server, 'Secret', { metadata: { name: SECRET }, stringData: CREDENTIALS }, namespace);
  const sasl = { mechanism: 'SCRAM-SHA-512', secretRef: { name: SECRET } };
  const spec = {
    kafka: { brokers: ['127.0.0.1:1'], sasl },
    // Two producers of one topic would be a conflict.
    topic: { name: `${namespace}-in`, partitions: 4 },
    producer: { source: { file: { path: '/data/rides.csv' } } },
    consumer: { maxReplicas: 2 },
    deletionPolicy: 'Delete',
  };
  await apply(server, manifest(JOB, spec, { namespace }));
}

export async function createNamespace(server: ApiServer, name: string): Promise<void> {
  const { status } = await server.request('POST', '/api/v1/namespaces', { metadata: { name } });
  if (status !== 201) throw new Error(`the namespace ${name} was not created: ${status}`);
}

/** All that is there of a job, without what differs from one job of the same making to another. */
export interface Held {
  readonly job: unknown;
  readonly objects: readonly unknown[];
}

export const NOTHING: Held = { job: undefined, objects: [] };

const KINDS = [
  'ConfigMap',
  'Deployment',
  'NetworkPolicy',
  'Pod',
  'PodDisruptionBudget',
  'Service',
  'ServiceAccount',
] as const;
const LOOK_MILLIS = 500;

type InNamespaces = ReadonlyMap<string, readonly KubeObject[]>;

/** Looks at all namespaces at once: whoever waits in one of them shares the look. */
export class Viewer {
  private readonly server: ApiServer;
  private next: Promise<InNamespaces> | undefined;

  constructor(server: ApiServer) {
    this.server = server;
  }

  /** Begun after the call. */
  async look(namespace: string): Promise<Held> {
    this.next ??= delay(LOOK_MILLIS).then(() => {
      this.next = undefined;
      return this.all();
    });
    return heldOf((await this.next).get(namespace) ?? []);
  }

  private async all(): Promise<InNamespaces> {
    const found = new Map<string, KubeObject[]>();
    for (const kind of ['StreamJob', ...KINDS]) {
      for (const object of await this.list(kind)) {
        const { namespace = '' } = object.metadata;
        found.set(namespace, [...(found.get(namespace) ?? []), object]);
      }
    }
    return found;
  }

  private async list(kind: string): Promise<readonly KubeObject[]> {
    const at = kind === 'StreamJob' ? '/apis/streamjob.dev/v1alpha1/streamjobs' : collection(kind, '');
    const { body } = await this.server.request('GET', at.replace('/namespaces/', ''));
    return (body as { items: readonly KubeObject[] }).items.map((item) => ({ ...item, kind }));
  }
}

/** What every namespace has. */
const isEverywhere = ({ kind, metadata: { name } }: KubeObject): boolean =>
  (kind === 'ConfigMap' && name === 'kube-root-ca.crt') || (kind === 'ServiceAccount' && name === 'default');

function heldOf(all: readonly KubeObject[]): Held {
  const job = all.find(({ kind }) => kind === 'StreamJob') as JobResource | undefined;
  const objects = all.filter((object) => object.kind !== 'StreamJob' && !isEverywhere(object));
  // Of pods, which others make, only that they go in the end.
  const kept = job ? objects.filter(({ kind }) => kind !== 'Pod') : objects;
  const revisions = revisionsOf(kept);
  const held = { job: job && jobPart(job), objects: kept.map(objectPart) };
  const text = replaced(JSON.stringify(held), [
    [job?.metadata.uid, 'UID'],
    [job?.metadata.namespace, 'NAMESPACE'],
    [job?.status?.run, 'RUN'],
    ...revisions.map((id, index): [string, string] => [id, `REVISION-${index}`]),
  ]);
  const { job: jobHeld, objects: rest } = JSON.parse(text) as Held;
  return { job: jobHeld, objects: rest.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) };
}

const nameOf = (part: unknown): string => JSON.stringify(part).slice(0, 200);

/** The one that runs first. */
function revisionsOf(objects: readonly KubeObject[]): readonly string[] {
  const running = objects.find(({ kind }) => kind === 'Deployment')?.metadata.annotations?.[ANNOTATIONS.revision] ?? '';
  const all = objects.flatMap(({ metadata }) => metadata.labels?.[LABELS.revision] ?? []);
  return [...new Set([running, ...all.toSorted()])].filter((id) => id !== '');
}

function replaced(text: string, pairs: readonly (readonly [string | undefined, string])[]): string {
  return pairs.reduce((before, [from, to]) => (from ? before.replaceAll(from, to) : before), text);
}

function jobPart({ metadata, spec, status }: JobResource): unknown {
  return { name: metadata.name, finalizers: metadata.finalizers ?? [], spec, status: status && statusPart(status) };
}

/** Times and texts are of the moment. */
function statusPart({ conditions, ...rest }: StreamJobStatus): unknown {
  const { phase, observedGeneration, replicas, ready, run, runtimeImage, selector } = rest;
  const judged = conditions?.map(({ type, status, reason, observedGeneration: of }) => [type, status, reason, of]);
  return { phase, observedGeneration, replicas, ready, run, runtimeImage, selector, judged };
}

/** All that was asked for, and nothing that the API server or a controller adds to a single object. */
function objectPart(object: KubeObject): unknown {
  const { kind, metadata, status: _, ...rest } = object as KubeObject & { readonly status?: unknown };
  const { name, labels, annotations, ownerReferences, finalizers, deletionTimestamp } =
    metadata as KubeObject['metadata'] & Readonly<Record<string, unknown>>;
  return {
    kind,
    name,
    labels,
    annotations: annotations && withoutVersions(annotations),
    ownerReferences,
    finalizers,
    isEnding: deletionTimestamp !== undefined,
    ...withoutVersions(rest),
  };
}

/** Hashes over versions and uids, and how often a Deployment was changed. */
const VERSIONS = new Set<string>([ANNOTATIONS.inputs, ANNOTATIONS.digest, 'deployment.kubernetes.io/revision']);

function withoutVersions<T extends object>(part: T): T {
  return JSON.parse(JSON.stringify(part), (key, value: unknown) => (VERSIONS.has(key) ? 'VERSION' : value)) as T;
}
