/** The kinds that the operator keeps copies of. Only what carries its labels, but for the jobs themselves. */
import { API_VERSION, KIND } from '../crds/stream-job.ts';
import type { Selection } from './cluster/list.ts';
import { LABELS, MANAGED_BY } from './resources/labels.ts';

const OURS = `${LABELS.managedBy}=${MANAGED_BY}`;

export const JOBS: Selection = { apiVersion: API_VERSION, kind: KIND };
export const PODS: Selection = { apiVersion: 'v1', kind: 'Pod', labelSelector: OURS };

/** Objects of jobs, one store each. */
export const OWNED: readonly Selection[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment', labelSelector: OURS },
  { apiVersion: 'v1', kind: 'ConfigMap', labelSelector: OURS },
  { apiVersion: 'v1', kind: 'Service', labelSelector: OURS },
  { apiVersion: 'v1', kind: 'ServiceAccount', labelSelector: OURS },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', labelSelector: OURS },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', labelSelector: OURS },
];
