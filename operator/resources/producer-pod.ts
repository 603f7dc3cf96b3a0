/** The pod that writes records to the topic. It has nothing to do with the sink, and gets none of its Secrets. */
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { kafkaSecrets } from './effective-job.ts';
import type { PodParts } from './pod-template.ts';
import { podTemplate } from './pod-template.ts';

export const producerPod = (parts: PodParts): V1PodTemplateSpec =>
  podTemplate(parts, { component: 'producer', resources: undefined, secrets: kafkaSecrets(parts.job) });
