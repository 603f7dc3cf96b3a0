/**
 * What the operator needs to be allowed, and no more: test/operator/security-access.integration.test.ts compares this
 * with what it asks of an API server. Secrets are read one by one and never listed; pods are only looked at, since
 * Deployments make them; a job is never created, replaced or deleted.
 */
import { GROUP } from '../crds/stream-job.ts';

/** A rule of a Role or ClusterRole, as rbac.authorization.k8s.io/v1 takes it. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Absent: objects of any name. */
  readonly resourceNames?: readonly string[];
}

const LOOK = ['list', 'watch'] as const;
/** An apply of what is not there yet counts as a creation; before that, it is looked whether the name is free. */
const KEEP = ['get', ...LOOK, 'create', 'patch'] as const;

/** In every namespace whose jobs are looked after. `networkPolicies`: what STREAMJOB_OPERATOR_NETWORK_POLICIES says. */
export function operatorRules({ networkPolicies }: { readonly networkPolicies: boolean }): readonly PolicyRule[] {
  return [
    // Patched for the finalizer alone; read after a conflict.
    rule(GROUP, ['streamjobs'], ['get', ...LOOK, 'patch']),
    rule(GROUP, ['streamjobs/status'], ['patch']),
    // Producers that are not wanted any more and old revisions are deleted; whatever else a job owns goes with it.
    rule('apps', ['deployments'], [...KEEP, 'delete']),
    rule('', ['configmaps'], [...KEEP, 'delete']),
    rule('', ['services', 'serviceaccounts'], KEEP),
    rule('policy', ['poddisruptionbudgets'], KEEP),
    // Where there are to be none, those of an earlier setting go.
    rule('networking.k8s.io', ['networkpolicies'], networkPolicies ? KEEP : [...LOOK, 'delete']),
    rule('', ['pods'], LOOK),
    rule('', ['secrets'], ['get']),
    rule('events.k8s.io', ['events'], ['create']),
  ];
}

/** In the namespace of the Lease, where leader election is on. A name cannot be granted before it is taken. */
export const leaseRules = (leaseName: string): readonly PolicyRule[] => [
  rule('coordination.k8s.io', ['leases'], ['create']),
  { ...rule('coordination.k8s.io', ['leases'], ['get', 'update']), resourceNames: [leaseName] },
];

const rule = (group: string, resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [group],
  resources,
  verbs,
});
