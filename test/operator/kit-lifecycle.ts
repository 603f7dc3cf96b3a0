/**
 * Everything that a job needs to live, real and at once: API server and controllers, pods as processes, a broker, and the
 * operator; and the jobs that the tests of its lifecycle put to work there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamJobStatus } from '../../crds/stream-job.ts';
import { LABELS } from '../../operator/resources/labels.ts';
import type { JobResource, KubeObject } from '../../operator/resources/kube-object.ts';
import type { ApiServer } from '../harness/apiserver.ts';
import { startApiServer } from '../harness/apiserver.ts';
import { kubectl } from '../harness/kubectl.ts';
import type { Kubelet, PodOnNode } from '../harness/kubelet.ts';
import { startKubelet } from '../harness/kubelet.ts';
import { TestCluster } from '../runtime/kit-cluster.ts';
import type { NewRecord } from '../runtime/kit-cluster.ts';
import type { Patch } from './kit-jobs.ts';
import { apply, collection, conditionOf, find, manifest, objectsOf } from './kit-jobs.ts';
import { eventually as eventuallyWithin, installCrd, OperatorProcess } from './kit-operator.ts';

/** A story is many steps, and its neighbours use the same two cores. */
export const STORY_MILLIS = 180_000;
const PATIENCE_MILLIS = 120_000;
/** As much, and the start of all servers; the first time they are built too. */
export const START_MILLIS = 600_000;

export type Env = Readonly<Record<string, string>>;

/** What is quiet is looked at as often as what moves. */
const OFTEN: Env = { STREAMJOB_OPERATOR_QUIET_INTERVAL: '2s' };

export class Lifecycle {
  readonly server: ApiServer;
  readonly kubelet: Kubelet;
  readonly kafka: TestCluster;
  readonly env: Env;
  operator: OperatorProcess;

  private constructor(parts: Pick<Lifecycle, 'server' | 'kubelet' | 'kafka' | 'env' | 'operator'>) {
    this.server = parts.server;
    this.kubelet = parts.kubelet;
    this.kafka = parts.kafka;
    this.env = parts.env;
    this.operator = parts.operator;
  }

  static async start(env: Env = {}): Promise<Lifecycle> {
    const [server, kafka] = await Promise.all([startApiServer({ controllers: true }), TestCluster.start()]);
    await installCrd(server);
    const kubelet = await startKubelet(server);
    const operator = await OperatorProcess.start(server, { env: { ...OFTEN, ...env } });
    return new Lifecycle({ server, kubelet, kafka, env: { ...OFTEN, ...env }, operator });
  }

  async stop(): Promise<void> {
    await this.operator.stop();
    await this.kubelet.close();
    await Promise.all([this.kafka.stop(), this.server.stop()]);
  }

  /** Ends the operator and starts it again, with other variables perhaps; resolves once it works. */
  async restartOperator(env: Env = {}): Promise<void> {
    await this.operator.stop();
    this.operator = await OperatorProcess.start(this.server, { env: { ...this.env, ...env } });
    await eventually('the operator leads', async () => {
      const page = await this.operator.page('readyz').catch(() => undefined);
      return page?.code === 200 && this.operator.log.includes('leading');
    });
  }

  /** Passes records on that its filter lets through: `ID,AT,N` each. */
  passing(name: string, spec: Patch = {}, metadata: Patch = {}): JobResource {
    const columns = { format: 'csv', columns: ['ID', 'N'] };
    const sink = { kafka: { topic: `${name}-out`, ...columns } };
    return this.counting(name, { schema: SCHEMA, window: undefined, sink, ...spec }, metadata);
  }

  /** Counts records by ID in windows of five seconds: a line `START,ID,RECORDS` of each. Keyed: there is no shuffle. */
  counting(name: string, spec: Patch = {}, metadata: Patch = {}): JobResource {
    const sink = { kafka: { topic: `${name}-out`, format: 'csv', columns: ['window.start', 'ID', 'RECORDS'] } };
    return manifest(name, { kafka: { brokers: this.kafka.brokers }, sink, ...spec }, metadata);
  }

  apply(job: JobResource): Promise<JobResource> {
    return apply(this.server, job);
  }

  job(name: string, namespace?: string): Promise<JobResource | undefined> {
    return find(this.server, name, namespace);
  }

  /** Waits until the status is so; says what it was when it does not come to it. */
  async status(
    name: string,
    what: string,
    isSo: (status: StreamJobStatus) => boolean,
    namespace?: string,
  ): Promise<StreamJobStatus> {
    let seen: StreamJobStatus = {};
    try {
      return await eventually(what, async () => {
        seen = (await this.job(name, namespace))?.status ?? {};
        return isSo(seen) && seen;
      });
    } catch (cause) {
      throw new Error(`${name}: ${String(cause)}; it is ${JSON.stringify(seen, undefined, 1)}`, { cause });
    }
  }

  /** Waits for a condition, such as `Deployed=False PodsFailing`; gives its message. */
  async condition(name: string, expected: string, namespace?: string): Promise<string> {
    const type = expected.split('=')[0]!;
    const status = await this.status(name, expected, (seen) => conditionText(seen, type) === expected, namespace);
    return conditionOf(status, type)!.message;
  }

