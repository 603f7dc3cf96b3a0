/**
 * A real API server for tests: kube-apiserver and etcd as plain processes on loopback, each test file with its own, on
 * free ports and in its own folder. There are no controllers: nothing but the API answers.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { programs } from './apiserver/build.ts';

export { KUBERNETES_VERSION, whyNoPrograms } from './apiserver/build.ts';

export type Answer = Readonly<{ status: number; body: unknown }>;

export type ApiServer = Readonly<{
  url: string;
  /** A kubeconfig of an administrator, as an object. */
  kubeconfig: object;
  request: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  stop: () => Promise<void>;
}>;

const START_TIMEOUT_MILLIS = 60_000;

export async function startApiServer(): Promise<ApiServer> {
  const { apiserver, etcd } = await programs();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamjob-apiserver-'));
  const [client, peer, secure] = await freePorts(3);
  const token = randomBytes(16).toString('hex');
  const children = [start(etcd, etcdFlags(folder, client!, peer!), folder)];
  try {
    children.push(start(apiserver, await apiserverFlags(folder, { etcd: client!, secure: secure!, token }), folder));
    const address = {
      port: secure!,
      token,
      ca: await eventually(() => readFile(path.join(folder, 'certs', 'apiserver.crt'), 'utf8'), children, folder),
    };
    await eventually(() => expectReady(address), children, folder);
    return serverAt(address, () => stop(children, folder));
  } catch (cause) {
    await stop(children, folder);
    throw cause;
  }
}

type Address = Readonly<{ port: number; token: string; ca: string }>;

function serverAt(address: Address, stopAll: () => Promise<void>): ApiServer {
  const url = `https://127.0.0.1:${address.port}`;
  const ca = Buffer.from(address.ca).toString('base64');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': ca } }],
    users: [{ name: 'test', user: { token: address.token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  return {
    url,
    kubeconfig,
    request: (method, at, body, headers) => send(address, { method, at, body, headers }),
    stop: stopAll,
  };
}

const etcdFlags = (folder: string, client: number, peer: number): string[] => [
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

async function apiserverFlags(
  folder: string,
  { etcd, secure, token }: { etcd: number; secure: number; token: string },
): Promise<string[]> {
  const [tokens, key] = [path.join(folder, 'tokens.csv'), path.join(folder, 'service-accounts.pem')];
  await writeFile(tokens, `${token},test,test,system:masters\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(key, privateKey, { mode: 0o600 });
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${secure}`,
    `--cert-dir=${path.join(folder, 'certs')}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
    // There is no controller that makes service accounts.
    '--disable-admission-plugins=ServiceAccount',
  ];
}

/** The output goes to a file: a pipe that nobody reads would stop the server one day. */
function start(program: string, flags: readonly string[], folder: string): ChildProcess {
  const log = openSync(path.join(folder, `${path.basename(program)}.log`), 'a');
  const child = spawn(program, flags, { stdio: ['ignore', log, log] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

async function stop(children: readonly ChildProcess[], folder: string): Promise<void> {
  // The API server first: without etcd it would wait for it.
  for (const child of children.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([gone, delay(5000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Tries until it works; says what the server logged if it ended or took too long. */
async function eventually<T>(attempt: () => Promise<T>, children: readonly ChildProcess[], folder: string): Promise<T> {
  for (const deadline = Date.now() + START_TIMEOUT_MILLIS; ;) {
    try {
      return await attempt();
    } catch (cause) {
      const ended = children.find((child) => child.exitCode !== null);
      if (!ended && Date.now() < deadline) {
        await delay(100);
        continue;
      }
      const log = await readFile(
        path.join(folder, `${path.basename((ended ?? children.at(-1)!).spawnfile)}.log`),
        'utf8',
      );
      throw new Error(`the API server did not start:\n${log.slice(-2000)}`, { cause });
    }
  }
}

async function expectReady(address: Address): Promise<void> {
  const { status } = await send(address, { method: 'GET', at: '/readyz' });
  if (status !== 200) throw new Error(`/readyz answered ${status}`);
}

type Call = Readonly<{
  method: string;
  at: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
}>;

function send({ port, token, ca }: Address, { method, at, body, headers: given }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...given,
    };
    const call = httpsRequest({ host: '127.0.0.1', port, path: at, method, headers, ca }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }),
      );
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Ports that were free a moment ago; all are held at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
