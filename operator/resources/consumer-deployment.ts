/** The pods that read. */
import { deployment } from './deployment.ts';
import type { JobShape } from './job-shape.ts';
import type { KubeObject } from './kube-object.ts';

/**
 * No pod beyond those wanted: it would take partitions over from one that is about to go, and restore their state
 * twice. Where a quarter is less than a pod, Kubernetes takes one.
 */
const STRATEGY = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '25%' } };

export const consumerDeployment = (shape: JobShape): KubeObject =>
  deployment(shape, {
    component: 'consumer',
    replicas: shape.consumers,
    strategy: STRATEGY,
    template: shape.revision.templates.consumer,
  });
