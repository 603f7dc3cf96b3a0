/** Nodes are drained one consumer pod at a time: each that goes has its state restored elsewhere. */
import type { V1PodDisruptionBudgetSpec } from '@kubernetes/client-node';
import type { JobShape } from './job-shape.ts';
import { metadataOf } from './job-shape.ts';
import type { KubeObject } from './kube-object.ts';
import { selectorLabels } from './labels.ts';

export function disruptionBudget(shape: JobShape): KubeObject {
  const spec: V1PodDisruptionBudgetSpec = {
    maxUnavailable: 1,
    selector: { matchLabels: { ...selectorLabels(shape.identity.name, 'consumer') } },
    // While Kafka is away no pod is ready, and none does work that an eviction could disturb.
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  };
  const metadata = metadataOf(shape, 'disruptionBudget', 'consumer');
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec };
}
