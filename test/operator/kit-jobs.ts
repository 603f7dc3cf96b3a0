/** Manifests for tests of the operator, and what the API server says of them. */
import type { StreamJobStatus } from '../../crds/stream-job.ts';
import type { JobResource, KubeObject } from '../../operator/resources/kube-object.ts';
import type { ApiServer } from '../harness/apiserver.ts';

export type Patch = Readonly<Record<string, unknown>>;

const FIELDS = [
  { name: 'ID', type: 'string' },
  { name: 'AT', type: 'timestamp', format: 'iso8601' },
  { name: 'N', type: 'long' },
];

/** Counts records by key in windows of five seconds. `spec` replaces top-level parts; undefined leaves one out. */
export function manifest(name: string, spec: Patch = {}, metadata: Patch = {}): JobResource {
  const whole = {
    kafka: { brokers: ['127.0.0.1:1'] },
    topic: { name: `${name}-in`, partitions: 4 },
    schema: { format: 'csv', fields: FIELDS, eventTime: 'AT', key: { fields: ['ID'] } },
    window: { type: 'tumbling', size: '5s', groupBy: ['ID'], aggregate: { RECORDS: { count: '*' } } },
    sink: { kafka: { topic: `${name}-out` } },
    ...spec,
  };
  return {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: { name, namespace: 'default', ...metadata },
    spec: whole,
  } as unknown as JobResource;
}

const jobsIn = (namespace: string): string => `/apis/streamjob.dev/v1alpha1/namespaces/${namespace}/streamjobs`;

/** As `kubectl apply --server-side` does, by a person. Throws what the API server says against it. */
export async function apply(server: ApiServer, object: KubeObject): Promise<JobResource> {
  const { namespace = 'default', name } = object.metadata;
  const at = `${jobsIn(namespace)}/${name}?fieldManager=person&force=true`;
  const { status, body } = await server.request('PATCH', at, object, {
    'content-type': 'application/apply-patch+yaml',
  });
  if (status !== 200 && status !== 201) throw new Error((body as { message?: string }).message);
  return body as JobResource;
}

/** Merge patch. */
export async function patch(server: ApiServer, name: string, change: object, namespace = 'default'): Promise<void> {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const { status, body } = await server.request('PATCH', `${jobsIn(namespace)}/${name}`, change, headers);
  if (status !== 200) throw new Error((body as { message?: string }).message);
}

export async function remove(server: ApiServer, name: string, namespace = 'default'): Promise<void> {
  await server.request('DELETE', `${jobsIn(namespace)}/${name}`);
}

/** Undefined: there is none. */
export async function find(server: ApiServer, name: string, namespace = 'default'): Promise<JobResource | undefined> {
  const { status, body } = await server.request('GET', `${jobsIn(namespace)}/${name}`);
  return status === 200 ? (body as JobResource) : undefined;
}

export async function statusOf(server: ApiServer, name: string, namespace = 'default'): Promise<StreamJobStatus> {
  return (await find(server, name, namespace))?.status ?? {};
}

type Condition = NonNullable<StreamJobStatus['conditions']>[number];

export function conditionOf(status: StreamJobStatus, type: string): Condition | undefined {
  return status.conditions?.find((condition) => condition.type === type);
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  Deployment: '/apis/apps/v1/namespaces/NS/deployments',
  Event: '/apis/events.k8s.io/v1/namespaces/NS/events',
  NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
  Pod: '/api/v1/namespaces/NS/pods',
  PodDisruptionBudget: '/apis/policy/v1/namespaces/NS/poddisruptionbudgets',
  Secret: '/api/v1/namespaces/NS/secrets',
  Service: '/api/v1/namespaces/NS/services',
  ServiceAccount: '/api/v1/namespaces/NS/serviceaccounts',
};

export const collection = (kind: string, namespace = 'default'): string => COLLECTIONS[kind]!.replace('NS', namespace);

/** All objects of the kind that carry the operator's labels, sorted by name. */
export async function objectsOf(server: ApiServer, kind: string, namespace = 'default'): Promise<KubeObject[]> {
  const selector = 'labelSelector=app.kubernetes.io%2Fmanaged-by%3Dstreamjob-operator';
  const { body } = await server.request('GET', `${collection(kind, namespace)}?${selector}`);
  const { items } = body as { items: KubeObject[] };
  return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

export async function create(
  server: ApiServer,
  kind: string,
  object: object,
  namespace = 'default',
): Promise<KubeObject> {
  const { status, body } = await server.request('POST', collection(kind, namespace), object);
  if (status !== 201) throw new Error((body as { message?: string }).message);
  return body as KubeObject;
}
