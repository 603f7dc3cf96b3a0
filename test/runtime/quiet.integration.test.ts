/**
 * Topics that go quiet, wholly or but for one partition: the last windows come out by themselves, and then a job costs
 * nothing. And what tools see of it: positions that stand where the log ends.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { changelogTopic, repartitionTopic } from '../../crds/identity.ts';
import type { Log } from '../../job-runtime/log/log.ts';
import { startKafka, whyNoKafka } from '../harness/kafka.ts';
import type { KafkaBroker } from '../harness/kafka.ts';
import { produceWithJava, whyNoJavaClient } from '../harness/kafka/java-client.ts';
import { describeIf } from '../harness/skip.ts';
import {
  committedOf,
  endsOf,
  expectedOf,
  identityOf,
  logAt,
  manifestOf,
  outputTopic,
  probe,
  resultsOf,
  sourceTopic,
  textOf,
  valuesOf,
  writeRows,
} from './kit-availability.ts';
import type { Row } from './kit-availability.ts';
import { Pods } from './pods.ts';
import type { RunningPod } from './pods.ts';

const reason = whyNoKafka('4.1.1') ?? whyNoJavaClient();
const PATIENCE_MILLIS = 120_000;
const KINDS = ['keyed', 'shuffled'] as const;

describeIf(reason === undefined, reason ?? '', 'a quiet topic', () => {
  let folder: string;
  let broker: KafkaBroker;
  let pods: Pods;
  let log: Log;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-quiet-'));
    [broker, pods] = await Promise.all([startKafka({ version: '4.1.1', dataDir: folder }), Pods.open()]);
    log = logAt(broker.brokers);
  }, PATIENCE_MILLIS);
  afterEach(() => pods.stopAll(), PATIENCE_MILLIS);
  afterAll(async () => {
    await pods?.close();
    await log?.close();
    await broker?.stop();
    await rm(folder, { recursive: true, force: true });
  }, PATIENCE_MILLIS);

  const results = (name: string, pod: RunningPod, want: readonly string[]): Promise<unknown> =>
    pod.waitFor(
      'all results',
      async () => (await resultsOf(log, outputTopic(name)).catch(() => [])).length >= want.length,
      PATIENCE_MILLIS,
    );

  const running = (pod: RunningPod, tasks?: number): Promise<unknown> =>
    pod.waitForStatus(
      'its tasks running',
      (status) => status.phase === 'running' && (tasks === undefined || status.tasks.length === tasks),
      PATIENCE_MILLIS,
    );

  test.each(KINDS)(
    '%s: the last windows come out by themselves, and then nothing is committed',
    async (kind) => {
      const name = `still-${kind}`;
      const options = { name, brokers: broker.brokers, partitions: 2, kind, idleTimeout: '2s' };
      const pod = await pods.start({ manifest: manifestOf(options), run: 'r1' });
      await running(pod);
      const rows = rowsOf(60, 4);
      await writeRows(log, sourceTopic(name), rows, partitionOfRow);
      await results(name, pod, expectedOf(rows));
      expect(await resultsOf(log, outputTopic(name))).toEqual(expectedOf(rows));
      // The commit behind the last window, and the wait for it.
      await delay(3000);
      const watched = [...topicsOf(name, kind), '__transaction_state', '__consumer_offsets'];
      const before = await endsOf(log, watched);
      const [commits, cpu] = await Promise.all([commitsOf(pod), cpuOf(pod)]);
      await delay(10_000);
      const after = await endsOf(log, watched);
      expect(after).toEqual(before);
      expect(await commitsOf(pod)).toBe(commits);
      // Of ten seconds.
      expect((await cpuOf(pod)) - cpu).toBeLessThan(2);
      expect(await pod.metric('streamjob_records_late_total')).toBe(0);
    },
    PATIENCE_MILLIS,
  );

  test.each(KINDS)(
    '%s: one busy partition of four closes windows while it is busy and after; a pod too many stands by',
    async (kind) => {
      const name = `lopsided-${kind}`;
      const manifest = manifestOf({ name, brokers: broker.brokers, partitions: 4, kind, idleTimeout: '2s' });
      const stages = kind === 'keyed' ? 1 : 2;
      const count = kind === 'keyed' ? 5 : 3;
      const all = await Promise.all(Array.from({ length: count }, () => pods.start({ manifest, run: 'r1' })));
      const width = await all[0]!.waitFor(
        'all tasks',
        async () => {
          const tasks = (await Promise.all(all.map((pod) => pod.status()))).map((status) => status?.tasks.length ?? 0);
          const sum = tasks.reduce((total, each) => total + each, 0);
          const spread = kind === 'keyed' ? tasks.filter((each) => each === 1).length === 4 : !tasks.includes(0);
          return spread && sum >= 4 * stages && tasks;
        },
        PATIENCE_MILLIS,
      );
      const rows = rowsOf(120, 4);
      const [early, late] = [rows.slice(0, 60), rows.slice(60)];
      for (let i = 0; i < early.length; i += 10) {
        await writeRows(log, sourceTopic(name), early.slice(i, i + 10), () => 2);
        await delay(500);
      }
      await results(name, all[0]!, expectedOf(early.slice(0, 30)));
      await writeRows(log, sourceTopic(name), late, () => 2);
      await results(name, all[0]!, expectedOf(rows));
      expect(await resultsOf(log, outputTopic(name))).toEqual(expectedOf(rows));
      for (const pod of all) {
        await running(pod);
        expect(await probe(pod, 'readyz')).toBe(200);
      }
      const spare = all.filter((_, i) => width[i] === 0);
      expect(spare).toHaveLength(kind === 'keyed' ? 1 : 0);
      for (const pod of spare) expect((await pod.status())?.tasks).toEqual([]);
    },
    PATIENCE_MILLIS,
  );

  test.each(KINDS)(
    '%s: positions stand where the log ends, past the ends of transactions that were committed or aborted',
    async (kind) => {
      const name = `drained-${kind}`;
      const manifest = manifestOf({ name, brokers: broker.brokers, partitions: 2, kind, idleTimeout: '2s' });
      const pod = await pods.start({ manifest, run: 'r1' });
      await running(pod);
      const topic = sourceTopic(name);
      const rows = rowsOf(40, 4);
      await writeRows(log, topic, rows, partitionOfRow);
      const rest = rowsOf(10, 4).map(({ n, ...row }) => ({
        partition: partitionOfRow(row),
        key: Buffer.from(row.id),
        value: Buffer.from(textOf({ ...row, n })),
      }));
      await produceWithJava({ brokers: broker.brokers, topic, transactionalId: `java-${name}`, end: 'abort' }, rest);
      await results(name, pod, expectedOf(rows));
      const sources = kind === 'keyed' ? [topic] : [topic, repartitionTopic(identityOf(name), 1)];
      await pod
        .waitFor(
          'positions at the end',
          async () => {
            const [ends, committed] = await Promise.all([endsOf(log, sources), committedOf(log, name, sources)]);
            return Object.entries(ends).every(([at, end]) => (committed[at] ?? 0) === end);
          },
          30_000,
        )
        .catch(() => undefined);
      expect(await committedOf(log, name, sources)).toEqual(await endsOf(log, sources));
      await pod.waitForStatus('no lag', ({ tasks }) => tasks.every(({ lag }) => lag === 0), PATIENCE_MILLIS);
      expect(await resultsOf(log, outputTopic(name))).toEqual(expectedOf(rows));
      expect(await valuesOf(log, topic)).toHaveLength(rows.length);
    },
    PATIENCE_MILLIS,
  );
});

/** `perSecond` records each second of event time, of three keys. */
function rowsOf(count: number, perSecond: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({ id: `k${i % 3}`, second: Math.floor(i / perSecond), n: i }));
}

/** A key is in one partition: the keyed job keeps its groups by it. */
const partitionOfRow = ({ id }: Pick<Row, 'id'>): number => Number(id.slice(1)) % 2;

function topicsOf(name: string, kind: (typeof KINDS)[number]): string[] {
  const identity = identityOf(name);
  const first = [outputTopic(name), changelogTopic(identity, 0)];
  return kind === 'keyed' ? first : [...first, repartitionTopic(identity, 1), changelogTopic(identity, 1)];
}

const commitsOf = (pod: RunningPod): Promise<number> => pod.metric('streamjob_commits_total');

/** Seconds since its start. */
const cpuOf = (pod: RunningPod): Promise<number> => pod.metric('process_cpu_seconds_total');
