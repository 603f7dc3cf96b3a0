/** What the operator sees of real jobs on a real broker, from before their run to when nothing is left of them. */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { runPrefix, runTopic } from '../../crds/identity.ts';
import { freePort, whyNoKafka } from '../../test/harness/kafka.ts';
import { describeIf } from '../../test/harness/skip.ts';
import { TestCluster } from '../../test/runtime/kit-cluster.ts';
import {
  identityOf,
  line,
  NAMESPACE,
  outOf,
  passing,
  RUN,
  steady,
  summing,
  SUMS,
} from '../../test/runtime/kit-jobs.ts';
import type { Manifest } from '../../test/runtime/kit-jobs.ts';
import { Pods } from '../../test/runtime/pods.ts';
import { evaluateManifest } from '../spec/evaluate.ts';
import { cleanKafka } from './cleanup.ts';
import { KafkaClusters } from './clusters.ts';
import type { KafkaTarget } from './clusters.ts';
import { NOTHING_SEEN, observeKafka } from './job-kafka.ts';
import type { KafkaSight } from './job-kafka.ts';
import type { JobInKafka } from './job-progress.ts';

const reason = whyNoKafka('4.1.1');
const PATIENCE_MILLIS = 60_000;

jest.setTimeout(90_000);

describeIf(reason === undefined, reason ?? '', 'a job in Kafka, as the operator sees it', () => {
  let cluster: TestCluster;
  let pods: Pods;
  let clusters: KafkaClusters;

  beforeAll(async () => {
    [cluster, pods] = await Promise.all([TestCluster.start(), Pods.open()]);
    clusters = new KafkaClusters({ readCredentials: () => Promise.reject(new Error('nobody asks')), now: Date.now });
  }, 90_000);
  afterAll(async () => {
    clusters?.close();
    await pods?.close();
    await cluster?.stop();
  });
  afterEach(() => pods.stopAll(), 60_000);

  const target = (): KafkaTarget => ({ namespace: NAMESPACE, kafka: { brokers: [...cluster.brokers] } });
  const look = (manifest: Manifest, before: KafkaSight = NOTHING_SEEN): Promise<KafkaSight> =>
    clusters.use(target(), (asked, signal) =>
      observeKafka(asked, inKafka(manifest), before, { now: Date.now, signal }),
    );
  const lookUntil = async (manifest: Manifest, holds: (sight: KafkaSight) => boolean): Promise<KafkaSight> => {
    let sight = NOTHING_SEEN;
    for (const deadline = Date.now() + PATIENCE_MILLIS; Date.now() < deadline; await delay(100)) {
      sight = await look(manifest, sight);
      if (holds(sight)) return sight;
    }
    throw new Error(`not seen in time: ${JSON.stringify(sight.facts)}`);
  };

  test('before anything exists there is nothing, and no failure', async () => {
    const { facts, record } = await look(passing(cluster.brokers, 'nothing-yet'));
    expect(record).toBeUndefined();
    expect(facts).toEqual({ at: expect.any(Number) });
  });

  test('a bounded run: from its record over its lag to its end', async () => {
    const topic = { name: 'bounded', partitions: 2 };
    const manifest = summing(cluster.brokers, 'bounded', { topic, stopAt: { position: 'latest' } });
    await cluster.log.createTopic('bounded', { partitions: 2 });
    await cluster.write('bounded', [...steady(['a'], 0, 30), { key: 'b', value: 'bad', partition: 1 }]);
    expect((await look(manifest)).facts).toMatchObject({ partitions: 2 });
    await pods.start({ manifest, run: RUN });
    const { facts, record } = await lookUntil(manifest, (sight) => sight.facts.progress?.isDone === true);
    expect(facts.run).toEqual({
      uid: 'u1',
      partitions: 2,
      shufflePartitions: 8,
      fingerprint: record!.fingerprint,
    });
    expect(facts.progress!.partitions).toEqual([
      { topic: 'bounded', partition: 0, committed: 30, end: 30, lag: 0, watermark: Infinity },
      { topic: 'bounded', partition: 1, committed: 1, end: 1, lag: 0, watermark: Infinity },
    ]);
    expect(facts.progress!.deadLetters).toBe(1);
    await cluster.write('bounded', steady(['a'], 30, 5));
    expect((await look(manifest)).facts.progress).toMatchObject({ isDone: true, partitions: [{ lag: 0 }, { lag: 0 }] });
  });

  test('an endless run behind a shuffle: the lag of both stages grows and goes to 0, the watermark moves', async () => {
    const window = { ...SUMS, shuffle: 'always', watermark: { delay: '0s', idleTimeout: '1s' } };
    const manifest = summing(cluster.brokers, 'endless', { window });
    const pod = await pods.start({ manifest, run: RUN });
    await lookUntil(manifest, ({ facts }) => facts.run !== undefined);
    await cluster.write('endless', steady(['a', 'b'], 0, 30));
    const read = await lookUntil(
      manifest,
      ({ facts: { progress } }) =>
        progress!.partitions[0]!.watermark > -Infinity && progress!.partitions.every(({ lag }) => lag === 0),
    );
    const { partitions, isDone } = read.facts.progress!;
    expect(isDone).toBe(false);
    expect(partitions.map(({ topic }) => topic)).toEqual([
      'endless',
      ...Array.from({ length: 8 }, () => `${runPrefix(identityOf(manifest))}.repartition.1`),
    ]);
    expect(partitions[0]).toMatchObject({ committed: 60, end: 60 });
    expect(partitions[0]!.watermark).toBeGreaterThanOrEqual(29_000);
    await pod.kill();
    await cluster.write('endless', steady(['a'], 30, 5));
    const behind = await look(manifest, read);
    expect(behind.facts.progress!.partitions[0]).toMatchObject({ committed: 60, end: 65, lag: 5 });
    expect(behind.facts.earlier).toBeDefined();
  });

  test('a run that starts at the end has no lag before it has committed anything', async () => {
    await cluster.log.createTopic('at-the-end', { partitions: 1 });
    await cluster.write('at-the-end', [{ value: line(1, 'k', 1) }]);
    const manifest = passing(cluster.brokers, 'at-the-end', { startFrom: { position: 'latest' } });
    await pods.start({ manifest, run: RUN });
    const { facts } = await lookUntil(manifest, (sight) => sight.record !== undefined);
    expect(facts.progress!.partitions[0]).toMatchObject({ end: 1, lag: 0, watermark: -Infinity });
  });

  test('cleanup waits for the pods, leaves no topic and no group, and keeps what is others’', async () => {
    const manifest = passing(cluster.brokers, 'cleaned');
    const neighbour = passing(cluster.brokers, 'cleaned2');
    const both = await Promise.all([manifest, neighbour].map((of) => pods.start({ manifest: of, run: RUN })));
    await Promise.all(both.map((pod) => pod.waitForStatus('running', ({ tasks }) => tasks.length > 0)));
    await cluster.write('cleaned', [{ value: line(1, 'k', 1) }]);
    await lookUntil(manifest, ({ facts }) => facts.progress?.partitions[0]!.committed === 1);
    const identity = identityOf(manifest);
    const clean = (topic?: string): Promise<void> =>
      clusters.use(target(), (asked) => cleanKafka(asked, identity, { runs: [RUN, 'r0'], topic }));
    await expect(clean('cleaned')).rejects.toMatchObject({ code: 'LogUnavailable', retryable: true });
    expect(await cluster.admin.listTopics()).toContain(runTopic(identity));
    await both[0]!.stop();
    await clean();
    expect(await remaining(cluster, runPrefix(identity))).toEqual([]);
    expect(await cluster.admin.listTopics()).toEqual(
      expect.arrayContaining(['cleaned', outOf(manifest), runTopic(identityOf(neighbour))]),
    );
    await clean('cleaned');
    await clean('cleaned');
    expect(await remaining(cluster, 'cleaned')).toEqual([]);
  });

  test('a broker that nobody runs is told in one line, in time', async () => {
    const kafka = { brokers: [`127.0.0.1:${await freePort()}`] };
    const asked = clusters.use({ namespace: 'a', kafka }, ({ admin }) => admin.committed('g'));
    await expect(asked).rejects.toMatchObject({ code: 'LogUnavailable', message: expect.stringMatching(/^[^\n]+$/) });
  });

  test('a broker that takes connections and says nothing does not keep its connections waiting for ever', async () => {
    const silent = await SilentBroker.listen();
    const asked = clusters.use({ namespace: 'a', kafka: { brokers: [silent.address] } }, ({ admin }) =>
      admin.ends(['t']),
    );
    await expect(asked).rejects.toMatchObject({
      code: 'LogUnavailable',
      message: expect.stringContaining('no answer in time'),
    });
    await silent.close();
  });

  test('a broker that takes connections and says nothing is told in time, and holds up no other', async () => {
    const silent = await SilentBroker.listen();
    const short = new KafkaClusters({ readCredentials: async () => ({}), now: Date.now, answerMillis: 1500 });
    const held = short.use({ namespace: 'a', kafka: { brokers: [silent.address] } }, ({ admin }) =>
      admin.committed('g'),
    );
    const other = short.use(target(), ({ admin }) => admin.committed('g'));
    expect(await other).toEqual([]);
    await expect(held).rejects.toMatchObject({
      code: 'LogUnavailable',
      message: `Kafka at ${silent.address} gave no answer in 1.5 s`,
    });
    short.close();
    await silent.close();
  });
});

/** Groups and topics of exactly this name, or below it; deletion takes a moment to be seen. */
async function remaining(cluster: TestCluster, prefix: string): Promise<string[]> {
  let found: string[] = [];
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(50)) {
    const groups = (await cluster.admin.listGroups()).groups.map(({ groupId }) => groupId);
    const names = [...groups, ...(await cluster.admin.listTopics())];
    found = names.filter((name) => name === prefix || name.startsWith(`${prefix}.`));
    if (found.length === 0) break;
  }
  return found;
}

function inKafka(manifest: Manifest): JobInKafka {
  const verdict = evaluateManifest(manifest);
  if ('problems' in verdict) throw new RangeError(JSON.stringify(verdict.problems));
  const { stages, growth } = verdict.sound;
  return { identity: identityOf(manifest), topic: verdict.sound.job.spec.topic.name, stages, growth };
}

class SilentBroker {
  readonly address: string;
  private readonly server: Server;
  private readonly sockets: Socket[] = [];

  private constructor(server: Server) {
    this.server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      this.sockets.push(socket.on('error', () => undefined));
    });
  }

  static listen(): Promise<SilentBroker> {
    const server = createServer();
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(new SilentBroker(server)));
    });
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }
}
