/** What all objects of a job are built from, and the metadata that they share. */
import type { JobIdentity } from '../../crds/identity.ts';
import type { ObjectMeta, OwnerReference } from './kube-object.ts';
import type { Component } from './labels.ts';
import { ANNOTATIONS, objectLabels } from './labels.ts';
import type { Child } from './names.ts';
import { childName } from './names.ts';
import type { OperatorOptions } from './operator-options.ts';
import type { Revision } from './revision.ts';

export interface JobShape {
  readonly identity: JobIdentity;
  readonly owner: OwnerReference;
  /** Its recorded pod templates are used, whoever made them. */
  readonly revision: Revision;
  /** Pods. */
  readonly consumers: number;
  /** 0 while the job is suspended; without meaning where it has no producer. */
  readonly producers: number;
  /** Of inputsHash: another one rolls the pods. */
  readonly inputsHash: string;
  readonly options: Pick<OperatorOptions, 'networkPolicies'>;
}

export function metadataOf({ identity, owner }: JobShape, child: Child, component?: Component): ObjectMeta {
  return {
    name: childName(identity.name, child),
    namespace: identity.namespace,
    labels: objectLabels(identity, component),
    annotations: { [ANNOTATIONS.name]: identity.name },
    ownerReferences: [owner],
  };
}
