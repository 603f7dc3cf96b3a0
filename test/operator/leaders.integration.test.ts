/**
 * Two operators, each behind a proxy of its own that records its writes: one works and the other waits. Whatever becomes
 * of the one that leads, the other takes over, and no write of the one comes to pass after the first of the other. Each
 * test has its own pair in its own namespace, and all go on at once: most of their time is waiting.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiServer } from '../harness/apiserver.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import { describeIf } from '../harness/skip.ts';
import { apply, find, manifest, objectsOf, patch } from './kit-jobs.ts';
import { eventually, installCrd, OperatorProcess } from './kit-operator.ts';
import type { Write } from './kit-proxy.ts';
import { FaultProxy } from './kit-proxy.ts';
import { createNamespace } from './kit-scenario.ts';

const MINUTE = 60_000;
const TEST_MILLIS = 3 * MINUTE;
/** As operator/cluster/lease-term.ts has it. */
const LEASE_MILLIS = 15_000;
/** A look each 2 s, and a slow machine. */
const TAKEOVER_MILLIS = LEASE_MILLIS + 15_000;

const reason = whyNoPrograms();
let server: ApiServer;

interface Replica {
  readonly proxy: FaultProxy;
  readonly operator: OperatorProcess;
}

/** Of objects, not of Leases, in the order of their coming. */
const writesOf = ({ proxy }: Replica): readonly Write[] => proxy.writes.filter(({ n }) => n > 0);
const successesOf = (replica: Replica): readonly Write[] =>
  writesOf(replica).filter(({ status = 0 }) => status >= 200 && status <= 299);

class Pair {
  readonly namespace: string;
  readonly replicas: readonly Replica[];
  private made = 0;

  private constructor(namespace: string, replicas: readonly Replica[]) {
    this.namespace = namespace;
    this.replicas = replicas;
  }

  static async start(namespace: string): Promise<Pair> {
    await createNamespace(server, namespace);
    return new Pair(namespace, await Promise.all([replicaIn(namespace), replicaIn(namespace)]));
  }

  async stop(): Promise<void> {
    for (const { operator } of this.replicas) await operator.kill();
    for (const { proxy } of this.replicas) await proxy.stop();
  }

  /** The one that works, first. */
  async leading(): Promise<readonly [Replica, Replica]> {
    const first = await eventually('one leads', async () => {
      const leads = await Promise.all(this.replicas.map(isLeading));
      return this.replicas[leads.indexOf(true)];
    });
    return [first, this.replicas.find((replica) => replica !== first)!];
  }

  /** Its name. */
  async apply(): Promise<string> {
    const name = `job-${++this.made}`;
    await apply(server, manifest(name, {}, { namespace: this.namespace }));
    return name;
  }

  /** Resolves when the job has its Deployment; says how many milliseconds that took. */
  async createJob(): Promise<number> {
    const began = performance.now();
    const name = await this.apply();
    await eventually(`the Deployment of ${name}`, async () =>
      (await objectsOf(server, 'Deployment', this.namespace)).some(
        ({ metadata }) => metadata.name === `${name}-consumer`,
      ),
    );
    return performance.now() - began;
  }

  async scale(name: string): Promise<void> {
    await patch(server, name, { spec: { consumer: { maxReplicas: 3 } } }, this.namespace);
    await eventually('somebody has seen to it', async () => {
      const { status, metadata } = (await find(server, name, this.namespace))!;
      return status?.observedGeneration === metadata.generation;
    });
  }
}

async function replicaIn(namespace: string): Promise<Replica> {
  const proxy = await FaultProxy.start(server);
  const env = { STREAMJOB_OPERATOR_NAMESPACES: namespace, POD_NAMESPACE: namespace };
  return { proxy, operator: await OperatorProcess.start(server, { kubeconfig: proxy.kubeconfigFile, env }) };
}

async function isLeading({ operator }: Replica): Promise<boolean> {
  const page = await operator.page('livez').catch(() => undefined);
  return page?.text.includes('leading') ?? false;
}

/** No write of the one ended after the first of the other began. */
function expectNoOverlap(before: Replica, after: Replica): void {
  const takeover = writesOf(after)[0]!.began;
  expect(successesOf(before).filter(({ ended = 0 }) => ended > takeover)).toEqual([]);
}

function report(what: string, millis: number): void {
  process.stderr.write(`${what}: the other works ${Math.round(millis / 100) / 10} s later\n`);
}

