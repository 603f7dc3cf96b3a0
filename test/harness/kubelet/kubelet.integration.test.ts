/** The control plane and the process kubelet together do what tests of the operator rely on. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startApiServer, whyNoPrograms } from '../apiserver.ts';
import type { ApiServer } from '../apiserver.ts';
import { startKubelet } from '../kubelet.ts';
import type { Kubelet } from '../kubelet.ts';
import { kubectl } from '../kubectl.ts';
import { describeIf } from '../skip.ts';
import { IDLE, deployment, pod } from './manifests.test-kit.ts';

const MINUTE = 60_000;
const CORE = '/api/v1/namespaces/default';
const APPS = '/apis/apps/v1/namespaces/default';

type Status = {
  availableReplicas?: number;
  phase?: string;
  conditions?: { type: string; status: string; reason?: string }[];
  containerStatuses?: {
    ready: boolean;
    restartCount: number;
    state: { waiting?: { reason: string; message?: string } };
    lastState: { terminated?: { exitCode: number; reason: string; message?: string } };
  }[];
};
type Named = { metadata: { name: string }; status: Status };

const why = whyNoPrograms();

describeIf(why === undefined, why ?? '', 'the process kubelet', () => {
  let server: ApiServer;
  let kubelet: Kubelet;

  beforeAll(async () => {
    server = await startApiServer({ controllers: true });
    kubelet = await startKubelet(server);
    await created(`${CORE}/secrets`, { metadata: { name: 'known' }, stringData: { password: 'open sesame' } });
    await created(`${CORE}/configmaps`, { metadata: { name: 'known' }, data: { greeting: 'hello', other: 'bye' } });
  }, 30 * MINUTE);

  afterAll(async () => {
    await kubelet?.close();
    await server?.stop();
  });

  async function created(at: string, body: object): Promise<{ metadata: { uid: string } }> {
    const answer = await server.request('POST', at, body);
    expect([answer.status, (answer.body as { message?: string }).message]).toEqual([201, undefined]);
    return answer.body as { metadata: { uid: string } };
  }

  async function eventually<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (const deadline = Date.now() + MINUTE / 2; Date.now() < deadline; await delay(50)) {
      const seen = await look();
      if (seen !== undefined) return seen;
    }
    const { stdout } = await kubectl(['get', 'pods,events', '-o', 'wide'], { kubeconfig: server.kubeconfigFile });
    throw new Error(`did not happen within half a minute:\n${stdout}`);
  }

  const containerOf = async (pod: string): Promise<NonNullable<Status['containerStatuses']>[number] | undefined> =>
    ((await server.request('GET', `${CORE}/pods/${pod}`)).body as Named).status?.containerStatuses?.[0];

  const isAvailable = async (name: string): Promise<true | undefined> => {
    const { status } = (await server.request('GET', `${APPS}/deployments/${name}`)).body as Named;
    return status?.availableReplicas === 2 || undefined;
  };

  it(
    'makes a Deployment available, restarts what is killed, and leaves nothing of it',
    async () => {
      await created(`${APPS}/deployments`, deployment('web'));
      await eventually(() => isAvailable('web'));
      const [first, second] = kubelet.podsOf({ app: 'web' });
      expect(first!.ip).not.toBe(second!.ip);
      expect(await (await fetch(`http://${first!.ip}:8080/`)).json()).toMatchObject({
        ...{ name: first!.name, password: 'open sesame', greeting: 'hello', ip: first!.ip, file: 'hello' },
        arguments: [process.cwd(), 'hello world'],
      });

      kubelet.kill(first!.name, 'SIGKILL', 'OOMKilled');
      const restarted = await eventually(async () => {
        const status = await containerOf(first!.name);
        return status?.ready && status.restartCount === 1 ? status : undefined;
      });
      expect(restarted.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
      expect(kubelet.logsOf(first!.name)).toBe('serving\nserving\n');

      await server.request('DELETE', `${APPS}/deployments/web`);
      await eventually(() => kubelet.podsOf({ app: 'web' }).length === 0 || undefined);
      expect((await server.request('GET', `${CORE}/pods?labelSelector=app%3Dweb`)).body).toMatchObject({ items: [] });
      expect(() => process.kill(second!.pid!, 0)).toThrow('ESRCH');
      await expect(fetch(`http://${second!.ip}:8080/`)).rejects.toThrow('fetch failed');
    },
    2 * MINUTE,
  );

  it(
    'backs off from a container that keeps failing, and tells its last message',
    async () => {
      const script =
        'require("fs").writeFileSync(process.env.STREAMJOB_TERMINATION_LOG, "no brokers"); process.exit(2)';
      await created(`${CORE}/pods`, pod('failing', { command: ['node', '-e', script] }));
      const status = await eventually(async () => {
        const seen = await containerOf('failing');
        return seen?.restartCount === 2 && seen.state.waiting ? seen : undefined;
      });
      expect(status).toMatchObject({
        state: { waiting: { reason: 'CrashLoopBackOff', message: expect.stringContaining('back-off 4s restarting') } },
        lastState: { terminated: { exitCode: 2, reason: 'Error', message: 'no brokers' } },
      });
      await server.request('DELETE', `${CORE}/pods/failing`);
      await eventually(() => kubelet.podsOf({ app: 'failing' }).length === 0 || undefined);
    },
    MINUTE,
  );

  it(
    'restarts a container whose liveness probe fails, after its grace period',
    async () => {
      const script = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000)`;
      const httpGet = { path: '/livez', port: 8080 };
      // Once it has had the time to become deaf.
      const livenessProbe = { httpGet, initialDelaySeconds: 2, periodSeconds: 1, failureThreshold: 1 };
      const spec = { terminationGracePeriodSeconds: 1 };
      await created(`${CORE}/pods`, pod('deaf', { command: ['node', '-e', script], livenessProbe }, spec));
      const end = await eventually(async () => (await containerOf('deaf'))?.lastState.terminated);
      expect(end).toMatchObject({ exitCode: 137, reason: 'Error' });
      await server.request('DELETE', `${CORE}/pods/deaf`);
    },
    MINUTE,
  );

  it(
    'lets a pod that runs once end',
    async () => {
      await created(`${CORE}/pods`, pod('once', {}, { restartPolicy: 'Never' }));
      const phase = await eventually(async () => {
        const { status } = (await server.request('GET', `${CORE}/pods/once`)).body as Named;
        return ['Succeeded', 'Failed'].find((end) => end === status.phase);
      });
      expect(phase).toBe('Succeeded');
      await server.request('DELETE', `${CORE}/pods/once`);
      await eventually(async () => (await server.request('GET', `${CORE}/pods/once`)).status === 404 || undefined);
    },
    MINUTE,
  );

  it.each([
    [
      'a missing Secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'late', key: 'a' } } }] },
      { reason: 'CreateContainerConfigError', message: 'secret "late" not found' },
    ],
    [
      'a missing key',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'known', key: 'a' } } }] },
      { reason: 'CreateContainerConfigError', message: "couldn't find key a in ConfigMap default/known" },
    ],
    [
      'an image that cannot be pulled',
      { image: 'missing:1' },
      { reason: 'ImagePullBackOff', message: 'Back-off pulling image "missing:1"' },
    ],
    [
      'a probe that is not known here',
      { livenessProbe: { exec: { command: ['true'] } } },
      { reason: 'RunContainerError', message: 'the process kubelet knows httpGet probes' },
    ],
  ])(
    'shows why it waits: %s',
    async (what, container, waiting) => {
      const name = what.toLowerCase().replaceAll(' ', '-');
      await created(`${CORE}/pods`, pod(name, container));
      const seen = await eventually(async () => {
        const { state } = (await containerOf(name)) ?? {};
        return state?.waiting?.reason === waiting.reason ? state.waiting : undefined;
      });
      expect(seen).toMatchObject(waiting);
      await server.request('DELETE', `${CORE}/pods/${name}`);
      await eventually(async () => (await server.request('GET', `${CORE}/pods/${name}`)).status === 404 || undefined);
    },
    MINUTE,
  );

  it(
    'starts a pod once the Secret of its volume is there',
    async () => {
      const volumes = [{ name: 'a', secret: { secretName: 'later' } }];
      const volumeMounts = [{ name: 'a', mountPath: '/a' }];
      await created(`${CORE}/pods`, pod('early', { volumeMounts, ...IDLE }, { volumes }));
      const message = 'MountVolume.SetUp failed for volume "a" : secret "later" not found';
      await eventually(async () => {
        const { body } = await server.request('GET', `${CORE}/events?fieldSelector=reason%3DFailedMount`);
        return (body as { items: { message: string }[] }).items.some((event) => event.message === message) || undefined;
      });
      expect(await containerOf('early')).toMatchObject({ state: { waiting: { reason: 'ContainerCreating' } } });
      await created(`${CORE}/secrets`, { metadata: { name: 'later' }, stringData: { a: 'b' } });
      await eventually(async () => (await containerOf('early'))?.ready || undefined);
      await server.request('DELETE', `${CORE}/pods/early`);
    },
    MINUTE,
  );

  it(
    'leaves a pod alone that its node does not suit',
    async () => {
      await created(`${CORE}/pods`, pod('picky', {}, { nodeSelector: { gpu: 'yes' } }));
      const condition = await eventually(async () => {
        const { status } = (await server.request('GET', `${CORE}/pods/picky`)).body as Named;
        return status.conditions?.find(({ type }) => type === 'PodScheduled');
      });
      expect(condition).toMatchObject({ status: 'False', reason: 'Unschedulable' });
      await server.request('DELETE', `${CORE}/pods/picky`);
    },
    MINUTE,
  );

  it(
    'takes along what a deleted owner owns',
    async () => {
      const { metadata } = await created(`${CORE}/configmaps`, { metadata: { name: 'owner' } });
      const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid };
      await created(`${APPS}/deployments`, deployment('owned', owner));
      await eventually(() => isAvailable('owned'));
      const pids = kubelet.podsOf({ app: 'owned' }).map(({ pid }) => pid!);
      await server.request('DELETE', `${CORE}/configmaps/owner`);
      const gone = async (): Promise<true | undefined> =>
        (await server.request('GET', `${APPS}/deployments/owned`)).status === 404 || undefined;
      await eventually(gone);
      await eventually(() => kubelet.podsOf({ app: 'owned' }).length === 0 || undefined);
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
    2 * MINUTE,
  );

  it(
    'goes on after the API server was held, and after it was away',
    async () => {
      await created(`${CORE}/pods`, pod('steady', IDLE));
      await eventually(async () => (await containerOf('steady'))?.ready || undefined);
      server.pause();
      kubelet.kill('steady', 'SIGKILL');
      await delay(500);
      server.resume();
      await eventually(async () => (await containerOf('steady'))?.restartCount === 1 || undefined);
      await server.stopServer();
      await expect(server.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
      await eventually(() => kubelet.podsOf({ app: 'steady' })[0]?.pid);
      kubelet.kill('steady', 'SIGKILL');
      await server.startServer();
      await eventually(async () => {
        const status = await containerOf('steady');
        return (status?.restartCount === 2 && status.ready) || undefined;
      });
      await server.request('DELETE', `${CORE}/pods/steady?gracePeriodSeconds=0`);
      await eventually(() => kubelet.podsOf({ app: 'steady' }).length === 0 || undefined);
    },
    2 * MINUTE,
  );

  it(
    'gives a service account no more than its roles, through kubectl too',
    async () => {
      await created(`${CORE}/serviceaccounts`, { metadata: { name: 'nobody' } });
      const kubeconfig = await server.writeKubeconfig(
        await server.kubeconfigFor({ namespace: 'default', name: 'nobody' }),
      );
      const whoami = await kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], { kubeconfig });
      expect(whoami).toEqual({ stdout: 'system:serviceaccount:default:nobody', stderr: '', code: 0 });
      const secrets = await kubectl(['get', 'secrets'], { kubeconfig });
      expect(secrets).toMatchObject({ stdout: '', code: 1, stderr: expect.stringContaining('Forbidden') });
    },
    10 * MINUTE,
  );

  it(
    'leaves no process and no file when it closes',
    async () => {
      const other = await startApiServer();
      const second = await startKubelet(other);
      const script = 'console.log(process.env.HOME); setInterval(() => undefined, 1000)';
      const answer = await other.request('POST', `${CORE}/pods`, pod('home', { command: ['node', '-e', script] }));
      expect(answer.status).toBe(201);
      const home = await eventually(
        () => second.podsOf({ app: 'home' })[0] && (second.logsOf('home').trim() || undefined),
      );
      const { pid } = second.podsOf({ app: 'home' })[0]!;
      expect(existsSync(home)).toBe(true);
      await second.close();
      await other.stop();
      expect(existsSync(home)).toBe(false);
      expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
    },
    MINUTE,
  );
});
