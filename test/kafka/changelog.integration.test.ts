/** The changelog, the record of a run and a producer's position on a real broker, through its crash as well. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KafkaLog } from '../../job-runtime/log/kafka/kafka-log.ts';
import type { TopicPartition } from '../../job-runtime/log/log.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import { Changelog } from '../../job-runtime/state/changelog.ts';
import { commit, ModelTask, restored, take } from '../../job-runtime/state/model-task.test-kit.ts';
import { PositionLog } from '../../job-runtime/state/position-log.ts';
import type { RunRecord } from '../../job-runtime/state/run-record.ts';
import { readRun, readStop, recordRun, recordStop } from '../../job-runtime/state/run-record.ts';
import { openWriter } from '../conformance/log-text.ts';
import { KAFKA_VERSIONS, startKafka, whyNoKafka } from '../harness/kafka.ts';
import type { KafkaBroker } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { plainConnections } from './connections.ts';

jest.setTimeout(60_000);

const version = KAFKA_VERSIONS.at(-1)!;
const reason = whyNoKafka(version);
const OPTIONS = { slackBytes: 64 * 1024, purgeBytes: 64 * 1024 };
const RUN_TOPIC = 'run';
const POSITION_TOPIC = 'position';

const run = (partitions: number): RunRecord => ({
  version: 1,
  uid: 'uid',
  namespace: 'default',
  name: 'job',
  run: 'r1',
  topic: 'input',
  partitions,
  shufflePartitions: 8,
  startOffsets: [0],
  fingerprint: '',
  createdAt: Date.now(),
});

describeIf(reason === undefined, reason ?? '', `state on Kafka ${version}`, () => {
  let folder = '';
  let broker: KafkaBroker;
  let log: KafkaLog;

  const start = async (port?: number): Promise<void> => {
    const dataDir = path.join(folder, 'data');
    broker = await startKafka({ version, dataDir, ...(port !== undefined && { port }) });
    log = new KafkaLog(plainConnections(broker.brokers));
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-changelog-'));
    await start();
    for (const topic of [RUN_TOPIC, POSITION_TOPIC]) await log.createTopic(topic, { partitions: 1 });
  }, 120_000);
  afterAll(async () => {
    await log.close();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  });

  let topics = 0;
  const place = async (): Promise<TopicPartition> => {
    const topic = `changelog-${topics++}`;
    await log.createTopic(topic, { partitions: 1 });
    return { topic, partition: 0 };
  };
  const readBack = async (at: TopicPartition): Promise<string> => {
    const task = await restored(new ModelTask(), new Changelog(log, at, OPTIONS));
    return task.text();
  };

  /** Commits that change 40 of 300 keys each, with a purge and, now and then, an aborted commit behind them. */
  async function work(at: TopicPartition, commits: number): Promise<ModelTask> {
    const writer = await openWriter(log, at.topic);
    const changelog = new Changelog(log, at, OPTIONS);
    const task = new ModelTask(40);
    for (let n = 1; n <= commits; n++) {
      for (let i = 0; i < 40; i++) task.set(`k${(i * 31 + n * 17) % 300}`, `${n}`.repeat(60), task.bound + 20);
      if (n % 10 === 0) task.bound += 3;
      await commit(task, changelog, writer);
      assert.equal(await changelog.purge(), undefined);
      if (n % 20 !== 0) continue;
      await abortOne(at);
      assert.equal(await readBack(at), task.text());
    }
    return task;
  }

  /** A life that dies in the middle of a commit. */
  async function abortOne(at: TopicPartition): Promise<void> {
    const changelog = new Changelog(log, at, OPTIONS);
    const lost = await restored(new ModelTask(40), changelog);
    lost.set('never', 'seen');
    const transaction = (await openWriter(log, `${at.topic}-lost`)).begin();
    take(lost, changelog, transaction);
    await transaction.abort();
  }

  describe('Changelog', () => {
    test('is restored as it was committed, with aborted commits and deletions in between', async () => {
      const at = await place();
      const task = await work(at, 120);
      expect((await log.offsets(at)).start).toBeGreaterThan(100);
      expect(await readBack(at)).toBe(task.text());
    });

    test('knows the offsets of a commit that takes several batches', async () => {
      const at = await place();
      const writer = await openWriter(log, at.topic);
      const changelog = new Changelog(log, at, OPTIONS);
      const large = new ModelTask(500);
      for (let i = 0; i < 9000; i++) large.set(`large-${i}`, 'x'.repeat(400));
      expect(await commit(large, changelog, writer)).toBeGreaterThan(3 * 2 ** 20);
      for (let i = 0; i < 8990; i++) large.remove(`large-${i}`);
      for (let n = 0; n < 8; n++) {
        await commit(large, changelog, writer);
        expect(await changelog.purge()).toBeUndefined();
        expect(await readBack(at)).toBe(large.text());
      }
      expect(changelog.logBytes).toBeLessThan(2 ** 20);
    });

    test('is the same when the broker is killed and its log’s start goes back', async () => {
      const at = await place();
      const task = await work(at, 60);
      const { start: moved } = await log.offsets(at);
      const port = Number(broker.brokers[0]!.split(':')[1]);
      await log.close();
      await broker.kill();
      await start(port);
      expect(moved).toBeGreaterThan(0);
      expect((await log.offsets(at)).start).toBeLessThan(moved);
      expect(await readBack(at)).toBe(task.text());
    }, 120_000);
  });

  describe('what is written once for a run', () => {
    test('two leaders at once go by the same record', async () => {
      const writers = await Promise.all([openWriter(log, 'leader-a'), openWriter(log, 'leader-b')]);
      const records = await Promise.all(
        writers.map((writer, n) => recordRun(log, writer, RUN_TOPIC, async () => run(n + 1))),
      );
      expect(records[0]).toEqual(records[1]);
      expect(await readRun(log, RUN_TOPIC)).toEqual(records[0]);
      expect(await readStop(log, RUN_TOPIC)).toBeUndefined();
      const stops = await Promise.all(
        writers.map((writer, n) => recordStop(log, writer, RUN_TOPIC, { stopOffsets: [n], now: Date.now() })),
      );
      expect(stops[0]).toEqual(stops[1]);
    });
  });

  describe('PositionLog', () => {
    test('gives the last committed value, and stays short', async () => {
      const writer = await openWriter(log, 'producer');
      const positions = new PositionLog(log, POSITION_TOPIC, { purgeRecords: 10 });
      expect(await positions.read()).toBeUndefined();
      for (let n = 0; n < 25; n++) {
        const transaction = writer.begin();
        positions.append(transaction, Uint8Array.of(n), Date.now());
        await transaction.commit();
        positions.committed(transaction);
        expect(await positions.purge()).toBeUndefined();
      }
      const aborted = writer.begin();
      const builder = new RecordBuilder();
      builder.append(null, Uint8Array.of(99), Date.now());
      aborted.append(POSITION_TOPIC, 0, builder);
      await aborted.abort();
      expect(await new PositionLog(log, POSITION_TOPIC).read()).toEqual(Uint8Array.of(24));
      expect((await log.offsets({ topic: POSITION_TOPIC, partition: 0 })).start).toBeGreaterThan(30);
    });
  });
});
