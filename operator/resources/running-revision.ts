/**
 * What a job's consumers are made of at present. A Deployment names its revision and the digest of the ConfigMap that
 * holds it: whoever may write ConfigMaps, and nothing else, could have the operator make pods of another image, or with
 * another Secret, if a ConfigMap were believed by its name.
 */
import { canonicalJson, hexHash } from './hash.ts';
import type { KubeObject } from './kube-object.ts';
import { ANNOTATIONS, LABELS } from './labels.ts';
import { childName } from './names.ts';
import type { Revision } from './revision.ts';
import { readRevision } from './revision.ts';

/** Of a revision's ConfigMap: 16 hexadecimal digits. */
export const digestOf = ({ data }: KubeObject): string => hexHash(canonicalJson(data ?? {}), 16);

/** `owned`: the objects of this job. Undefined: nothing runs, or its ConfigMap is gone or is another one by now. */
export function runningRevision(job: string, owned: readonly KubeObject[]): Revision | undefined {
  const name = childName(job, 'consumer');
  const deployment = owned.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  const { [ANNOTATIONS.revision]: revision, [ANNOTATIONS.digest]: digest } = deployment?.metadata.annotations ?? {};
  const configMap = owned.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels?.[LABELS.revision] === revision,
  );
  return configMap && digestOf(configMap) === digest ? readRevision(configMap) : undefined;
}
