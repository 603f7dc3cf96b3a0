/** Pods that read the topic. They share out its partitions, so they had better not share a node. */
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { kafkaSecrets, sinkSecrets } from './effective-job.ts';
import { selectorLabels } from './labels.ts';
import type { PodParts } from './pod-template.ts';
import { podTemplate } from './pod-template.ts';

export function consumerPod(parts: PodParts): V1PodTemplateSpec {
  const { job, identity } = parts;
  const { metadata, spec } = podTemplate(parts, {
    component: 'consumer',
    resources: job.spec.consumer.resources,
    secrets: [...kafkaSecrets(job), ...sinkSecrets(job)],
  });
  const spread = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...selectorLabels(identity.name, 'consumer') } },
  };
  return { metadata: metadata!, spec: { ...spec!, topologySpreadConstraints: [spread] } };
}
