/** The pod that writes. The old one goes before the new one comes: only one of them could write anyway. */
import { deployment } from './deployment.ts';
import type { JobShape } from './job-shape.ts';
import type { KubeObject } from './kube-object.ts';

/** Undefined: the job has no producer. */
export function producerDeployment(shape: JobShape): KubeObject | undefined {
  const template = shape.revision.templates.producer;
  if (!template) return undefined;
  return deployment(shape, {
    component: 'producer',
    replicas: shape.producers,
    strategy: { type: 'Recreate' },
    template,
  });
}
