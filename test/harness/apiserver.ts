/**
 * A real API server for tests: kube-apiserver and etcd as plain processes on loopback, each test file with its own, on
 * free ports and in its own folder; with `controllers` kube-controller-manager beside them, so that Deployments make
 * pods and owners take what they own along. No pod runs: that is kubelet.ts.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { builtPath } from './apiserver/build.ts';
import { apiserverFlags, authorityFile, controllerManagerFlags, etcdFlags, writeSecrets } from './apiserver/flags.ts';
import type { Ports } from './apiserver/flags.ts';
import { kubeconfigOf, serviceAccountKubeconfig, urlOf, writeKubeconfig } from './apiserver/kubeconfig.ts';
import type { ServiceAccount } from './apiserver/kubeconfig.ts';
import { freePorts } from './apiserver/ports.ts';
import { startProcess } from './apiserver/process.ts';
import type { ServerProcess } from './apiserver/process.ts';
import { send, watch } from './apiserver/request.ts';
import type { Address, Answer } from './apiserver/request.ts';

export { KUBERNETES_VERSION, whyNoPrograms } from './apiserver/build.ts';
export type { ServiceAccount } from './apiserver/kubeconfig.ts';
export type { Answer } from './apiserver/request.ts';

export type ApiServerOptions = Readonly<{
  /** Also what makes pods of Deployments, collects garbage and keeps service accounts; takes some seconds more. */
  controllers?: boolean;
  /** Further flags of the API server, such as those of an audit log. */
  flags?: readonly string[];
}>;

export type ApiServer = Readonly<{
  url: string;
  /** A kubeconfig of an administrator, as an object. */
  kubeconfig: object;
  /** The same in a file, for programs. */
  kubeconfigFile: string;
  /** A kubeconfig that can do what RBAC grants to the account, which must exist. */
  kubeconfigFor: (account: ServiceAccount) => Promise<object>;
  /** Writes a kubeconfig to a file that goes with the server, and says where. */
  writeKubeconfig: (kubeconfig: object) => Promise<string>;
  /** As the administrator. Rejects if there is no answer. */
  request: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  /** Each event of a watch (a path with `watch=1`) until the server ends it or the signal aborts, which rejects. */
  watch: (path: string, onEvent: (event: unknown) => void, signal: AbortSignal) => Promise<void>;
  /** Holds the server: connections open, and nothing is answered until `resume`. */
  pause: () => void;
  resume: () => void;
  /** Ends the server and leaves its data: connections are refused. The controllers keep trying. */
  stopServer: () => Promise<void>;
  /** Starts it again on the same port and data, and waits until it is ready. */
  startServer: () => Promise<void>;
  /** The processes by program name, for measurements. */
  pids: () => Readonly<Record<string, number>>;
  /** Ends everything and removes the data. */
  stop: () => Promise<void>;
}>;

const START_TIMEOUT_MILLIS = 60_000;

type Running = { etcd: ServerProcess; apiserver: ServerProcess; controllers?: ServerProcess };

export async function startApiServer({ controllers = false, flags = [] }: ApiServerOptions = {}): Promise<ApiServer> {
  const [etcd, apiserver] = [await builtPath('etcd'), await builtPath('kube-apiserver')];
  const controllerManager = controllers ? await builtPath('kube-controller-manager') : undefined;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamjob-apiserver-'));
  const [client, peer, secure] = (await freePorts(3)) as [number, number, number];
  const ports: Ports = { client, peer, secure };
  const token = randomBytes(16).toString('hex');
  await writeSecrets(folder, token);
  const startServer = (): ServerProcess =>
    startProcess(apiserver, [...apiserverFlags(folder, ports, controllers), ...flags], folder);
  const running: Running = { etcd: startProcess(etcd, etcdFlags(folder, ports), folder), apiserver: startServer() };
  try {
    const ca = await eventually(() => readFile(authorityFile(folder), 'utf8'), running);
    const address = { port: secure, token, ca };
    await eventually(() => expectReady(address), running);
    const kubeconfigFile = await writeKubeconfig(folder, kubeconfigOf(address));
    if (controllerManager) {
      running.controllers = startProcess(controllerManager, controllerManagerFlags(folder, kubeconfigFile), folder);
      await eventually(() => expectAccount(address), running);
    }
    return serverAt({ address, folder, kubeconfigFile, running, startServer });
  } catch (cause) {
    await stop(running, folder);
    throw cause;
  }
}

type Inside = Readonly<{
  address: Address;
  folder: string;
  kubeconfigFile: string;
  running: Running;
  startServer: () => ServerProcess;
}>;

function serverAt({ address, folder, kubeconfigFile, running, startServer }: Inside): ApiServer {
  return {
    url: urlOf(address),
    kubeconfig: kubeconfigOf(address),
    kubeconfigFile,
    kubeconfigFor: (account) => serviceAccountKubeconfig(address, account),
    writeKubeconfig: (kubeconfig) => writeKubeconfig(folder, kubeconfig),
    request: (method, at, body, headers) => send(address, { method, at, body, headers }),
    watch: (at, onEvent, signal) => watch(address, at, onEvent, signal),
    pause: () => running.apiserver.signal('SIGSTOP'),
    resume: () => running.apiserver.signal('SIGCONT'),
    // It would wait for the controllers to let go of their watches, which they do not.
    stopServer: () => running.apiserver.end(500),
    startServer: async () => {
      if (running.apiserver.hasEnded()) running.apiserver = startServer();
      await eventually(() => expectReady(address), running);
    },
    pids: () => Object.fromEntries(Object.values(running).map(({ name, pid }) => [name, pid])),
    stop: () => stop(running, folder),
  };
}

/** The API server before etcd: without it, it would wait for it. */
async function stop({ etcd, apiserver, controllers }: Running, folder: string): Promise<void> {
  await controllers?.end();
  await apiserver.end();
  await etcd.end();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Tries until it works; says what the program logged that ended, or the last one started when it takes too long. */
async function eventually<T>(attempt: () => Promise<T>, running: Running): Promise<T> {
  for (const deadline = Date.now() + START_TIMEOUT_MILLIS; ;) {
    try {
      return await attempt();
    } catch (cause) {
      const programs = Object.values(running);
      const ended = programs.find((program) => program.hasEnded());
      if (!ended && Date.now() < deadline) {
        await delay(100);
        continue;
      }
      const { name, lastWords } = ended ?? programs.at(-1)!;
      throw new Error(`${name} did not start:\n${await lastWords()}`, { cause });
    }
  }
}

async function expectReady(address: Address): Promise<void> {
  const { status } = await send(address, { method: 'GET', at: '/readyz' });
  if (status !== 200) throw new Error(`/readyz answered ${status}`);
}

/** What a pod in the default namespace needs; the controllers that make it are among the last to start. */
async function expectAccount(address: Address): Promise<void> {
  for (const at of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']) {
    const { status } = await send(address, { method: 'GET', at: `/api/v1/namespaces/default/${at}` });
    if (status !== 200) throw new Error(`${at} answered ${status}`);
  }
}
