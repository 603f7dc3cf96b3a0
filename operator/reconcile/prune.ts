/** Which of a job's own objects go: what the manifest does not ask for any more, and revisions that nobody needs. */
import type { KubeObject, ObjectRef } from '../resources/kube-object.ts';
import { LABELS } from '../resources/labels.ts';
import { digestOf } from '../resources/running-revision.ts';
import type { Observed } from './observed.ts';

/** Besides the one that runs: to go back to, and to name in a message. */
const KEPT_REVISIONS = 1;

export function superfluous({ owned, pods, running }: Observed, desired: readonly KubeObject[]): ObjectRef[] {
  const wanted = new Set(desired.map(nameOf));
  const others = owned.filter(
    (object) => !wanted.has(nameOf(object)) && object.metadata.deletionTimestamp === undefined,
  );
  const revisions = others.filter(({ kind }) => kind === 'ConfigMap').sort(youngestFirst);
  const inUse = new Set([running?.revision, ...pods.map(({ revision }) => revision)]);
  const old = revisions.slice(KEPT_REVISIONS).filter(({ metadata }) => !inUse.has(metadata.labels?.[LABELS.revision]));
  const damaged = owned.filter((object) => desired.some((other) => isStale(object, other)));
  return [...others.filter(({ kind }) => kind !== 'ConfigMap'), ...old, ...damaged].map(refOf);
}

/** A revision is immutable: what should stand there can only take the place of what does. */
const isStale = (object: KubeObject, desired: KubeObject): boolean =>
  object.kind === 'ConfigMap' && nameOf(object) === nameOf(desired) && digestOf(object) !== digestOf(desired);

export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid };
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

export function youngestFirst(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`);
  return left! < right! ? 1 : -1;
}
