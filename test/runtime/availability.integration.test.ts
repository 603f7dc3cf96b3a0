/**
 * Kafka goes away while real processes of a job work on it: before they start, by a stop, by SIGKILL. They wait, say so,
 * stay alive, are not ready meanwhile, go on by themselves, and give exact results. STREAMJOB_LONG=1 adds two minutes
 * without a broker.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Log } from '../../job-runtime/log/log.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { PassingBroker } from './kit-availability-broker.ts';
import { expectedOf, logAt, manifestOf, outputTopic, probe, resultsOf, textOf } from './kit-availability.ts';
import type { Row } from './kit-availability.ts';
import { Pods } from './pods.ts';
import type { RunningPod } from './pods.ts';

const reason = whyNoKafka('4.1.1');
const isLong = process.env['STREAMJOB_LONG'] === '1';
const PATIENCE_MILLIS = 120_000;
const RATE = 25;
const ROWS = isLong ? 5000 : 1500;
const WAITS = /^cannot reach Kafka at [^ ]+ \(connection refused\)/;

/** Eight keys, in the order of time. */
const rowsUpTo = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({ id: `k${i % 8}`, second: Math.floor(i / 20), n: i }));

interface Outage {
  readonly begin: (broker: PassingBroker) => Promise<void>;
  readonly seconds: number;
}

const OUTAGES: readonly Outage[] = [
  { begin: (broker) => broker.stop(), seconds: 12 },
  { begin: (broker) => broker.kill(), seconds: 3 },
  ...(isLong ? [{ begin: (broker: PassingBroker) => broker.stop(), seconds: 120 }] : []),
];

describeIf(reason === undefined, reason ?? '', 'while Kafka is away', () => {
  let folder: string;
  let broker: PassingBroker;
  let pods: Pods;
  let log: Log;
  let consumers: readonly RunningPod[];
  let producer: RunningPod;
  let all: readonly RunningPod[];
  let outages = 0;
  const rows = rowsUpTo(ROWS);

  beforeAll(async () => {
    [broker, pods] = await Promise.all([PassingBroker.prepare(), Pods.open()]);
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-availability-'));
    log = logAt(broker.brokers);
  }, PATIENCE_MILLIS);

  afterAll(async () => {
    await pods?.close();
    await log?.close();
    await broker?.close();
    await rm(folder, { recursive: true, force: true });
  }, PATIENCE_MILLIS);

  async function startPods(): Promise<void> {
    const file = path.join(folder, 'rows.csv');
    await writeFile(file, rows.map((row) => `${textOf(row)}\n`).join(''));
    const manifest = manifestOf({
      name: 'outage',
      brokers: broker.brokers,
      partitions: 2,
      kind: 'shuffled',
      spec: {
        producer: { source: { file: { path: file } }, rate: `${RATE}/s`, key: ['ID'] },
        stopAt: { position: 'latest' },
      },
    });
    consumers = [await pods.start({ manifest, run: 'r1' }), await pods.start({ manifest, run: 'r1' })];
    producer = await pods.start({ role: 'producer', manifest, run: 'r1' });
    all = [...consumers, producer];
    for (const pod of all) await pod.waitForEvent('started', PATIENCE_MILLIS);
  }

  /** Each says in one line that it waits, and is alive and not ready for as long as that lasts. */
  async function expectWaiting(seconds: number): Promise<void> {
    outages++;
    for (const pod of all) {
      await pod.waitFor('a line that it waits', () => pod.said('trouble').length === outages, PATIENCE_MILLIS);
      expect(pod.said('trouble').at(-1)).toMatch(WAITS);
    }
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await delay(500))
      expect(await Promise.all(all.map(probesOf))).toEqual(all.map(() => ({ alive: 200, ready: 503 })));
  }

  /** And in one more that it is over. */
  async function expectOver(): Promise<void> {
    for (const pod of all) {
      await pod.waitFor('a line that it is over', () => pod.said('over').length === outages, PATIENCE_MILLIS);
      expect(pod.said('trouble')).toHaveLength(outages);
      await pod.waitFor('readiness', async () => (await probe(pod, 'readyz')) === 200, PATIENCE_MILLIS);
    }
  }

  const produced = (): Promise<number> => producer.metric('streamjob_records_produced_total');

  async function passThrough({ begin, seconds }: Outage): Promise<void> {
    const before = await produced();
    await producer.waitFor('more records', async () => (await produced()) > before + RATE, PATIENCE_MILLIS);
    await begin(broker);
    await expectWaiting(seconds);
    await broker.start();
    await expectOver();
  }

  test(
    'pods wait for it, say so, go on by themselves, and their results are exact',
    async () => {
      await startPods();
      await expectWaiting(4);
      await broker.start();
      await expectOver();
      for (const outage of OUTAGES) await passThrough(outage);
      for (const pod of consumers) await pod.waitForStatus('the end', ({ done }) => done, PATIENCE_MILLIS * 2);
      expect(await resultsOf(log, outputTopic('outage'))).toEqual(expectedOf(rows));
      expect(all.map(({ end }) => end)).toEqual([undefined, undefined, undefined]);
      await pods.stopAll();
      expect(all.map(({ end }) => end?.code)).toEqual([0, 0, 0]);
      expect(all.flatMap((pod) => pod.said('failed'))).toEqual([]);
    },
    isLong ? 900_000 : 400_000,
  );
});

async function probesOf(pod: RunningPod): Promise<{ alive: number | undefined; ready: number | undefined }> {
  return { alive: await probe(pod, 'livez'), ready: await probe(pod, 'readyz') };
}