interface Story {
  /** And its name. */
  readonly namespace: string;
  readonly name: string;
  readonly run: (pair: Pair) => Promise<void>;
}

async function stopsInOrder(pair: Pair): Promise<void> {
  const [first, second] = await pair.leading();
  await pair.createJob();
  expect(writesOf(second)).toEqual([]);
  expect((await second.operator.page('readyz')).text).toContain('standby');
  const began = performance.now();
  expect(await first.operator.stop()).toBe(0);
  await pair.createJob();
  const millis = performance.now() - began;
  report('SIGTERM', millis);
  expect(millis).toBeLessThan(LEASE_MILLIS);
  expectNoOverlap(first, second);
}

async function isKilled(pair: Pair): Promise<void> {
  const [first, second] = await pair.leading();
  await pair.createJob();
  await first.operator.kill();
  const millis = await pair.createJob();
  report('SIGKILL', millis);
  expect(millis).toBeLessThan(TAKEOVER_MILLIS);
  expectNoOverlap(first, second);
}

async function isFrozen(pair: Pair): Promise<void> {
  const [first, second] = await pair.leading();
  await pair.createJob();
  first.operator.signal('SIGSTOP');
  const millis = await pair.createJob();
  report('SIGSTOP', millis);
  // What waits for the frozen one when it wakes.
  await pair.scale('job-1');
  const before = writesOf(first).length;
  first.operator.signal('SIGCONT');
  await eventually('the frozen one ends', () => first.operator.hasEnded);
  expect(await first.operator.stop()).toBe(1);
  expect(first.operator.log).toContain('leadership is lost');
  expect(writesOf(first)).toHaveLength(before);
  expect(millis).toBeLessThan(TAKEOVER_MILLIS);
  expectNoOverlap(first, second);
}

async function isCutOff(pair: Pair): Promise<void> {
  const [first, second] = await pair.leading();
  await pair.createJob();
  const began = performance.now();
  let underWay = 0;
  first.proxy.hooks = {
    fault: () => {
      underWay++;
      first.proxy.hold();
      return undefined;
    },
  };
  await pair.apply();
  await eventually('the other has written', () => writesOf(second).length > 0);
  report('cut off', performance.now() - began);
  expect(underWay).toBeGreaterThan(0);
  first.proxy.release({ isLost: false });
  await eventually('the one that was cut off ends', () => first.operator.hasEnded);
  expectNoOverlap(first, second);
}

async function isSlow(pair: Pair): Promise<void> {
  const [first, second] = await pair.leading();
  await pair.createJob();
  first.proxy.delayMillis = 3000;
  await pair.apply();
  for (const end = Date.now() + 2 * LEASE_MILLIS; Date.now() < end; await delay(500)) {
    expect(await Promise.all([isLeading(first), isLeading(second)])).toEqual([true, false]);
  }
  expect(writesOf(second)).toEqual([]);
  first.proxy.delayMillis = 0;
  expect(await pair.createJob()).toBeLessThan(LEASE_MILLIS);
}

const STORIES: readonly Story[] = [
  {
    namespace: 'in-order',
    name: 'one writes, and when it stops in order the other goes on at once',
    run: stopsInOrder,
  },
  { namespace: 'killed', name: 'the other takes over within the lease when the one is killed', run: isKilled },
  {
    namespace: 'frozen',
    name: 'the one that was frozen past its lease writes nothing when it wakes, and ends',
    run: isFrozen,
  },
  {
    namespace: 'cut-off',
    name: 'the one that was cut off in a write does not finish it under the other',
    run: isCutOff,
  },
  { namespace: 'slow', name: 'seconds of latency make no second leader', run: isSlow },
];

/** Of the leader that steps down one is expected. */
const errorsOf = ({ operator }: Replica): readonly unknown[] =>
  operator.lines().filter(({ level, msg }) => level === 'error' && !String(msg).startsWith('leadership is lost'));

describeIf(reason === undefined, reason ?? '', 'of two operators', () => {
  beforeAll(async () => {
    // One for the end of each server.
    process.setMaxListeners(20);
    server = await startApiServer();
    await installCrd(server);
  }, 2 * MINUTE);

  afterAll(() => server?.stop());

  test.concurrent.each(STORIES)(
    '$name',
    async ({ namespace, run }) => {
      const pair = await Pair.start(namespace);
      await run(pair).finally(() => pair.stop());
      expect(pair.replicas.flatMap(errorsOf)).toEqual([]);
    },
    TEST_MILLIS,
  );
});
