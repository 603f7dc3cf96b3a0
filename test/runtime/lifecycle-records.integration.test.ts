/** Records that go no further, and pods that are asked to end: nothing is lost, nothing is there twice. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { deadLetterTopic, groupName } from '../../crds/identity.ts';
import { decodeProgress } from '../../job-runtime/consumer/task-progress.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { TestCluster } from './kit-cluster.ts';
import { identityOf, line, NAMESPACE, outOf, passing, RUN, summing, SUMS, withSpec } from './kit-jobs.ts';
import type { Manifest } from './kit-jobs.ts';
import { Pods } from './pods.ts';
import type { RunningPod } from './pods.ts';

const reason = whyNoKafka('4.1.1');
const CASE_MILLIS = 120_000;

describeIf(reason === undefined, reason ?? '', 'records on their way through pods', () => {
  let cluster: TestCluster;
  let pods: Pods;
  let folder: string;

  beforeAll(async () => {
    [cluster, pods] = await Promise.all([TestCluster.start(), Pods.open()]);
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-ends-'));
  }, 90_000);
  afterAll(async () => {
    await pods?.close();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => pods.stopAll(), 60_000);

  const results = (pod: RunningPod, of: Manifest, count: number): Promise<string[]> =>
    pod.waitFor(`${count} results`, async () => {
      const values = await cluster.values(outOf(of));
      return values.length >= count && values;
    });
  const counted = (pod: RunningPod, name: string, labels: Record<string, string>, count: number): Promise<unknown> =>
    pod.waitFor(`${name} of ${count}`, async () => (await pod.metric(name, labels)) === count);

  /** The value of the one in the middle is no number. */
  const withBadOne = async (topic: string): Promise<void> => {
    await cluster.log.createTopic(topic, { partitions: 1 });
    await cluster.write(topic, [
      { value: line(1, 'a', 1) },
      { key: 'bad', value: '2000,a,two', headers: { trace: '7' } },
      { value: line(3, 'a', 3) },
    ]);
  };

  test(
    'a bad record becomes a dead letter with all that it was and why',
    async () => {
      const manifest = passing(cluster.brokers, 'dead-lettered');
      await withBadOne('dead-lettered');
      const begin = Date.now();
      const pod = await pods.start({ manifest, run: RUN });
      expect(await results(pod, manifest, 2)).toEqual(['1', '3']);
      await counted(pod, 'streamjob_records_bad_total', { reason: 'BadValue' }, 1);
      await counted(pod, 'streamjob_dead_letters_total', { reason: 'BadValue' }, 1);
      await counted(pod, 'streamjob_records_read_total', {}, 3);
      const [letter, ...more] = await cluster.read(deadLetterTopic(identityOf(manifest)));
      expect(more).toEqual([]);
      const { 'streamjob.time': time, 'streamjob.message': message, ...headers } = letter!.headers;
      expect(letter).toMatchObject({ key: 'bad', value: '2000,a,two' });
      expect(headers).toEqual({
        trace: '7',
        'streamjob.error': 'BadValue',
        'streamjob.job': `${NAMESPACE}/dead-lettered`,
        'streamjob.run': RUN,
        'streamjob.topic': 'dead-lettered',
        'streamjob.partition': '0',
        'streamjob.offset': '1',
      });
      expect(message).toContain('VALUE');
      expect(Date.parse(time!)).toBeGreaterThanOrEqual(begin);
    },
    CASE_MILLIS,
  );

  test(
    'a bad record is only counted where the job skips such',
    async () => {
      const manifest = passing(cluster.brokers, 'skipped', { onError: 'skip' });
      await withBadOne('skipped');
      const pod = await pods.start({ manifest, run: RUN });
      expect(await results(pod, manifest, 2)).toEqual(['1', '3']);
      await counted(pod, 'streamjob_records_bad_total', { reason: 'BadValue' }, 1);
      expect(await pod.metric('streamjob_dead_letters_total')).toBe(0);
      expect(await cluster.read(deadLetterTopic(identityOf(manifest)))).toEqual([]);
    },
    CASE_MILLIS,
  );

  test(
    'a bad record ends the job where it is to fail, each time that it is started, until the manifest changes',
    async () => {
      const manifest = passing(cluster.brokers, 'failing', { onError: 'fail' });
      await withBadOne('failing');
      const file = path.join(folder, 'failing');
      for (let start = 0; start < 2; start++) {
        const pod = await pods.start({ manifest, run: RUN, env: { STREAMJOB_TERMINATION_LOG: file } });
        expect(await pod.ended).toEqual({ code: 1, signal: null });
        const failed = pod.lines.filter(({ event }) => event === 'failed');
        const msg = expect.stringContaining('record failing/0@1 is bad: BadValue');
        expect(failed).toEqual([expect.objectContaining({ code: 'RecordBad', msg })]);
        expect(await readFile(file, 'utf8')).toBe(`RecordBad: ${failed[0]!.msg}`);
        await rm(file);
      }
      const pod = await pods.start({ manifest: withSpec(manifest, { onError: 'skip' }), run: RUN });
      expect(await results(pod, manifest, 2)).toEqual(['1', '3']);
    },
    CASE_MILLIS,
  );

  test(
    'a pod that is told nonsense says why it ends, though its settings cannot be read',
    async () => {
      const file = path.join(folder, 'nonsense');
      const env = { STREAMJOB_TERMINATION_LOG: file, STREAMJOB_LOG_LEVEL: 'loud' };
      const pod = await pods.start({ manifest: passing(cluster.brokers, 'nonsense'), run: RUN, env });
      expect(await pod.ended).toEqual({ code: 2, signal: null });
      expect(await readFile(file, 'utf8')).toMatch(
        /^ConfigInvalid: STREAMJOB_LOG_LEVEL: must be one of .*; got "loud"$/,
      );
    },
    CASE_MILLIS,
  );

  test(
    'dead letters are counted beside the positions, each once, though pods are killed in the midst of it',
    async () => {
      const manifest = passing(cluster.brokers, 'lettered', { topic: { name: 'lettered', partitions: 2 } });
      const topic = deadLetterTopic(identityOf(manifest));
      const [rounds, each] = [4, 10_000];
      await cluster.log.createTopic('lettered', { partitions: 2 });
      const value = (i: number): string => (i % 10 === 9 ? 'bad' : line(1, 'a', i));
      const records = Array.from({ length: each }, (_, i) => ({ partition: (i / 10) & 1, value: value(i) }));
      const start = async (): Promise<RunningPod> => {
        await cluster.write('lettered', records);
        return pods.start({ manifest, run: RUN, env: { STREAMJOB_COMMIT_INTERVAL: '20ms' } });
      };
      for (let round = 1; round < rounds; round++) {
        const pod = await start();
        await pod.waitFor('dead letters', async () => (await pod.metric('streamjob_dead_letters_total')) > 0);
        await pod.kill();
      }
      const last = await start();
      const all = (rounds * each) / 10;
      const letters = await last.waitFor(`${all} dead letters`, async () => {
        const found = await cluster.read(topic);
        return found.length >= all && found;
      });
      expect(letters).toHaveLength(all);
      const told = await last.waitFor('settled positions', async () => {
        const positions = [...(await cluster.log.positions(groupName(identityOf(manifest)), 'lettered')).values()];
        const isSettled = positions.every(({ isPending }) => !isPending);
        return isSettled && positions.map(({ position }) => decodeProgress(position!.metadata)!.deadLetters);
      });
      expect(told).toEqual([all / 2, all / 2]);
    },
    CASE_MILLIS,
  );

  test(
    'a late record becomes a dead letter where the window says so',
    async () => {
      const manifest = summing(cluster.brokers, 'late', { window: { ...SUMS, late: 'deadLetter' }, onError: 'skip' });
      await cluster.log.createTopic('late', { partitions: 1 });
      const values = [line(1, 'a', 1), line(12, 'a', 2), line(9, 'a', 4), 'soon,a,8', line(20, 'a', 16)];
      await cluster.write(
        'late',
        values.map((value) => ({ key: 'a', value })),
      );
      const pod = await pods.start({ manifest, run: RUN });
      expect(await results(pod, manifest, 2)).toEqual(['0,a,1,1', '10000,a,2,1']);
      await counted(pod, 'streamjob_records_late_total', {}, 1);
      await counted(pod, 'streamjob_dead_letters_total', { reason: 'Late' }, 1);
      await counted(pod, 'streamjob_records_bad_total', {}, 1);
      const letters = await cluster.read(deadLetterTopic(identityOf(manifest)));
      expect(letters.map(({ key, value }) => [key, value])).toEqual([['a', line(9, 'a', 4)]]);
      expect(letters[0]!.headers).toMatchObject({ 'streamjob.error': 'Late', 'streamjob.offset': '2' });
    },
    CASE_MILLIS,
  );

  test(
    'a pod that is asked to stop commits what it has read, and ends with 0',
    async () => {
      const manifest = passing(cluster.brokers, 'asked');
      // Nothing is committed meanwhile but by the end.
      const env = { STREAMJOB_COMMIT_INTERVAL: '60s' };
      const pod = await pods.start({ manifest, run: RUN, env });
      await pod.waitForStatus('tasks at work', ({ tasks }) => tasks[0]?.phase === 'running');
      const values = Array.from({ length: 500 }, (_, i) => `${i}`);
      await cluster.write(
        'asked',
        values.map((value) => ({ value: line(1, 'a', Number(value)) })),
      );
      await pod.waitForStatus('500 records read', ({ tasks }) => tasks[0]?.position === 500);
      expect(await cluster.values(outOf(manifest))).toEqual([]);
      const begin = Date.now();
      expect(await pod.stop()).toEqual({ code: 0, signal: null });
      expect(Date.now() - begin).toBeLessThan(20_000);
      expect(pod.said('stopping')).toEqual([expect.stringContaining('SIGTERM')]);
      expect(pod.lines.at(-1)).toMatchObject({ event: 'stopped' });
      expect(await cluster.values(outOf(manifest))).toEqual(values);
      const group = groupName(identityOf(manifest));
      const [offsets] = await cluster.admin.fetchOffsets({ groupId: group, topics: ['asked'] });
      expect(offsets!.partitions).toMatchObject([{ partition: 0, offset: '500' }]);
      const { groups } = await cluster.admin.describeGroups([group]);
      expect(groups[0]!.members).toEqual([]);
    },
    CASE_MILLIS,
  );

  test(
    'pods that are asked to stop again and again in the midst of it give each result once',
    async () => {
      const topic = { name: 'midst', partitions: 2 };
      const manifest = passing(cluster.brokers, 'midst', { topic });
      const count = 40_000;
      await cluster.log.createTopic('midst', { partitions: 2 });
      const records = Array.from({ length: count }, (_, i) => ({ partition: i % 2, value: line(1, 'a', i) }));
      for (let from = 0; from < count; from += 10_000) await cluster.write('midst', records.slice(from, from + 10_000));
      const env = { STREAMJOB_COMMIT_INTERVAL: '20ms' };
      for (let stop = 0; stop < 3; stop++) {
        const pod = await pods.start({ manifest, run: RUN, env });
        await pod.waitForStatus('tasks at work', ({ tasks }) => tasks.some(({ phase }) => phase === 'running'));
        expect(await pod.stop()).toEqual({ code: 0, signal: null });
      }
      const last = await pods.start({ manifest, run: RUN, env });
      const values = (await results(last, manifest, count)).map(Number).sort((a, b) => a - b);
      expect(values).toHaveLength(count);
      expect(values.every((value, i) => value === i)).toBe(true);
    },
    CASE_MILLIS,
  );
});
