/** Whose run it is, and the topics of a job: what is made, what is left alone, what is only said. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { changelogTopic, deadLetterTopic, repartitionTopic, runTopic } from '../../crds/identity.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { TestCluster } from './kit-cluster.ts';
import { identityOf, line, outOf, RUN, steady, summing, SUMS, sumsOf, withSpec } from './kit-jobs.ts';
import type { Manifest } from './kit-jobs.ts';
import { Pods } from './pods.ts';
import type { RunningPod } from './pods.ts';

const reason = whyNoKafka('4.1.1');
const CASE_MILLIS = 120_000;

describeIf(reason === undefined, reason ?? '', 'a run and its topics', () => {
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

  const running = async (manifest: Manifest, uid = 'u1'): Promise<RunningPod> => {
    const pod = await pods.start({ manifest, run: RUN, uid });
    const isAtWork = ({ phase }: { phase: string }): boolean => phase === 'running';
    await pod.waitForStatus('tasks at work', ({ tasks }) => tasks.length > 0 && tasks.every(isAtWork));
    return pod;
  };
  const write = (topic: string, from: number, to: number): Promise<void> =>
    cluster.write(topic, steady(['a'], from, to - from));

  /** What the interpreter makes of all that is in the topic, as far as windows are closed by then. */
  const expectResults = async (pod: RunningPod, manifest: Manifest, closed: number): Promise<void> => {
    const { name } = manifest.spec['topic'] as { name: string };
    const expected = sumsOf(manifest, await cluster.input(name), closed * 1000);
    await pod.waitFor(`${expected.length} results`, async () => {
      return (await cluster.values(outOf(manifest))).length >= expected.length;
    });
    expect((await cluster.values(outOf(manifest))).sort()).toEqual(expected.sort());
  };

  const expectRefusal = async (manifest: Manifest, uid: string, code: string, line: string): Promise<void> => {
    const pod = await pods.start({ manifest, run: RUN, uid });
    expect(await pod.ended).toEqual({ code: 1, signal: null });
    const failed = pod.lines.filter(({ event }) => event === 'failed');
    expect(failed).toEqual([expect.objectContaining({ code, msg: expect.stringContaining(line) })]);
    expect(failed[0]!.msg).not.toContain('\n');
  };

  test(
    'a job of the same name does not get the run of an earlier one, unless it says that it takes it over',
    async () => {
      const manifest = summing(cluster.brokers, 'heir');
      const line = `run ${RUN} in Kafka belongs to an earlier StreamJob lifecycle/heir (uid u1, this one has u2)`;
      const pod = await running(manifest);
      await write('heir', 0, 15);
      await expectResults(pod, manifest, 10);
      // While the other lives it is not this one that leads the group.
      await expectRefusal(manifest, 'u2', 'NameConflict', line);
      await write('heir', 15, 25);
      await expectResults(pod, manifest, 20);
      await pod.stop();
      await expectRefusal(manifest, 'u2', 'NameConflict', `set spec.resumeFrom to ${RUN}`);
      await write('heir', 25, 28);
      const heir = await running(withSpec(manifest, { resumeFrom: RUN }), 'u2');
      await write('heir', 28, 35);
      await expectResults(heir, manifest, 30);
    },
    CASE_MILLIS,
  );

  test(
    'a job whose window has changed does not get the state of the old one',
    async () => {
      const manifest = summing(cluster.brokers, 'other-window');
      const changed = withSpec(manifest, { window: { ...SUMS, size: '20s' } });
      const line = `job lifecycle/other-window changed its window since run ${RUN} began`;
      const pod = await running(manifest);
      await write('other-window', 0, 15);
      await expectRefusal(changed, 'u1', 'StateUnreadable', line);
      await expectResults(pod, manifest, 10);
      await pod.stop();
      await expectRefusal(changed, 'u1', 'StateUnreadable', line);
      await write('other-window', 15, 25);
      const allowed = withSpec(manifest, { window: { ...SUMS, late: 'deadLetter', allowedLateness: '0s' } });
      await expectResults(await running(allowed), manifest, 20);
    },
    CASE_MILLIS,
  );

  const INTERNAL = {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'segment.bytes': '16777216',
    'max.message.bytes': '1048588',
  };

  test(
    'topics that are missing are made with what the manifest says, and internal ones with all that matters',
    async () => {
      const manifest = summing(cluster.brokers, 'made', {
        topic: { name: 'made', partitions: 3, retention: '2h', config: { 'segment.bytes': '1048576' } },
        window: { ...SUMS, shuffle: 'always' },
      });
      const pod = await running(manifest);
      const identity = identityOf(manifest);
      const topics = {
        made: { partitions: 3, config: { 'retention.ms': '7200000', 'segment.bytes': '1048576' } },
        [outOf(manifest)]: { partitions: 3, config: {} },
        [runTopic(identity)]: { partitions: 1, config: INTERNAL },
        [changelogTopic(identity, 0)]: { partitions: 3, config: INTERNAL },
        [changelogTopic(identity, 1)]: { partitions: 8, config: INTERNAL },
        [repartitionTopic(identity, 1)]: { partitions: 8, config: INTERNAL },
        [deadLetterTopic(identity)]: { partitions: 3, config: { 'cleanup.policy': 'delete', 'retention.ms': '-1' } },
      };
      for (const [topic, { partitions, config }] of Object.entries(topics)) {
        expect({ topic, partitions: await cluster.log.partitionCount(topic) }).toEqual({ topic, partitions });
        expect({ topic, config: await cluster.config(topic) }).toEqual({ topic, config });
      }
      expect(pod.said('differs')).toEqual([]);
    },
    CASE_MILLIS,
  );

  test(
    'a topic that is there is left as it is, and what differs is said once',
    async () => {
      await cluster.log.createTopic('theirs', { partitions: 3, config: { 'retention.ms': '7200000' } });
      const topic = { name: 'theirs', partitions: 2, retention: '1h', config: { 'cleanup.policy': 'compact' } };
      const manifest = summing(cluster.brokers, 'theirs', { topic });
      const pod = await running(manifest);
      const records = ['a', 'b', 'c'].flatMap((key, partition) => [
        { partition, value: line(1, key, partition) },
        { partition, value: line(15, key, partition) },
      ]);
      await cluster.write('theirs', records);
      await expectResults(pod, manifest, 10);
      const other = await running(manifest);
      expect(pod.said('differs').sort()).toEqual([
        'topic theirs: cleanup.policy is delete, not compact',
        'topic theirs: partitions is 3, not 2',
        'topic theirs: retention.ms is 7200000, not 3600000',
      ]);
      expect(other.said('differs')).toEqual([]);
      expect(await cluster.log.partitionCount('theirs')).toBe(3);
      expect(await cluster.config('theirs')).toEqual({ 'retention.ms': '7200000' });
    },
    CASE_MILLIS,
  );
});
