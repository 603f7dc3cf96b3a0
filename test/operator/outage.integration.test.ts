/**
 * The API server goes away, in each way in which servers do, and comes back: the operator lives on, says how it is, and
 * takes up its work within seconds of the return. For 15 s each; STREAMJOB_LONG=1: for two minutes.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiServer } from '../harness/apiserver.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import { describeIf } from '../harness/skip.ts';
import { apply, manifest, objectsOf, patch } from './kit-jobs.ts';
import { eventually, installCrd, OperatorProcess } from './kit-operator.ts';
import { FaultProxy } from './kit-proxy.ts';

const MINUTE = 60_000;
const OUTAGE_MILLIS = process.env['STREAMJOB_LONG'] === '1' ? 2 * MINUTE : 15_000;
/** 10 s are promised; the machine may be busy. */
const RETURN_MILLIS = 30_000;
const TEST_MILLIS = 2 * MINUTE + OUTAGE_MILLIS;
const ALONE = { STREAMJOB_OPERATOR_LEADER_ELECTION: 'false' };

/** What happens to the API server, and how it ends. */
interface Outage {
  readonly name: string;
  readonly begin: () => Promise<void> | void;
  readonly end: () => Promise<void> | void;
  /** Whether others than the operator can reach the API server meanwhile. */
  readonly isForUsAlone: boolean;
}

const reason = whyNoPrograms();
let server: ApiServer;
let proxy: FaultProxy;
let operator: OperatorProcess;

const signalEtcd = (signal: NodeJS.Signals) => (): void => void process.kill(server.pids()['etcd']!, signal);

const OUTAGES: readonly Outage[] = [
  { name: 'is stopped', begin: () => server.stopServer(), end: () => server.startServer(), isForUsAlone: false },
  { name: 'is frozen', begin: () => server.pause(), end: () => server.resume(), isForUsAlone: false },
  { name: 'has lost its etcd', begin: signalEtcd('SIGSTOP'), end: signalEtcd('SIGCONT'), isForUsAlone: false },
  { name: 'refuses connections', begin: () => proxy.shut(), end: () => proxy.open(), isForUsAlone: true },
  {
    name: 'is silent, and all connections with it are dead',
    begin: () => proxy.hold(),
    end: () => proxy.release({ isLost: true }),
    isForUsAlone: true,
  },
  {
    name: 'is silent, and then all is delivered',
    begin: () => proxy.hold(),
    end: () => proxy.release({ isLost: false }),
    isForUsAlone: true,
  },
];

let made = 0;
const nextName = (): string => `job-${++made}`;

const hasDeployment = async (name: string, replicas: number): Promise<boolean> => {
  const found = (await objectsOf(server, 'Deployment')).find(({ metadata }) => metadata.name === `${name}-consumer`);
  return (found?.spec as { replicas?: number } | undefined)?.replicas === replicas;
};

const worked = (name: string, replicas: number): Promise<unknown> =>
  eventually(`${replicas} consumers of ${name}`, () => hasDeployment(name, replicas).catch(() => false));

async function createJob(name: string): Promise<void> {
  await eventually(`${name} is created`, () => apply(server, manifest(name)).then(Boolean, () => false));
  await worked(name, 2);
}

/** Lives, says so, and counts: each second of the outage. */
async function expectAlive(millis: number): Promise<void> {
  for (const end = Date.now() + millis; Date.now() < end; await delay(1000)) {
    const [live, metrics] = [await operator.page('livez'), await operator.page('metrics')];
    expect([live.code, metrics.code]).toEqual([200, 200]);
    expect(metrics.text).toContain('\n# HELP');
  }
}

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  operator = await OperatorProcess.start(server, { kubeconfig: proxy.kubeconfigFile, env });
}

describeIf(reason === undefined, reason ?? '', 'while the API server does not answer', () => {
  beforeAll(async () => {
    server = await startApiServer();
    await installCrd(server);
  }, 2 * MINUTE);

  afterAll(() => server?.stop());

  beforeEach(async () => {
    proxy = await FaultProxy.start(server);
  });

  afterEach(async () => {
    await operator.stop();
    await proxy.stop();
  }, MINUTE);

  it.each(OUTAGES)(
    'the operator lives, and works again soon: it $name',
    async ({ name, begin, end, isForUsAlone }) => {
      await start(ALONE);
      const [known, during, afterwards] = [nextName(), nextName(), nextName()];
      await createJob(known);
      await begin();
      if (isForUsAlone) {
        await apply(server, manifest(during));
        await patch(server, known, { spec: { consumer: { maxReplicas: 3 } } });
      }
      await expectAlive(OUTAGE_MILLIS);
      await end();
      const returned = performance.now();
      if (isForUsAlone) await Promise.all([worked(during, 2), worked(known, 3)]);
      await createJob(afterwards);
      const millis = performance.now() - returned;
      process.stderr.write(`${name}: works ${Math.round(millis / 100) / 10} s after its return\n`);
      expect(millis).toBeLessThan(RETURN_MILLIS);
      expect(operator.hasEnded).toBe(false);
    },
    TEST_MILLIS,
  );

  it(
    'the leader steps down, and the one started in its place works soon after the return',
    async () => {
      const env = { STREAMJOB_OPERATOR_LEASE_NAME: 'outage', POD_NAME: 'operator-0' };
      await start(env);
      await createJob(nextName());
      proxy.hold();
      await eventually('the leader ends', () => operator.hasEnded);
      // As the kubelet does, with the name of the same pod.
      await start(env);
      await eventually('it lives', async () => (await operator.page('livez').catch(() => undefined))?.code === 200);
      await expectAlive(OUTAGE_MILLIS);
      proxy.release({ isLost: true });
      const returned = performance.now();
      await createJob(nextName());
      const millis = performance.now() - returned;
      process.stderr.write(`with a Lease: works ${Math.round(millis / 100) / 10} s after the return\n`);
      expect(millis).toBeLessThan(RETURN_MILLIS);
    },
    TEST_MILLIS,
  );
});
