/** Topics that get more partitions while jobs read them, with the program as pods run it, on a real broker. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { changelogTopic } from '../../crds/identity.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { TestCluster } from './kit-cluster.ts';
import type { NewRecord } from './kit-cluster.ts';
import { identityOf, line, outOf, passing, RUN, summing, SUMS, sumsOf } from './kit-jobs.ts';
import type { Manifest } from './kit-jobs.ts';
import { Pods } from './pods.ts';
import type { RunningPod } from './pods.ts';

const reason = whyNoKafka('4.1.1');
const CASE_MILLIS = 120_000;
const KEYS = ['a', 'b', 'c', 'd', 'e'];

/** One record per second and partition, keys in turn. */
const seconds = (partitions: readonly number[], from: number, to: number): NewRecord[] =>
  partitions.flatMap((partition) =>
    Array.from({ length: to - from }, (_, i) => {
      const key = KEYS[(from + i + partition) % KEYS.length]!;
      return { partition, key, value: line(from + i, key, (from + i) * 10 + partition) };
    }),
  );

const upTo = (count: number, from = 0): number[] => Array.from({ length: count - from }, (_, i) => from + i);

describeIf(reason === undefined, reason ?? '', 'a topic that grows', () => {
  let cluster: TestCluster;
  let pods: Pods;

  beforeAll(async () => {
    [cluster, pods] = await Promise.all([TestCluster.start(), Pods.open()]);
  }, 90_000);
  afterAll(async () => {
    await pods?.close();
    await cluster?.stop();
  });
  afterEach(() => pods.stopAll(), 60_000);

  /** Source partitions that these pods work on, and how far each is read. */
  const positions = async (of: readonly RunningPod[]): Promise<Map<number, number>> => {
    const pages = await Promise.all(of.map((pod) => pod.status()));
    const tasks = pages.flatMap((page) => page?.tasks ?? []).filter(({ stage }) => stage === 0);
    return new Map(tasks.map(({ partition, position }) => [partition, position]));
  };

  const read = async (of: readonly RunningPod[], partitions: readonly number[], count: number): Promise<void> => {
    await of[0]!.waitFor(`${count} records read of partitions ${partitions.join()}`, async () => {
      const found = await positions(of);
      return partitions.every((partition) => (found.get(partition) ?? 0) >= count);
    });
  };

  const expectResults = async (pod: RunningPod, manifest: Manifest, expected: readonly string[]): Promise<void> => {
    await pod.waitFor(`${expected.length} results`, async () => {
      return (await cluster.values(outOf(manifest))).length >= expected.length;
    });
    expect((await cluster.values(outOf(manifest))).sort()).toEqual(expected);
  };

  test(
    'a shuffled job reads new partitions from their first record, and its results hold all of them',
    async () => {
      const name = 'shuffled';
      const window = { ...SUMS, shuffle: 'always', watermark: { delay: '2s' } };
      const manifest = summing(cluster.brokers, name, { topic: { name, partitions: 4 }, window });
      const both = await Promise.all([1, 2].map(() => pods.start({ manifest, run: RUN })));
      await both[0]!.waitFor('4 tasks', async () => (await positions(both)).size === 4);
      await cluster.write(name, seconds(upTo(4), 0, 30));
      await read(both, upTo(4), 30);
      await cluster.log.growTopic(name, 8);
      await cluster.write(name, seconds(upTo(8, 4), 30, 60));
      await read(both, upTo(8, 4), 30);
      await cluster.write(name, seconds(upTo(4), 30, 62));
      await cluster.write(name, seconds(upTo(8, 4), 60, 75));
      await cluster.write(name, seconds(upTo(4), 62, 75));
      await read(both, upTo(4), 75);
      const input = await cluster.input(name);
      expect(input).toHaveLength(4 * 75 + 4 * 45);
      await expectResults(both[0]!, manifest, sumsOf(manifest, input, 70_000));
      const shares = await Promise.all(both.map(async (pod) => (await positions([pod])).size));
      expect(shares).toEqual([4, 4]);
      expect(await cluster.log.partitionCount(changelogTopic(identityOf(manifest), 0))).toBe(8);
      const late = await Promise.all(both.map((pod) => pod.metric('streamjob_records_late_total')));
      expect(late).toEqual([0, 0]);
    },
    CASE_MILLIS,
  );

  test(
    'a job that keeps state by record key says once that it needs a shuffle, and goes on with the old partitions',
    async () => {
      const name = 'keyed';
      const manifest = summing(cluster.brokers, name, { topic: { name, partitions: 2 } });
      const pod = await pods.start({ manifest, run: RUN });
      await pod.waitFor('2 tasks', async () => (await positions([pod])).size === 2);
      const keyed = (from: number, to: number): NewRecord[] =>
        seconds([0], from, to).flatMap(({ value }) => [
          { key: 'a', value: value.replace(/,\w,/, ',a,') },
          { key: 'b', value: value.replace(/,\w,/, ',b,'), partition: 1 },
        ]);
      await cluster.write(name, keyed(0, 15));
      await read([pod], [0, 1], 15);
      await cluster.log.growTopic(name, 4);
      const said = (): string[] => pod.said('differs').filter((text) => text.startsWith('GrowthNeedsShuffle'));
      await pod.waitFor('word of it', () => said().length > 0);
      expect(said()).toEqual([expect.stringContaining(`topic ${name} has 2 new partitions, which are not read`)]);
      await cluster.write(name, seconds([2, 3], 15, 25));
      const second = await pods.start({ manifest, run: RUN });
      await second.waitForStatus('a task', ({ tasks }) => tasks.some(({ phase }) => phase === 'running'));
      await cluster.write(name, keyed(15, 31));
      await read([pod, second], [0, 1], 31);
      const input = (await cluster.input(name)).filter(({ partition }) => partition < 2);
      await expectResults(pod, manifest, sumsOf(manifest, input, 30_000));
      expect(said()).toHaveLength(1);
      expect([...(await positions([pod, second])).keys()].sort()).toEqual([0, 1]);
    },
    CASE_MILLIS,
  );

  test(
    'a job without state reads new partitions, and a manifest that says more makes the topic grow',
    async () => {
      const name = 'stateless';
      const job = (partitions: number): Manifest => passing(cluster.brokers, name, { topic: { name, partitions } });
      const values = (records: readonly NewRecord[]): string[] => records.map(({ value }) => value.split(',')[2]!);
      const pod = await pods.start({ manifest: job(2), run: RUN });
      await pod.waitFor('2 tasks', async () => (await positions([pod])).size === 2);
      const [first, second, third] = [seconds(upTo(2), 0, 10), seconds(upTo(4), 10, 20), seconds(upTo(6), 20, 30)];
      await cluster.write(name, first);
      await cluster.log.growTopic(name, 4);
      await cluster.write(name, second);
      await expectResults(pod, job(2), values([...first, ...second]).sort());
      await pod.stop();
      const again = await pods.start({ manifest: job(6), run: RUN });
      await again.waitFor('6 tasks', async () => (await positions([again])).size === 6);
      await cluster.write(name, third);
      await expectResults(again, job(6), values([...first, ...second, ...third]).sort());
    },
    CASE_MILLIS,
  );
});