  /** Ready, by the status of the manifest as it is. */
  async ready(name: string, namespace?: string): Promise<StreamJobStatus> {
    const generation = (await this.job(name, namespace))!.metadata.generation;
    const isReady = (seen: StreamJobStatus): boolean =>
      conditionText(seen, 'Ready') === 'Ready=True Ready' && seen.observedGeneration === generation;
    return this.status(name, 'Ready=True', isReady, namespace);
  }

  /** Objects of one job. */
  async objects(kind: string, name: string, namespace?: string): Promise<KubeObject[]> {
    const all = await objectsOf(this.server, kind, namespace);
    return all.filter(({ metadata }) => metadata.annotations?.['streamjob.dev/name'] === name);
  }

  async object(kind: string, name: string, namespace?: string): Promise<KubeObject | undefined> {
    const { status, body } = await this.server.request('GET', `${collection(kind, namespace)}/${name}`);
    return status === 200 ? (body as KubeObject) : undefined;
  }

  /** Merge patch of any object, by somebody who is not the operator. */
  async meddle(kind: string, name: string, change: object): Promise<void> {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const { status, body } = await this.server.request('PATCH', `${collection(kind)}/${name}`, change, headers);
    if (status !== 200) throw new Error((body as { message?: string }).message);
  }

  async delete(kind: string, name: string): Promise<void> {
    await this.server.request('DELETE', `${collection(kind)}/${name}`);
  }

  /** ReplicaSets that there ever were: one for each roll of the pods, and the first. */
  async replicaSets(name: string): Promise<number> {
    const selector = `labelSelector=streamjob.dev%2Fjob%3D${name}`;
    const { body } = await this.server.request('GET', `/apis/apps/v1/namespaces/default/replicasets?${selector}`);
    return (body as { items: unknown[] }).items.length;
  }

  pods(name: string, component: 'consumer' | 'producer' = 'consumer'): readonly PodOnNode[] {
    return this.kubelet.podsOf({ [LABELS.job]: name, [LABELS.component]: component });
  }

  /** Names of a job's pods; the same names later are the same pods. */
  podNames(name: string): string[] {
    return this.pods(name)
      .map((pod) => pod.name)
      .sort();
  }

  /** Looks often which runs the pods of a job are of; the answer tells the different sights in their order. */
  watchRuns(name: string): () => Promise<string[]> {
    const stop = new AbortController();
    const sights: string[] = [];
    const look = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const runs = (await this.allPods(name)).map(({ metadata }) => metadata.labels?.[LABELS.run]);
        const seen = [...new Set(runs)].sort().join(' and ');
        if (seen !== sights.at(-1)) sights.push(seen);
        await delay(20);
      }
    };
    const looking = look();
    return async () => {
      stop.abort();
      await looking;
      return sights;
    };
  }

  async podsGone(name: string): Promise<void> {
    await eventually(`the pods of ${name} are gone`, () => this.kubelet.podsOf({ [LABELS.job]: name }).length === 0);
  }

  /** Standard output. Throws what it says on the other one. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await kubectl(args, { kubeconfig: this.server.kubeconfigFile });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  write(topic: string, records: readonly NewRecord[]): Promise<void> {
    return this.kafka.write(topic, records);
  }

  /** The results once there are so many, sorted; more than there should be are seen too. */
  async results(topic: string, count: number): Promise<string[]> {
    const values = await eventually(`${count} results in ${topic}`, async () => {
      const found = await this.kafka.values(topic);
      return found.length >= count && found;
    });
    return values.sort();
  }

  private async allPods(name: string): Promise<readonly KubeObject[]> {
    const selector = `labelSelector=streamjob.dev%2Fjob%3D${name}`;
    const { body } = await this.server.request('GET', `${collection('Pod')}?${selector}`);
    return (body as { items: readonly KubeObject[] }).items;
  }

  async topics(prefix: string): Promise<string[]> {
    return (await this.kafka.admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  }

  /** Reasons of a job's Events, oldest first, with what they say. */
  async events(name: string, namespace?: string): Promise<string[]> {
    const { body } = await this.server.request('GET', collection('Event', namespace));
    const { items } = body as { items: { regarding: { name: string }; reason: string; note: string; type: string }[] };
    return items
      .filter(({ regarding }) => regarding.name === name)
      .map(({ type, reason, note }) => `${type} ${reason}: ${note}`);
  }
}

/** Waits until `look` gives something true; longer than other tests do, since so much goes on at once. */
export function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  return eventuallyWithin(what, look, PATIENCE_MILLIS);
}

/** No key is declared: records may be in any partition. */
const SCHEMA = {
  format: 'csv',
  fields: [
    { name: 'ID', type: 'string' },
    { name: 'AT', type: 'timestamp', format: 'iso8601' },
    { name: 'N', type: 'long' },
  ],
  eventTime: 'AT',
};

/** `TYPE=STATUS REASON`; undefined: there is no such condition yet. */
export function conditionText(status: StreamJobStatus, type: string): string | undefined {
  const found = conditionOf(status, type);
  return found && `${type}=${found.status} ${found.reason}`;
}

/** `second`: of event time. */
export const row = (id: string, second: number, n: number): string =>
  `${id},${new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()},${n}`;

/** What a counting job gives for a window that begins at this second of event time. */
export const count = (id: string, second: number, records: number): string =>
  `${new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().slice(0, 19).replace('T', ' ')},${id},${records}`;
