import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Kafka } from '../../crds/stream-job.ts';
import type { ReadCredentials } from '../../job-runtime/log/kafka-credentials.ts';
import { clusterKey, KafkaClusters } from './clusters.ts';
import type { AskedCluster, ClustersOptions } from './clusters.ts';

const PLAIN: Kafka = { brokers: ['a:9092', 'b:9092'] };
const SASL: Kafka = { ...PLAIN, sasl: { mechanism: 'PLAIN', secretRef: { name: 'login' } } };

interface Opened {
  readonly kafka: Kafka;
  readonly read: ReadCredentials;
  isClosed: boolean;
}

function scene(options: Partial<ClustersOptions> = {}) {
  const opened: Opened[] = [];
  const read: string[] = [];
  const clock = { now: 0 };
  const clusters = new KafkaClusters({
    now: () => clock.now,
    readCredentials: async ({ namespace }) => {
      read.push(namespace);
      return { username: namespace };
    },
    open: (kafka, readCredentials) => {
      const one: Opened = { kafka, read: readCredentials, isClosed: false };
      opened.push(one);
      return { ...({} as AskedCluster), close: async () => void (one.isClosed = true) };
    },
    ...options,
  });
  const ask = (namespace: string, kafka: Kafka): Promise<void> =>
    clusters.use({ namespace, kafka }, async () => undefined);
  return { clusters, opened, read, clock, ask };
}

describe('who shares a cluster', () => {
  const ca = { tls: { caSecretRef: { name: 'ca' } } };
  const certificate = { tls: { clientSecretRef: { name: 'pair' } } };
  test.each([
    { name: 'jobs of one namespace and one Kafka', one: SASL, other: SASL, namespaces: ['n', 'n'], isShared: true },
    {
      name: 'brokers in another order',
      one: PLAIN,
      other: { brokers: ['b:9092', 'a:9092'] },
      namespaces: ['n', 'n'],
      isShared: true,
    },
    { name: 'namespaces, where nothing is shown', one: PLAIN, other: PLAIN, namespaces: ['n', 'm'], isShared: true },
    {
      name: 'namespaces, where TLS trusts the system',
      one: { ...PLAIN, tls: {} },
      other: { ...PLAIN, tls: {} },
      namespaces: ['n', 'm'],
      isShared: true,
    },
    { name: 'namespaces, with a login', one: SASL, other: SASL, namespaces: ['n', 'm'], isShared: false },
    {
      name: 'namespaces, with an authority',
      one: { ...PLAIN, ...ca },
      other: { ...PLAIN, ...ca },
      namespaces: ['n', 'm'],
      isShared: false,
    },
    {
      name: 'namespaces, with a certificate',
      one: { ...PLAIN, ...certificate },
      other: { ...PLAIN, ...certificate },
      namespaces: ['n', 'm'],
      isShared: false,
    },
    { name: 'a login and none', one: SASL, other: PLAIN, namespaces: ['n', 'n'], isShared: false },
    { name: 'TLS and none', one: { ...PLAIN, tls: {} }, other: PLAIN, namespaces: ['n', 'n'], isShared: false },
    {
      name: 'other brokers with the same Secret',
      one: SASL,
      other: { ...SASL, brokers: ['x:9092'] },
      namespaces: ['n', 'n'],
      isShared: false,
    },
    {
      name: 'another Secret',
      one: SASL,
      other: { ...PLAIN, sasl: { ...SASL.sasl!, secretRef: { name: 'other' } } },
      namespaces: ['n', 'n'],
      isShared: false,
    },
  ])('$name: $isShared', async ({ one, other, namespaces, isShared }) => {
    const { opened, ask } = scene();
    await ask(namespaces[0]!, one);
    await ask(namespaces[1]!, other);
    expect(opened).toHaveLength(isShared ? 1 : 2);
    const keys = [one, other].map((kafka, i) => clusterKey({ namespace: namespaces[i]!, kafka }));
    expect(keys[0] === keys[1]).toBe(isShared);
  });
});

test('Secrets are read of the namespace of the job, and none where the job names none', async () => {
  const { opened, read, ask } = scene();
  await ask('n', SASL);
  await ask('m', PLAIN);
  expect(await opened[0]!.read()).toEqual({ username: 'n' });
  expect(await opened[1]!.read()).toEqual({});
  expect(read).toEqual(['n']);
});

test('a cluster that nobody has used for a while is closed; one in use is not', async () => {
  const { clusters, opened, clock, ask } = scene();
  await ask('n', SASL);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const held = clusters.use({ namespace: 'm', kafka: SASL }, () => promise);
  clock.now = 11 * 60_000;
  await ask('n', PLAIN);
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false, false]);
  await ask('n', SASL);
  expect(opened).toHaveLength(4);
  resolve(undefined);
  await held;
});

test('a cluster is opened anew after an hour, however busy, and without cutting anybody off', async () => {
  const { clusters, opened, clock, ask } = scene();
  const { promise, resolve } = Promise.withResolvers<string>();
  const held = clusters.use({ namespace: 'n', kafka: SASL }, () => promise);
  for (; clock.now <= 60 * 60_000; clock.now += 5 * 60_000) await ask('n', SASL);
  await ask('n', SASL);
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([false, false]);
  resolve('answer');
  expect(await held).toBe('answer');
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test('what takes too long fails, tells the work, and its connections are not used again', async () => {
  const { clusters, opened, ask } = scene({ answerMillis: 50 });
  let told: unknown;
  const stuck = clusters.use({ namespace: 'n', kafka: PLAIN }, (_, signal) => {
    signal.addEventListener('abort', () => (told = signal.reason));
    return new Promise(() => undefined);
  });
  await expect(stuck).rejects.toMatchObject({
    code: 'LogUnavailable',
    message: 'Kafka at a:9092, b:9092 gave no answer in 0.05 s',
  });
  expect(told).toMatchObject({ code: 'LogUnavailable' });
  expect(opened[0]!.isClosed).toBe(true);
  await ask('n', PLAIN);
  expect(opened).toHaveLength(2);
});

test('who is in the middle of something is not cut off when another one’s time is over', async () => {
  const { clusters, opened } = scene({ answerMillis: 200 });
  const target = { namespace: 'n', kafka: PLAIN };
  const stuck = clusters.use(target, () => new Promise(() => undefined));
  await delay(100);
  const { promise, resolve } = Promise.withResolvers<string>();
  const other = clusters.use(target, () => promise);
  await expect(stuck).rejects.toMatchObject({ code: 'LogUnavailable' });
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([false]);
  resolve('answer');
  expect(await other).toBe('answer');
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true]);
});

test('a failure of the work is thrown as it is, and the cluster stays open', async () => {
  const { clusters, opened, ask } = scene();
  const failure = new Error('as it is');
  await expect(clusters.use({ namespace: 'n', kafka: PLAIN }, () => Promise.reject(failure))).rejects.toBe(failure);
  await ask('n', PLAIN);
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([false]);
});
