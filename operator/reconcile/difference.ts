/**
 * The first field in which an object is not as it should be. The API server adds defaults and other writers add fields:
 * what is not asked for does not count. Members of a list that have names are found by them, as server-side apply does
 * it, and others may stand beside them; a list without names is compared member by member.
 */
import type { KubeObject } from '../resources/kube-object.ts';

/** A path such as `spec.template.spec.containers[0].image`; undefined: nothing has to be written. */
export function difference(desired: KubeObject, existing: KubeObject): string | undefined {
  const { metadata } = desired;
  const wanted = {
    ...desired,
    // What else stands in the metadata belongs to the API server and to others.
    metadata: { labels: metadata.labels, annotations: metadata.annotations, ownerReferences: metadata.ownerReferences },
  };
  return differenceAt(wanted, existing, '');
}

type Members = Readonly<Record<string, unknown>>;

function differenceAt(desired: unknown, existing: unknown, path: string): string | undefined {
  if (desired === undefined || Object.is(desired, existing)) return undefined;
  if (isEmpty(desired) && existing === undefined) return undefined;
  if (Array.isArray(desired)) return differenceOfLists(desired, existing, path);
  return isMembers(desired) && isMembers(existing) ? differenceOfMembers(desired, existing, path) : path;
}

function differenceOfMembers(desired: Members, existing: Members, path: string): string | undefined {
  for (const [name, value] of Object.entries(desired)) {
    const found = differenceAt(value, existing[name], path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function differenceOfLists(desired: readonly unknown[], existing: unknown, path: string): string | undefined {
  if (!Array.isArray(existing)) return path;
  const isByName = desired.length > 0 && desired.every((value) => nameOf(value) !== undefined);
  if (!isByName && existing.length !== desired.length) return path;
  for (const [index, value] of desired.entries()) {
    const candidates = isByName ? existing.filter((other) => nameOf(other) === nameOf(value)) : [existing[index]];
    const found = differenceToAll(value, candidates, `${path}[${isByName ? nameOf(value) : index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One volume may be mounted twice: any of that name will do. */
function differenceToAll(desired: unknown, candidates: readonly unknown[], path: string): string | undefined {
  const found = candidates.map((candidate) => differenceAt(desired, candidate, path));
  return found.length === 0 ? path : found.includes(undefined) ? undefined : found[0];
}

const nameOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? (value as { name?: string }).name : undefined;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The API server leaves empty objects and lists out. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
