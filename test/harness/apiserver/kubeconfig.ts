/** Kubeconfigs of a test's API server: for its administrator, or for a service account with no more than its RBAC. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Address } from './request.ts';
import { send } from './request.ts';

export type ServiceAccount = Readonly<{ namespace: string; name: string }>;

const TOKEN_LIFE_SECONDS = 3600;

export const urlOf = ({ port }: Address): string => `https://127.0.0.1:${port}`;

export function kubeconfigOf(address: Address, namespace = 'default'): object {
  const authority = Buffer.from(address.ca).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: urlOf(address), 'certificate-authority-data': authority } }],
    users: [{ name: 'test', user: { token: address.token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
  };
}

/** As the account itself, with a token that is good for an hour. */
export async function serviceAccountKubeconfig(address: Address, { namespace, name }: ServiceAccount): Promise<object> {
  const { status, body } = await send(address, {
    method: 'POST',
    at: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_LIFE_SECONDS },
    },
  });
  if (status !== 201) {
    const { message } = body as { message?: string };
    throw new Error(`no token for the service account ${namespace}/${name}: ${message ?? `status ${status}`}`);
  }
  const { token } = (body as { status: { token: string } }).status;
  return kubeconfigOf({ ...address, token }, namespace);
}

/** Writes it for programs that read a file, and says where. JSON is YAML. */
export async function writeKubeconfig(folder: string, kubeconfig: object): Promise<string> {
  const file = path.join(folder, `kubeconfig-${randomUUID()}.json`);
  await writeFile(file, JSON.stringify(kubeconfig), { mode: 0o600 });
  return file;
}
