/** Secrets and ConfigMaps that a job names: read one by one, never listed or watched, never kept. */
import type { InputFacts } from '../reconcile/observed.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { isApiError } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { objectPath, resourceOf } from './kinds.ts';

export interface InputRef {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
}

type Found = KubeObject & { readonly binaryData?: Readonly<Record<string, string>> };

/** That it exists and which keys it has. Rejects with an ApiError when the API server does not answer. */
export async function readInput(client: KubeClient, ref: InputRef): Promise<InputFacts> {
  const { kind, name } = ref;
  const found = await find(client, ref);
  if (found === undefined) return { kind, name };
  if ('trouble' in found) return { kind, name, trouble: found.trouble };
  const { uid = '', resourceVersion = '' } = found.metadata;
  const keys = Object.keys({ ...found.data, ...found.binaryData }).sort();
  return { kind, name, found: { uid, resourceVersion, keys } };
}

/** What a Secret holds, as text; `trouble`: why it may not be read. Undefined: there is none of this name. */
export type SecretData = { readonly data: Readonly<Record<string, string>> } | { readonly trouble: string };

export async function readSecret(client: KubeClient, namespace: string, name: string): Promise<SecretData | undefined> {
  const found = await find(client, { kind: 'Secret', namespace, name });
  if (found === undefined || 'trouble' in found) return found;
  const entries = Object.entries(found.data ?? {});
  return { data: Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])) };
}

async function find(client: KubeClient, ref: InputRef): Promise<Found | { trouble: string } | undefined> {
  try {
    return await client.request<Found>('GET', objectPath({ apiVersion: 'v1', ...ref }));
  } catch (failure) {
    if (!isApiError(failure)) throw failure;
    if (failure.isNotFound) return undefined;
    if (failure.isForbidden) return { trouble: forbidden(ref) };
    throw failure;
  }
}

function forbidden({ kind, namespace, name }: InputRef): string {
  const right = `"get" on ${resourceOf({ apiVersion: 'v1', kind })}`;
  return `the operator may not read the ${kind} "${name}": grant its service account ${right} in namespace "${namespace}"`;
}
