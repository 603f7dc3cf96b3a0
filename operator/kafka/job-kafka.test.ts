import { describe, expect, test } from '@jest/globals';
import { groupName, repartitionTopic, runTopic } from '../../crds/identity.ts';
import { StreamJobError } from '../../job-runtime/errors.ts';
import { EmbeddedLog } from '../../job-runtime/log/embedded/embedded-log.ts';
import type { LogAdmin } from '../../job-runtime/log/log-admin.ts';
import { recordRun } from '../../job-runtime/state/run-record.ts';
import type { AskedCluster } from './clusters.ts';
import { NOTHING_SEEN, observeKafka, withTrouble } from './job-kafka.ts';
import type { KafkaSight } from './job-kafka.ts';
import type { JobInKafka } from './job-progress.ts';

const IDENTITY = { namespace: 'n', name: 'j', run: 'r1', uid: 'u' };
const JOB: JobInKafka = { identity: IDENTITY, topic: 'in', stages: 2, growth: 'free' };

/** Kafka as an embedded log with an administrator who answers from `ends`, and counts what is asked. */
class FakeCluster implements AskedCluster {
  readonly log = new EmbeddedLog();
  readonly asked: string[] = [];
  readonly ends = new Map<string, number[]>();
  readonly admin: LogAdmin = {
    ends: async (topics) => {
      this.asked.push(`ends of ${topics.join(' ')}`);
      return new Map([...this.ends].filter(([topic]) => topics.includes(topic)));
    },
    committed: async (group) => {
      this.asked.push(`positions of ${group}`);
      return [];
    },
    topicsWithPrefix: async () => [],
    deleteTopics: async () => undefined,
    deleteGroup: async () => undefined,
  };
  /** Reads of the record. */
  reads = 0;

  constructor() {
    const { offsets } = this.log;
    this.log.offsets = (of) => {
      this.reads++;
      return offsets.call(this.log, of);
    };
  }

  async record(): Promise<void> {
    const topic = runTopic(IDENTITY);
    this.ends.set(topic, [0]);
    await this.log.createTopic(topic, { partitions: 1 });
    const writer = this.log.writer('w');
    await writer.open();
    const record = { version: 1, ...IDENTITY, topic: 'in', partitions: 1, shufflePartitions: 1 } as const;
    await recordRun(this.log, writer, topic, async () => ({
      ...record,
      startOffsets: [0],
      fingerprint: 'f',
      createdAt: 1,
    }));
    this.reads = 0;
  }
}

async function lookAt(cluster: FakeCluster, nows: readonly number[]): Promise<KafkaSight> {
  let sight = NOTHING_SEEN;
  for (const now of nows) sight = await observeKafka(cluster, JOB, sight, { now: () => now });
  return sight;
}

describe('a look at a job', () => {
  test('asks once for all ends and once for all positions', async () => {
    const cluster = new FakeCluster();
    await lookAt(cluster, [1]);
    expect(cluster.asked).toEqual([
      `ends of in ${runTopic(IDENTITY)} ${repartitionTopic(IDENTITY, 1)}`,
      `positions of ${groupName(IDENTITY)}`,
    ]);
    expect(cluster.reads).toBe(0);
  });

  test('reads the record of the run once', async () => {
    const cluster = new FakeCluster();
    await cluster.record();
    const { facts } = await lookAt(cluster, [1, 2, 3]);
    expect(facts.run).toEqual({ uid: 'u', partitions: 1, shufflePartitions: 1, fingerprint: 'f' });
    expect(cluster.reads).toBe(1);
  });

  test('tells partitions of a topic whose run has not begun', async () => {
    const cluster = new FakeCluster();
    cluster.ends.set('in', [5, 6, 7]);
    expect((await lookAt(cluster, [9])).facts).toEqual({ at: 9, partitions: 3 });
  });

  test('keeps the progress before, and an older one while that is too near to tell a rate', async () => {
    const cluster = new FakeCluster();
    await cluster.record();
    const earlierAfter = async (...nows: number[]): Promise<number | undefined> =>
      (await lookAt(cluster, nows)).facts.earlier?.at;
    expect(await earlierAfter(0)).toBeUndefined();
    expect(await earlierAfter(0, 15_000)).toBe(0);
    expect(await earlierAfter(0, 15_000, 30_000)).toBe(15_000);
    expect(await earlierAfter(0, 1000)).toBe(0);
    expect(await earlierAfter(0, 15_000, 16_000)).toBe(0);
  });

  test('after a failure what was known stays, and the next answer ends the trouble', async () => {
    const cluster = new FakeCluster();
    await cluster.record();
    const before = await lookAt(cluster, [1]);
    const troubled = withTrouble(before, new StreamJobError('NotAuthorized', 'grant this'));
    expect(troubled.facts).toEqual({ ...before.facts, trouble: { code: 'NotAuthorized', message: 'grant this' } });
    const after = await observeKafka(cluster, JOB, troubled, { now: () => 2 });
    expect(after.facts.trouble).toBeUndefined();
  });

  test('a topic that goes in the middle of it is no failure', async () => {
    const cluster = new FakeCluster();
    cluster.ends.set(runTopic(IDENTITY), [1]);
    expect((await lookAt(cluster, [1])).record).toBeUndefined();
  });
});
