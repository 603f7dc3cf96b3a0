/**
 * How the caches keep an object: as its JSON text, parsed for whoever asks. As live values a thousand jobs with their
 * Deployments, pods and ConfigMaps take about twice the memory, and a pass looks at a dozen of them.
 */
import type { KubeObject } from '../resources/kube-object.ts';
import { LABELS } from '../resources/labels.ts';

/** An object, and what is asked of all of them without opening it. */
export interface Packed<T extends KubeObject> {
  readonly version: string;
  readonly namespace: string;
  /** NAMESPACE/LABEL of the job that it belongs to. */
  readonly job: string | undefined;
  readonly open: () => T;
}

export function pack<T extends KubeObject>(object: T): Packed<T> {
  const text = JSON.stringify(object);
  const { namespace = '', resourceVersion = '', labels } = object.metadata;
  const label = labels?.[LABELS.job];
  const job = label === undefined ? undefined : `${namespace}/${label}`;
  return { version: resourceVersion, namespace, job, open: () => JSON.parse(text) as T };
}
