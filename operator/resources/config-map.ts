/** What a revision consists of: the manifest that its pods mount, and the templates that they are made of. */
import type { JobIdentity } from '../../crds/identity.ts';
import type { KubeObject } from './kube-object.ts';
import { ANNOTATIONS, LABELS, objectLabels } from './labels.ts';
import { revisionName } from './names.ts';

export interface RevisionData extends Readonly<Record<string, string>> {
  readonly 'job.json': string;
  readonly 'pods.json': string;
}

export interface RevisionMarks {
  readonly revision: string;
  /** Text of the job's annotation streamjob.dev/upgrade; empty: there is none. */
  readonly upgrade: string;
}

/** Immutable: pods of one revision all see the same, and the kubelet need not watch it. */
export const revisionConfigMap = (
  identity: JobIdentity,
  { revision, upgrade }: RevisionMarks,
  data: RevisionData,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: revisionName(identity.name, revision),
    namespace: identity.namespace,
    labels: { ...objectLabels(identity), [LABELS.revision]: revision },
    annotations: { [ANNOTATIONS.name]: identity.name, ...(upgrade !== '' && { [ANNOTATIONS.upgrade]: upgrade }) },
  },
  immutable: true,
  data,
});
