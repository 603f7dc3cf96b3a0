/** The API server and the Kafka of a scale run, with jobs on them and a watch on what the operator makes of them. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../operator/resources/kube-object.ts';
import { ANNOTATIONS, LABELS } from '../../operator/resources/labels.ts';
import { startApiServer } from '../../test/harness/apiserver.ts';
import { spawnTied } from '../../test/harness/apiserver/process.ts';
import { apply, manifest, patch } from '../../test/operator/kit-jobs.ts';
import { installCrd } from '../../test/operator/kit-operator.ts';
import type { ApiServer } from '../../test/harness/apiserver.ts';
import { freePort, openBroker } from '../kafka/broker.ts';
import type { BenchBroker } from '../kafka/broker.ts';

export interface BenchOperator {
  readonly pid: number;
  /** All that it wrote so far, by its own count; renewals of its Lease are none. */
  writes(): Promise<number>;
}

export interface BenchCluster {
  createJobs(count: number): Promise<void>;
  startOperator(program: string): Promise<BenchOperator>;
  /** All jobs have a Deployment and a status of their generation. */
  converged(count: number): Promise<void>;
  /** Changes a job's spec; resolves with the milliseconds until its Deployment followed. */
  change(index: number, round: number): Promise<number>;
  close(): Promise<void>;
}

/** As the image starts it: the heap would grow to many times what is in use otherwise. */
const NODE_FLAGS = ['--max-old-space-size=128', '--max-semi-space-size=2'];
const AT_ONCE = 16;
const PATIENCE_MILLIS = 300_000;
const nameOf = (index: number): string => `job-${String(index).padStart(4, '0')}`;

export async function openCluster(): Promise<BenchCluster> {
  const [server, broker] = await Promise.all([startApiServer(), openBroker()]);
  await installCrd(server);
  return new Cluster(server, broker, await mkdtemp(path.join(tmpdir(), 'bench-operator-')));
}

class Cluster implements BenchCluster {
  private readonly server: ApiServer;
  private readonly broker: BenchBroker;
  private readonly folder: string;
  private readonly closing = new AbortController();
  /** The revision that each Deployment of consumers has, by the job's name, and who waits for another one. */
  private readonly revisions = new Map<string, string>();
  private readonly waiting = new Map<string, () => void>();
  private readonly reported = new Set<string>();
  private operator: ReturnType<typeof spawnTied> | undefined;

  constructor(server: ApiServer, broker: BenchBroker, folder: string) {
    this.server = server;
    this.broker = broker;
    this.folder = folder;
    const selector = `labelSelector=${encodeURIComponent(`${LABELS.component}=consumer`)}`;
    void this.follow(`/apis/apps/v1/deployments?watch=1&${selector}`, (object) => this.onDeployment(object));
    void this.follow('/apis/streamjob.dev/v1alpha1/streamjobs?watch=1', (object) => this.onJob(object));
  }

  async createJobs(count: number): Promise<void> {
    const indexes = Array.from({ length: count }, (_, index) => index).values();
    const spec = { kafka: { brokers: [...this.broker.brokers] } };
    const worker = async (): Promise<void> => {
      for (const index of indexes) await apply(this.server, manifest(nameOf(index), spec));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async startOperator(program: string): Promise<BenchOperator> {
    const port = await freePort();
    const env = {
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: new URL(this.server.url).port,
      STREAMJOB_OPERATOR_ACCOUNT: await this.account(),
      STREAMJOB_OPERATOR_IMAGE: 'streamjob:bench',
      STREAMJOB_OPERATOR_HTTP_HOST: '127.0.0.1',
      STREAMJOB_OPERATOR_HTTP_PORT: String(port),
      POD_NAMESPACE: 'default',
    };
    this.operator = spawnTied(process.execPath, [...NODE_FLAGS, program], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
    const writes = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith('streamjob_operator_writes_total{'));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    return { pid: this.operator.pid!, writes };
  }

  async converged(count: number): Promise<void> {
    for (const deadline = performance.now() + PATIENCE_MILLIS; performance.now() < deadline; await delay(50))
      if (this.revisions.size >= count && this.reported.size >= count) return;
    throw new Error(`${this.revisions.size} of ${count} jobs have a Deployment, ${this.reported.size} a status`);
  }

  async change(index: number, round: number): Promise<number> {
    const name = nameOf(index);
    const { promise, resolve } = Promise.withResolvers<true>();
    this.waiting.set(name, () => resolve(true));
    await patch(this.server, name, { spec: { schema: { csv: { delimiter: [';', '|', '\t'][round % 3] } } } });
    const begin = performance.now();
    const isApplied = await Promise.race([promise, delay(PATIENCE_MILLIS, false, { ref: false })]);
    if (!isApplied) throw new Error(`the change of ${name} was not applied`);
    return performance.now() - begin;
  }

  async close(): Promise<void> {
    this.closing.abort();
    if (this.operator && this.operator.exitCode === null) {
      const ended = once(this.operator, 'exit');
      this.operator.kill('SIGTERM');
      await ended;
    }
    await this.server.stop();
    await this.broker.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** As in a pod, so that nothing is loaded that reads kubeconfigs. */
  private async account(): Promise<string> {
    const { clusters, users } = this.server.kubeconfig as {
      clusters: { cluster: { 'certificate-authority-data': string } }[];
      users: { user: { token: string } }[];
    };
    const write = (file: string, text: string | Buffer): Promise<void> => writeFile(path.join(this.folder, file), text);
    await write('ca.crt', Buffer.from(clusters[0]!.cluster['certificate-authority-data'], 'base64'));
    await write('token', users[0]!.user.token);
    await write('namespace', 'default');
    return this.folder;
  }

  private async follow(at: string, onObject: (object: KubeObject) => void): Promise<void> {
    const { signal } = this.closing;
    const onEvent = (event: unknown): void => onObject((event as { object: KubeObject }).object);
    while (!signal.aborted) await this.server.watch(at, onEvent, signal).catch(() => undefined);
  }

  private onDeployment({ metadata }: KubeObject): void {
    const name = metadata.annotations?.[ANNOTATIONS.name];
    const revision = metadata.annotations?.[ANNOTATIONS.revision];
    if (name === undefined || revision === undefined) return;
    const before = this.revisions.get(name);
    this.revisions.set(name, revision);
    if (before === undefined || before === revision) return;
    this.waiting.get(name)?.();
    this.waiting.delete(name);
  }

  private onJob({ metadata, status }: KubeObject): void {
    const seen = (status as { observedGeneration?: number } | undefined)?.observedGeneration;
    if (seen !== undefined && seen >= (metadata.generation ?? 0)) this.reported.add(metadata.name);
  }
}
