/** Who may speak to a job's pods: anybody, and to the port of the pages alone. Where they may go is not restricted. */
import type { V1NetworkPolicySpec } from '@kubernetes/client-node';
import type { JobShape } from './job-shape.ts';
import { metadataOf } from './job-shape.ts';
import type { KubeObject } from './kube-object.ts';
import { selectorLabels } from './labels.ts';
import { HTTP_PORT } from './pod-template.ts';

/** Undefined: the operator is not to write any. */
export function networkPolicy(shape: JobShape): KubeObject | undefined {
  if (!shape.options.networkPolicies) return undefined;
  const spec: V1NetworkPolicySpec = {
    podSelector: { matchLabels: { ...selectorLabels(shape.identity.name) } },
    policyTypes: ['Ingress'],
    ingress: [{ ports: [{ port: HTTP_PORT.number, protocol: 'TCP' }] }],
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(shape, 'networkPolicy'),
    spec,
  };
}
