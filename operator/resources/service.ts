/** Finds the metrics and the status of each pod of both roles; also of those that are not ready, which say why. */
import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { JobShape } from './job-shape.ts';
import { metadataOf } from './job-shape.ts';
import type { KubeObject } from './kube-object.ts';
import { selectorLabels } from './labels.ts';
import { HTTP_PORT } from './pod-template.ts';

export function service(shape: JobShape): KubeObject {
  const spec: V1ServiceSpec = {
    clusterIP: 'None',
    selector: { ...selectorLabels(shape.identity.name) },
    ports: [{ name: HTTP_PORT.name, port: HTTP_PORT.number, targetPort: HTTP_PORT.name, protocol: 'TCP' }],
    publishNotReadyAddresses: true,
  };
  return { apiVersion: 'v1', kind: 'Service', metadata: metadataOf(shape, 'service'), spec };
}
