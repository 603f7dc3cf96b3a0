/**
 * What happens when records, topics or positions are gone that a job still needs (spec.onDataLoss): it ends with the
 * reason, or says what is lost and goes on. Each case has a job that sums in windows of ten seconds, one record a second.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { changelogTopic, groupName } from '../../crds/identity.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { TestCluster } from './kit-cluster.ts';
import { identityOf, outOf, RUN, steady, summing, SUMS, withSpec } from './kit-jobs.ts';
import type { Manifest, Patch } from './kit-jobs.ts';
import { Pods } from './pods.ts';
import type { RunningPod } from './pods.ts';

const reason = whyNoKafka('4.1.1');
const CASE_MILLIS = 120_000;
/** Longer than a fetch waits at the end of a partition. */
const FETCH_MILLIS = 1500;

/** The results of `steady` seconds [from, to) of one key that fall into the window of `start` seconds. */
const sums = (start: number, ...seconds: readonly (readonly [from: number, to: number])[]): string => {
  const values = seconds.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i + 1));
  return `${start * 1000},a,${values.reduce((sum, value) => sum + value, 0)},${values.length}`;
};

describeIf(reason === undefined, reason ?? '', 'data that is gone', () => {
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

  const write = (topic: string, from: number, to: number): Promise<void> =>
    cluster.write(topic, steady(['a'], from, to - from));

  /** A job that has read the seconds up to 15, closed its first window, and lives. */
  const halfway = async (name: string, patch: Patch = {}): Promise<[Manifest, RunningPod]> => {
    const manifest = summing(cluster.brokers, name, patch);
    await cluster.log.createTopic(name, { partitions: 1 });
    await write(name, 0, 15);
    const pod = await pods.start({ manifest, run: RUN });
    await results(pod, manifest, 1);
    await pod.waitForStatus('15 records read', ({ tasks }) => tasks.some(({ position }) => position === 15));
    return [manifest, pod];
  };

  const halted = async (name: string, patch: Patch = {}): Promise<Manifest> => {
    const [manifest, pod] = await halfway(name, patch);
    expect(await pod.stop()).toEqual({ code: 0, signal: null });
    return manifest;
  };

  const results = (pod: RunningPod, of: Manifest, count: number): Promise<string[]> =>
    pod.waitFor(`${count} results`, async () => {
      const values = await cluster.values(outOf(of));
      return values.length >= count && values;
    });

  const remake = async (topic: string): Promise<void> => {
    await cluster.deleteTopic(topic);
    await cluster.log.createTopic(topic, { partitions: 1 });
  };

  const expectFailure = async (pod: RunningPod, code: string, line: string): Promise<void> => {
    expect(await pod.ended).toEqual({ code: 1, signal: null });
    const failed = pod.lines.filter(({ event }) => event === 'failed');
    expect(failed).toEqual([expect.objectContaining({ code, msg: expect.stringContaining(line) })]);
    expect(failed[0]!.msg).not.toContain('\n');
    expect(failed[0]!.msg).toContain('onDataLoss');
  };

  /** It ends with the reason; told to continue, it says the same and goes on. */
  const expectLoss = async (of: Manifest, code: string, line: string): Promise<RunningPod> => {
    await expectFailure(await pods.start({ manifest: of, run: RUN }), code, line);
    expect(await cluster.values(outOf(of))).toHaveLength(1);
    const going = await pods.start({ manifest: withSpec(of, { onDataLoss: 'continue' }), run: RUN });
    expect(await going.waitForEvent('dataLost')).toContain(line);
    return going;
  };

  test(
    'records that were deleted before they were read',
    async () => {
      const manifest = await halted('expired');
      await write('expired', 15, 25);
      await cluster.log.deleteRecords({ topic: 'expired', partition: 0 }, 18);
      const line = '3 offsets of expired/0 were deleted before they were read (15 to 18)';
      const pod = await expectLoss(manifest, 'OffsetOutOfRange', line);
      expect(await results(pod, manifest, 2)).toEqual([sums(0, [0, 10]), sums(10, [10, 15], [18, 20])]);
      expect(pod.said('dataLost')).toHaveLength(1);
      await pod.stop();
      const again = await pods.start({ manifest, run: RUN });
      await write('expired', 25, 31);
      expect((await results(again, manifest, 3))[2]).toBe(sums(20, [20, 30]));
      expect(again.said('dataLost')).toEqual([]);
    },
    CASE_MILLIS,
  );

  test(
    'records that were deleted before the first of them was read',
    async () => {
      const manifest = summing(cluster.brokers, 'never-read', { startFrom: { offsets: { 0: 2 } } });
      await cluster.log.createTopic('never-read', { partitions: 1 });
      await write('never-read', 0, 11);
      await cluster.log.deleteRecords({ topic: 'never-read', partition: 0 }, 5);
      const line = '3 offsets of never-read/0 were deleted before they were read (2 to 5)';
      await expectFailure(await pods.start({ manifest, run: RUN }), 'OffsetOutOfRange', line);
      const pod = await pods.start({ manifest: withSpec(manifest, { onDataLoss: 'continue' }), run: RUN });
      expect(await results(pod, manifest, 1)).toEqual([sums(0, [5, 10])]);
      expect(pod.said('dataLost')).toEqual([expect.stringContaining(line)]);
    },
    CASE_MILLIS,
  );

  test.each([
    { name: 'remade-smaller', what: 'less', to: 21 },
    { name: 'remade-larger', what: 'more', to: 36 },
  ])(
    'a topic that was deleted and made again with $what in it than before',
    async ({ name, to }) => {
      const manifest = await halted(name);
      await remake(name);
      await write(name, 15, to);
      const line = `topic ${name} was deleted and made again since ${name}/0 was read up to 15`;
      const pod = await expectLoss(manifest, 'OffsetOutOfRange', line);
      expect((await results(pod, manifest, 2))[1]).toBe(sums(10, [10, 20]));
      await pod.stop();
      const again = await pods.start({ manifest, run: RUN });
      await write(name, to, 41);
      expect((await results(again, manifest, 4)).slice(2)).toEqual([sums(20, [20, 30]), sums(30, [30, 40])]);
      expect(again.said('dataLost')).toEqual([]);
    },
    CASE_MILLIS,
  );

  test(
    'a topic that was made again before a run from its end had read anything',
    async () => {
      const name = 'remade-unread';
      const manifest = summing(cluster.brokers, name, { startFrom: { position: 'latest' }, onDataLoss: 'continue' });
      await cluster.log.createTopic(name, { partitions: 1 });
      await write(name, 0, 8);
      const pod = await pods.start({ manifest, run: RUN });
      await pod.waitForStatus('running', ({ tasks }) => tasks.some(({ phase }) => phase === 'running'));
      await pod.stop();
      await remake(name);
      await write(name, 20, 25);
      const second = await pods.start({ manifest, run: RUN });
      await second.waitForEvent('dataLost');
      await second.waitForStatus('5 records read', ({ tasks }) => tasks[0]?.position === 5);
      await second.stop();
      const third = await pods.start({ manifest, run: RUN });
      await write(name, 25, 31);
      expect(await results(third, manifest, 1)).toEqual([sums(20, [20, 30])]);
    },
    CASE_MILLIS,
  );

  test(
    'state whose changelog is gone',
    async () => {
      const manifest = await halted('stateless-now');
      await cluster.deleteTopic(changelogTopic(identityOf(manifest), 0));
      await write('stateless-now', 15, 21);
      const line = 'the state of stateless-now/0 is gone, though the group has read it up to 15';
      const pod = await expectLoss(manifest, 'OffsetsLost', line);
      expect(await results(pod, manifest, 2)).toEqual([sums(0, [0, 10]), sums(10, [15, 20])]);
    },
    CASE_MILLIS,
  );

  test(
    'state behind a shuffle whose changelog is gone',
    async () => {
      const manifest = await halted('shuffled-state', { window: { ...SUMS, shuffle: 'always' } });
      await cluster.deleteTopic(changelogTopic(identityOf(manifest), 1));
      await write('shuffled-state', 15, 31);
      const pod = await expectLoss(manifest, 'OffsetsLost', 'is gone, though the group has read it up to');
      expect((await results(pod, manifest, 3)).at(-1)).toBe(sums(20, [20, 30]));
    },
    CASE_MILLIS,
  );

  test(
    'positions that the group has lost are those of the changelog: nothing is lost and nothing is read twice',
    async () => {
      const manifest = await halted('no-offsets');
      await cluster.admin.deleteGroups([groupName(identityOf(manifest))]);
      await write('no-offsets', 15, 21);
      const pod = await pods.start({ manifest, run: RUN });
      expect(await results(pod, manifest, 2)).toEqual([sums(0, [0, 10]), sums(10, [10, 20])]);
      expect(pod.said('dataLost')).toEqual([]);
    },
    CASE_MILLIS,
  );

  test.each(['fail', 'continue'])(
    'records that were deleted ahead of a job at work: %s',
    async (onDataLoss) => {
      const name = `ahead-${onDataLoss}`;
      const [manifest, pod] = await halfway(name, { onDataLoss });
      pod.signal('SIGSTOP');
      await delay(FETCH_MILLIS);
      await write(name, 15, 25);
      await cluster.log.deleteRecords({ topic: name, partition: 0 }, 18);
      pod.signal('SIGCONT');
      const line = `3 offsets of ${name}/0 were deleted before they were read (15 to 18)`;
      if (onDataLoss === 'fail') return expectFailure(pod, 'OffsetOutOfRange', line);
      expect(await pod.waitForEvent('dataLost')).toContain(line);
      expect(await results(pod, manifest, 2)).toEqual([sums(0, [0, 10]), sums(10, [10, 15], [18, 20])]);
    },
    CASE_MILLIS,
  );

  test(
    'a topic that was deleted and made again with more in it, under a job at work',
    async () => {
      const [manifest, pod] = await halfway('remade-alive', { onDataLoss: 'continue' });
      pod.signal('SIGSTOP');
      await delay(FETCH_MILLIS);
      await remake('remade-alive');
      await write('remade-alive', 15, 36);
      pod.signal('SIGCONT');
      expect(await pod.waitForEvent('dataLost')).toContain('deleted and made again');
      await pod.waitForStatus('all of the new topic read', ({ tasks }) => tasks[0]?.position === 21);
      await write('remade-alive', 36, 51);
      await pod.waitFor('results of the new topic', async () =>
        (await cluster.values(outOf(manifest))).some((row) => row === sums(40, [40, 50])),
      );
    },
    CASE_MILLIS,
  );
});
