/** What the control plane's programs are started with, and the files that those settings name. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

export type Ports = Readonly<{ client: number; peer: number; secure: number }>;

/** What a cluster with Deployments needs, and no more: there are no nodes to look after, volumes or metrics. */
const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
  'job-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'endpointslice-controller',
  'disruption-controller',
];

const tokensFile = (folder: string): string => path.join(folder, 'tokens.csv');
const keyFile = (folder: string): string => path.join(folder, 'service-accounts.pem');
export const authorityFile = (folder: string): string => path.join(folder, 'certs', 'apiserver.crt');

/** Writes the key that signs service account tokens and the administrator's token; once per data folder. */
export async function writeSecrets(folder: string, token: string): Promise<void> {
  await writeFile(tokensFile(folder), `${token},test,test,system:masters\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(keyFile(folder), privateKey, { mode: 0o600 });
}

export const etcdFlags = (folder: string, { client, peer }: Ports): string[] => [
  `--data-dir=${path.join(folder, 'etcd')}`,
  `--listen-client-urls=http://127.0.0.1:${client}`,
  `--advertise-client-urls=http://127.0.0.1:${client}`,
  `--listen-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-cluster=default=http://127.0.0.1:${peer}`,
  // The data need not outlive the test, let alone a power cut.
  '--unsafe-no-fsync',
  '--log-level=warn',
];

export function apiserverFlags(folder: string, ports: Ports, controllers: boolean): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.client}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.secure}`,
    `--cert-dir=${path.join(folder, 'certs')}`,
    `--token-auth-file=${tokensFile(folder)}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${keyFile(folder)}`,
    `--service-account-signing-key-file=${keyFile(folder)}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
    // Admission waits for service accounts, which a controller makes.
    ...(controllers ? [] : ['--disable-admission-plugins=ServiceAccount']),
  ];
}

export const controllerManagerFlags = (folder: string, kubeconfig: string): string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--controllers=${CONTROLLERS.join(',')}`,
  `--service-account-private-key-file=${keyFile(folder)}`,
  `--root-ca-file=${authorityFile(folder)}`,
  '--leader-elect=false',
  '--secure-port=0',
  '--min-resync-period=1m',
  '--kube-api-qps=200',
  '--kube-api-burst=400',
];
