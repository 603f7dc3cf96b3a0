/** The kinds that the operator reads and writes, and where the API server keeps them. Another kind is another line. */
import { API_VERSION } from '../../crds/stream-job.ts';

/** Plural by apiVersion and kind; all of them live in namespaces. */
const PLURALS: Readonly<Record<string, string>> = {
  [`${API_VERSION}/StreamJob`]: 'streamjobs',
  'apps/v1/Deployment': 'deployments',
  'coordination.k8s.io/v1/Lease': 'leases',
  'events.k8s.io/v1/Event': 'events',
  'networking.k8s.io/v1/NetworkPolicy': 'networkpolicies',
  'policy/v1/PodDisruptionBudget': 'poddisruptionbudgets',
  'v1/ConfigMap': 'configmaps',
  'v1/Pod': 'pods',
  'v1/Secret': 'secrets',
  'v1/Service': 'services',
  'v1/ServiceAccount': 'serviceaccounts',
};

export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A kind's objects; no `namespace`: those of all namespaces. */
export interface Collection extends KindRef {
  readonly namespace?: string | undefined;
}

/** The plural, as RBAC names it. Throws a RangeError on a kind that is not in the table. */
export function resourceOf({ apiVersion, kind }: KindRef): string {
  const plural = PLURALS[`${apiVersion}/${kind}`];
  if (plural === undefined) throw new RangeError(`no place is known for ${apiVersion} ${kind}`);
  return plural;
}

/** Such as /apis/apps/v1/namespaces/default/deployments. */
export function collectionPath(collection: Collection): string {
  const { apiVersion, namespace } = collection;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${resourceOf(collection)}`;
}

export interface Place extends KindRef {
  readonly namespace: string;
  readonly name: string;
}

export function objectPath(place: Place, subresource?: 'status'): string {
  const path = `${collectionPath(place)}/${encodeURIComponent(place.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
