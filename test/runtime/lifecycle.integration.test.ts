/** Where a run starts and where it ends, with the program as pods run it, on a real broker. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { TestCluster } from './kit-cluster.ts';
import type { NewRecord } from './kit-cluster.ts';
import { line, outOf, passing, RUN, steady, summing, SUMS, sumsOf, withSpec } from './kit-jobs.ts';
import type { Manifest, Patch } from './kit-jobs.ts';
import { Pods } from './pods.ts';
import type { RunningPod } from './pods.ts';

const reason = whyNoKafka('4.1.1');

/** When the records of a topic were written: a while ago, one a second. */
const ago = (index: number): number => Math.floor(Date.now() / 1000) * 1000 - 60_000 + index * 1000;
const instant = (millis: number): string => new Date(millis).toISOString();

/** Records of a passing job, whose values are `from` and so on; `at`: the log's timestamps. */
const numbers = (from: number, count: number, at?: (index: number) => number): NewRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    value: line(from + i, 'k', from + i),
    ...(at && { timestamp: at(from + i) }),
  }));

describeIf(reason === undefined, reason ?? '', 'the bounds of a run', () => {
  let cluster: TestCluster;
  let pods: Pods;
  let folder: string;

  beforeAll(async () => {
    [cluster, pods] = await Promise.all([TestCluster.start(), Pods.open()]);
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-lifecycle-'));
  }, 90_000);
  afterAll(async () => {
    await pods?.close();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => pods.stopAll(), 60_000);

  const start = async (manifest: Manifest): Promise<RunningPod> => {
    const pod = await pods.start({ manifest, run: RUN });
    return pod;
  };
  const running = (pod: RunningPod): Promise<unknown> =>
    pod.waitForStatus('running', ({ tasks }) => tasks.length > 0 && tasks.every(({ phase }) => phase === 'running'));
  const done = (pod: RunningPod): Promise<unknown> => pod.waitForStatus('done', (status) => status.done);
  const results = (pod: RunningPod, of: Manifest, count: number): Promise<string[]> =>
    pod.waitFor(`${count} results`, async () => {
      const values = await cluster.values(outOf(of));
      return values.length >= count && values;
    });

  test('a new run starts where startFrom says, and a run that exists goes on where it was, whatever startFrom says', async () => {
    await cluster.log.createTopic('starts', { partitions: 1 });
    const begin = ago(0);
    await cluster.write(
      'starts',
      numbers(0, 4, (i) => begin + i * 1000),
    );
    const topic = { name: 'starts', partitions: 1 };
    const job = (name: string, startFrom: object | undefined, expected: number[], changed: object) => ({
      manifest: passing(cluster.brokers, name, { topic, ...(startFrom && { startFrom }) }),
      changed: { startFrom: changed } as Patch,
      expected: expected.map(String),
    });
    const jobs = [
      job('by-default', undefined, [0, 1, 2, 3, 4, 5, 6, 7, 8], { position: 'latest' }),
      job('latest', { position: 'latest' }, [4, 5, 6, 7, 8], { position: 'earliest' }),
      job('since', { timestamp: instant(begin + 1500) }, [2, 3, 4, 5, 6, 7, 8], { position: 'latest' }),
      job('offsets', { offsets: { 0: 3 } }, [3, 4, 5, 6, 7, 8], { offsets: { 0: 0 } }),
    ];
    const first = await Promise.all(jobs.map(({ manifest }) => start(manifest)));
    await Promise.all(first.map(running));
    await cluster.write('starts', numbers(4, 2));
    await Promise.all(jobs.map(({ manifest, expected }, i) => results(first[i]!, manifest, expected.length - 3)));
    await Promise.all(first.map((pod) => pod.stop()));
    await cluster.write('starts', numbers(6, 2));
    const second = await Promise.all(jobs.map(({ manifest, changed }) => start(withSpec(manifest, changed))));
    await Promise.all(second.map(running));
    await cluster.write('starts', numbers(8, 1));
    for (const [i, { manifest, expected }] of jobs.entries())
      expect(await results(second[i]!, manifest, expected.length)).toEqual(expected);
  }, 90_000);

  test('a run may start at an offset that is still to come', async () => {
    const manifest = passing(cluster.brokers, 'to-come', { startFrom: { offsets: { 0: 3 } } });
    const first = await start(manifest);
    await running(first);
    await cluster.write('to-come', numbers(0, 2));
    await first.waitForStatus('both records passed over', ({ tasks }) => tasks[0]?.position === 2);
    await first.stop();
    const second = await start(manifest);
    await running(second);
    await cluster.write('to-come', numbers(2, 3));
    expect(await results(second, manifest, 2)).toEqual(['3', '4']);
  }, 60_000);

  /** The run says that it is done, wrote this, and never writes more, not even when its pod is started again. */
  const expectOver = async (pod: RunningPod, manifest: Manifest, expected: readonly string[]): Promise<void> => {
    await done(pod);
    expect((await cluster.values(outOf(manifest))).sort()).toEqual(expected);
    const { name, partitions } = manifest.spec['topic'] as { name: string; partitions: number };
    const late = { key: 'a', value: line(5000, 'a', 1) };
    await cluster.write(
      name,
      Array.from({ length: partitions }, (_, partition) => ({ ...late, partition })),
    );
    await delay(1000);
    expect(await pod.stop()).toEqual({ code: 0, signal: null });
    const again = await start(manifest);
    await done(again);
    await again.stop();
    expect((await cluster.values(outOf(manifest))).sort()).toEqual(expected);
  };

  test('stopAt latest without a producer is the end when the run starts', async () => {
    const topic = { name: 'to-latest', partitions: 2 };
    const manifest = summing(cluster.brokers, 'to-latest', { topic, stopAt: { position: 'latest' } });
    await cluster.log.createTopic('to-latest', { partitions: 2 });
    await cluster.write('to-latest', [
      { key: 'a', value: line(1, 'a', 1) },
      { key: 'a', value: line(2, 'a', 2) },
      { key: 'a', value: line(12, 'a', 4), partition: 0 },
      { key: 'b', value: line(3, 'b', 8), partition: 1 },
    ]);
    const pod = await start(manifest);
    await expectOver(pod, manifest, ['0,a,3,2', '0,b,8,1', '10000,a,4,1']);
  }, 60_000);

  test('stopAt a timestamp of the past leaves out what was written then and later, and partitions may be empty', async () => {
    const topic = { name: 'to-past', partitions: 2 };
    const begin = ago(0);
    const stopAt = { timestamp: instant(begin + 2000) };
    const manifest = summing(cluster.brokers, 'to-past', { topic, stopAt });
    await cluster.log.createTopic('to-past', { partitions: 2 });
    await cluster.write(
      'to-past',
      [1, 2, 12, 13].map((second, i) => ({ value: line(second, 'a', 2 ** i), timestamp: begin + i * 1000 })),
    );
    const pod = await start(manifest);
    await expectOver(pod, manifest, ['0,a,3,2']);
  }, 60_000);

  test('stopAt a timestamp of the future ends the run then, also where the pod was away at that moment', async () => {
    const at = Date.now() + 15_000;
    const job = (name: string): Manifest =>
      summing(cluster.brokers, name, { stopAt: { timestamp: instant(at) }, window: { ...SUMS, shuffle: 'always' } });
    const [staying, away] = [job('to-future'), job('to-future-away')];
    const [pod, leaving] = [await start(staying), await start(away)];
    await Promise.all([running(pod), running(leaving)]);
    for (const name of ['to-future', 'to-future-away']) {
      await cluster.write(name, [
        { value: line(1, 'a', 1), timestamp: at - 2 },
        { value: line(2, 'a', 2), timestamp: at - 1 },
        { value: line(3, 'a', 4), timestamp: at },
        { value: line(4, 'a', 8), timestamp: at + 1 },
      ]);
    }
    await leaving.stop();
    expect((await pod.status())!.done).toBe(false);
    await delay(Math.max(0, at - Date.now()));
    const back = await start(away);
    await Promise.all([expectOver(pod, staying, ['0,a,3,2']), expectOver(back, away, ['0,a,3,2'])]);
  }, 90_000);

  test('stopAt latest beside a finite producer is where that producer ends', async () => {
    const file = path.join(folder, 'records.csv');
    await writeFile(
      file,
      steady(['a', 'b', 'c'], 0, 200)
        .map(({ value }) => `${value}\n`)
        .join(''),
    );
    const manifest = summing(cluster.brokers, 'produced', {
      topic: { name: 'produced', partitions: 3 },
      producer: { source: { file: { path: file } } },
      window: { ...SUMS, shuffle: 'always' },
      stopAt: { position: 'latest' },
    });
    const [producer, consumer] = await Promise.all([
      pods.start({ role: 'producer', manifest, run: RUN }),
      start(manifest),
    ]);
    await Promise.all([done(producer), done(consumer)]);
    const input = await cluster.input('produced');
    expect(input).toHaveLength(600);
    const expected = sumsOf(manifest, input);
    expect((await cluster.values(outOf(manifest))).sort()).toEqual(expected);
    expect(expected).toHaveLength(60);
    await Promise.all([producer.stop(), consumer.stop()]);
    const again = await Promise.all([pods.start({ role: 'producer', manifest, run: RUN }), start(manifest)]);
    await Promise.all(again.map(done));
    await Promise.all(again.map((pod) => pod.stop()));
    expect(await cluster.input('produced')).toHaveLength(600);
    expect((await cluster.values(outOf(manifest))).sort()).toEqual(expected);
  }, 90_000);
});
