/** What the Deployments of both roles have in common. */
import type { V1DeploymentSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { JobShape } from './job-shape.ts';
import { metadataOf } from './job-shape.ts';
import type { KubeObject } from './kube-object.ts';
import type { Component } from './labels.ts';
import { ANNOTATIONS, selectorLabels } from './labels.ts';
import { digestOf } from './running-revision.ts';

/** How one role's Deployment differs from the other's. */
export interface DeploymentParts {
  readonly component: Component;
  readonly replicas: number;
  readonly strategy: NonNullable<V1DeploymentSpec['strategy']>;
  readonly template: V1PodTemplateSpec;
}

/** Longer than a slow pull of an image and a restore; Kafka that is away makes it longer, and is told by itself. */
const PROGRESS_SECONDS = 600;
/** The ConfigMaps of revisions are what one goes back to; these only help whoever looks at a rollout. */
const KEPT_REPLICA_SETS = 2;

export function deployment(shape: JobShape, { component, replicas, strategy, template }: DeploymentParts): KubeObject {
  const { identity, revision } = shape;
  const metadata = metadataOf(shape, component, component);
  const spec: V1DeploymentSpec = {
    replicas,
    revisionHistoryLimit: KEPT_REPLICA_SETS,
    progressDeadlineSeconds: PROGRESS_SECONDS,
    strategy,
    selector: { matchLabels: { ...selectorLabels(identity.name, component) } },
    template: withInputs(template, shape),
  };
  const annotations = {
    ...metadata.annotations,
    [ANNOTATIONS.revision]: revision.revision,
    [ANNOTATIONS.digest]: digestOf(revision.configMap),
  };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...metadata, annotations }, spec };
}

/** Pods read most of their inputs only when they start. */
function withInputs(template: V1PodTemplateSpec, { inputsHash }: JobShape): V1PodTemplateSpec {
  const annotations = { ...template.metadata?.annotations, [ANNOTATIONS.inputs]: inputsHash };
  return { ...template, metadata: { ...template.metadata, annotations } };
}
