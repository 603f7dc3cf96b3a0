/** Accounts with rules, and what they asked of the API server, by its audit log. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PolicyRule } from '../../operator/access.ts';
import type { ApiServer, ServiceAccount } from '../harness/apiserver.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** Flags with which the API server writes a line for each request of a service account. */
export async function auditFlags(folder: string): Promise<string[]> {
  const policy = path.join(folder, 'policy.json');
  const rules = [{ level: 'Metadata', userGroups: ['system:serviceaccounts'] }, { level: 'None' }];
  const omitStages = ['RequestReceived'];
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules }));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${logOf(folder)}`, '--audit-log-mode=blocking-strict'];
}

const logOf = (folder: string): string => path.join(folder, 'audit.log');

interface AuditLine {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

export interface Asked {
  /** GROUP/RESOURCE VERB, such as `apps/deployments patch`; of what is no resource, the path. */
  readonly right: string;
  /** Undefined: of all namespaces. */
  readonly namespace: string | undefined;
  readonly code: number;
}

const userOf = ({ namespace, name }: ServiceAccount): string => `system:serviceaccount:${namespace}:${name}`;

/** Each request of the account so far; an apply that created something stands for a patch and a create. */
export async function askedBy(folder: string, account: ServiceAccount): Promise<readonly Asked[]> {
  const lines = (await readFile(logOf(folder), 'utf8')).split('\n').filter((line) => line.endsWith('}'));
  return lines
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ user }) => user.username === userOf(account))
    .flatMap(askedIn);
}

function askedIn({ verb, requestURI, objectRef, responseStatus }: AuditLine): Asked[] {
  const code = responseStatus?.code ?? 0;
  if (!objectRef) return [{ right: requestURI.split('?')[0]!, namespace: undefined, code }];
  const { apiGroup = '', resource, subresource, namespace } = objectRef;
  const where = `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  const verbs = verb === 'patch' && code === 201 ? ['patch', 'create'] : [verb];
  return verbs.map((each) => ({ right: `${where} ${each}`, namespace, code }));
}

/** The rights that rules grant, in the words of `Asked`, sorted. */
export function rightsOf(rules: readonly PolicyRule[]): string[] {
  const rights = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
  );
  return [...new Set(rights)].sort();
}

/** Makes the account and gives a kubeconfig file of it. */
export async function makeAccount(server: ApiServer, account: ServiceAccount): Promise<string> {
  const { namespace, name } = account;
  await made(server, `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  return server.writeKubeconfig(await server.kubeconfigFor(account));
}

/** Binds the account to these rules; `namespace` undefined: in all of them. */
export async function grant(
  server: ApiServer,
  account: ServiceAccount,
  rules: readonly PolicyRule[],
  namespace?: string,
): Promise<void> {
  const name = `${account.name}-${namespace === undefined ? 'all' : `in-${namespace}`}${rules.length}`;
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const at = namespace === undefined ? RBAC : `${RBAC}/namespaces/${namespace}`;
  const plural = `${kind.toLowerCase()}s`;
  await made(server, `${at}/${plural}`, { metadata: { name }, rules });
  await made(server, `${at}/${kind.toLowerCase()}bindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
}

export async function made(server: ApiServer, at: string, object: object): Promise<void> {
  const { status, body } = await server.request('POST', at, object);
  if (status !== 201) throw new Error(`POST ${at}: ${(body as { message?: string }).message}`);
}
