/** All objects of a job that is to run, in the order in which they are applied: what pods need comes before them. */
import { consumerDeployment } from './consumer-deployment.ts';
import { disruptionBudget } from './disruption-budget.ts';
import type { JobShape } from './job-shape.ts';
import type { KubeObject } from './kube-object.ts';
import { networkPolicy } from './network-policy.ts';
import { producerDeployment } from './producer-deployment.ts';
import { serviceAccount } from './service-account.ts';
import { service } from './service.ts';

export type { JobShape } from './job-shape.ts';

export function desiredObjects(shape: JobShape): readonly KubeObject[] {
  const objects = [
    serviceAccount(shape),
    revisionOf(shape),
    service(shape),
    networkPolicy(shape),
    disruptionBudget(shape),
    consumerDeployment(shape),
    producerDeployment(shape),
  ];
  return objects.filter((object) => object !== undefined);
}

function revisionOf({ revision: { configMap }, owner }: JobShape): KubeObject {
  return { ...configMap, metadata: { ...configMap.metadata, ownerReferences: [owner] } };
}
