/**
 * The runtime beside Kafka's own Java client: streams that it wrote, results that it reads, keys on the partitions where
 * it would have put them; and topics whose brokers compress.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changelogTopic, deadLetterTopic, repartitionTopic, runTopic } from '../../crds/identity.ts';
import type { Log, TopicPartition } from '../../job-runtime/log/log.ts';
import { shufflePartitionsOf } from '../../job-runtime/engine/stage-plan.ts';
import { fetchRequest } from '../../job-runtime/log/kafka/protocol/fetch.ts';
import {
  ATTRIBUTES_AT,
  COMPRESSION_BITS,
  LENGTH_AT,
  LENGTH_COUNTS_FROM,
  RECORDS_AT,
} from '../../job-runtime/log/kafka/record-batch/layout.ts';
import { readCommitted } from '../../job-runtime/state/read-committed.ts';
import { startKafka, whyNoKafka } from '../harness/kafka.ts';
import type { KafkaBroker } from '../harness/kafka.ts';
import { consumeWithJava, produceWithJava, whyNoJavaClient } from '../harness/kafka/java-client.ts';
import type { JavaRecord } from '../harness/kafka/java-client.ts';
import { describeIf } from '../harness/skip.ts';
import { plainConnections } from '../kafka/connections.ts';
import {
  expectedOf,
  identityOf,
  logAt,
  manifestOf,
  outputTopic,
  resultsOf,
  sorted,
  sourceTopic,
  textOf,
  writeRows,
} from './kit-availability.ts';
import type { Result, Row } from './kit-availability.ts';
import { Pods } from './pods.ts';

const reason = whyNoKafka('4.1.1') ?? whyNoJavaClient();
const PATIENCE_MILLIS = 120_000;
/** As the format of record batches numbers them. */
const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
const COMPRESSIONS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

const rowsFrom = (from: number, count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({ id: `k${i % 3}`, second: from + i, n: i }));

describeIf(reason === undefined, reason ?? '', 'beside the Java client', () => {
  let folder: string;
  let broker: KafkaBroker;
  let pods: Pods;
  let log: Log;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-interop-'));
    const dataDir = path.join(folder, 'kafka');
    [broker, pods] = await Promise.all([startKafka({ version: '4.1.1', dataDir }), Pods.open()]);
    log = logAt(broker.brokers);
  }, PATIENCE_MILLIS);
  afterEach(() => pods.stopAll(), PATIENCE_MILLIS);
  afterAll(async () => {
    await pods?.close();
    await log?.close();
    await broker?.stop();
    await rm(folder, { recursive: true, force: true });
  }, PATIENCE_MILLIS);

  /** A bounded run from what is there to its end. */
  async function runToEnd(manifest: object): Promise<void> {
    const pod = await pods.start({ manifest, run: 'r1' });
    await pod.waitForStatus('the end', ({ done }) => done, PATIENCE_MILLIS);
    expect(pod.said('trouble')).toEqual([]);
  }

  test(
    'what it wrote is read, however it is compressed, in a transaction or not; and it reads the results',
    async () => {
      const name = 'java';
      const topic = sourceTopic(name);
      await log.createTopic(topic, { partitions: 2 });
      const written: Row[] = [];
      let nulls = 0;
      for (const [index, compression] of (Object.keys(CODECS) as (keyof typeof CODECS)[]).entries()) {
        for (const transactionalId of [undefined, `java-${compression}`]) {
          const rows = rowsFrom(index * 100 + (transactionalId === undefined ? 0 : 50), 40);
          written.push(...rows);
          const records = [...rows.map(recordOf), { partition: 1, key: null, value: null, headers: HEADERS }];
          nulls++;
          const options = { brokers: broker.brokers, topic, compression };
          await produceWithJava({ ...options, ...(transactionalId !== undefined && { transactionalId }) }, records);
        }
      }
      const spec = { stopAt: { position: 'latest' } };
      await runToEnd(manifestOf({ name, brokers: broker.brokers, partitions: 2, kind: 'shuffled', spec }));
      const read = await consumeWithJava({ brokers: broker.brokers, topic: outputTopic(name) });
      const results = read.map(({ value }) => JSON.parse(Buffer.from(value!).toString()) as Result);
      expect(sorted(results)).toEqual(expectedOf(written));
      expect(read.map(({ key }) => Buffer.from(key!).toString())).toEqual(results.map(({ ID }) => ID));
      // A record without a value is a bad one, and is kept as it was.
      const letters = await consumeWithJava({ brokers: broker.brokers, topic: deadLetterTopic(identityOf(name)) });
      expect(letters).toHaveLength(nulls);
      for (const { key, value, headers } of letters) {
        expect([key, value]).toEqual([null, null]);
        expect(headers.slice(0, HEADERS.length)).toEqual(HEADERS);
      }
    },
    PATIENCE_MILLIS,
  );

  test(
    'the producer puts keys where it puts them',
    async () => {
      const name = 'partitions';
      const partitions = 7;
      const keys = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), { seed: 7, numRuns: 3000 });
      const ids = [...new Set(keys.filter((key) => /^[^\p{C}\p{Z},"]+$/u.test(key)))].slice(0, 500);
      const more = Array.from({ length: 1000 - ids.length }, (_, i) => `turnstile-${i * 7919}`);
      const rows = [...ids, ...more].map((id, n): Row => ({ id, second: n, n }));
      const file = path.join(folder, 'keys.csv');
      await writeFile(file, rows.map((row) => `${textOf(row)}\n`).join(''));
      const spec = { producer: { source: { file: { path: file } }, key: ['ID'] } };
      const manifest = manifestOf({ name, brokers: broker.brokers, partitions, spec });
      const pod = await pods.start({ role: 'producer', manifest, run: 'r1' });
      await pod.waitForEvent('done', PATIENCE_MILLIS);
      await log.createTopic('java-keys', { partitions });
      const records = rows.map(({ id }): JavaRecord => ({ partition: -1, key: Buffer.from(id), value: null }));
      const places = await produceWithJava({ brokers: broker.brokers, topic: 'java-keys' }, records);
      const byJava = rows.map(({ id }, row) => `${id} ${places[row]!.partition}`);
      expect(new Set(places.map(({ partition }) => partition)).size).toBe(partitions);
      expect((await keysOf(sourceTopic(name))).sort()).toEqual(byJava.sort());
    },
    PATIENCE_MILLIS,
  );

  test.each(COMPRESSIONS)(
    'source, results and state are in topics that compress by %s',
    async (compression) => {
      const name = `by-${compression}`;
      const identity = identityOf(name);
      const config = { 'compression.type': compression };
      const [behind, run] = [shufflePartitionsOf(2), runTopic(identity)];
      const parts = { [repartitionTopic(identity, 1)]: behind, [changelogTopic(identity, 1)]: behind, [run]: 1 };
      for (const topic of [outputTopic(name), changelogTopic(identity, 0), ...Object.keys(parts)])
        await log.createTopic(topic, { partitions: parts[topic] ?? 2, config });
      const spec = { topic: { name: sourceTopic(name), partitions: 2, config } };
      const options = { name, brokers: broker.brokers, partitions: 2, kind: 'shuffled', idleTimeout: '1s' } as const;
      const manifest = manifestOf({ ...options, spec });
      const first = await pods.start({ manifest, run: 'r1' });
      await first.waitForStatus('running', ({ phase }) => phase === 'running', PATIENCE_MILLIS);
      // So far apart that idle time cannot reach the later ones.
      const [early, late] = [rowsFrom(0, 40), rowsFrom(1000, 20)];
      await writeRows(log, sourceTopic(name), early, ({ n }) => n % 2);
      const isRead = (lag: number | null): boolean => lag === 0;
      await first.waitForStatus('no lag', ({ tasks }) => tasks.every(({ lag }) => isRead(lag)), PATIENCE_MILLIS);
      await first.waitFor('results', async () => (await resultsOf(log, outputTopic(name))).length > 0, PATIENCE_MILLIS);
      await first.kill();
      await writeRows(log, sourceTopic(name), late, ({ n }) => n % 2);
      const second = await pods.start({ manifest, run: 'r1' });
      const want = expectedOf([...early, ...late]);
      const look = async (): Promise<boolean> => (await resultsOf(log, outputTopic(name))).length >= want.length;
      await second.waitFor('all results', look, PATIENCE_MILLIS);
      expect(await resultsOf(log, outputTopic(name))).toEqual(want);
      const codecs = await Promise.all(
        [sourceTopic(name), outputTopic(name), changelogTopic(identity, 0), changelogTopic(identity, 1)].map(codecsOf),
      );
      for (const found of codecs) expect(found).toContain(CODECS[compression]);
    },
    PATIENCE_MILLIS,
  );

  /** KEY PARTITION of every record. */
  async function keysOf(topic: string): Promise<string[]> {
    const found: string[] = [];
    for (let partition = 0; partition < (await log.partitionCount(topic)); partition++)
      await readCommitted(
        { log, at: { topic, partition } },
        {
          take: (batch, row) => {
            const key = batch.bytes.subarray(batch.keyStart[row]!, batch.keyEnd[row]!);
            found.push(`${Buffer.from(key).toString()} ${partition}`);
          },
          reset: () => undefined,
        },
      );
    return found;
  }

  /** How the batches of a topic are compressed; the markers of transactions never are. */
  async function codecsOf(topic: string): Promise<number[]> {
    const connections = plainConnections(broker.brokers);
    const codecs = new Set<number>();
    for (let partition = 0; partition < (await log.partitionCount(topic)); partition++) {
      const at: TopicPartition = { topic, partition };
      const { start: offset } = await log.offsets(at);
      const targets = [{ ...at, offset, maxBytes: 1 << 20 }];
      const request = fetchRequest({ targets, maxBytes: 1 << 20, maxWaitMillis: 0 });
      const response = await connections.send(await connections.leader(at), 'control', request);
      const { start, end } = response.partitions[0]!;
      for (const codec of codecsIn(response.bytes.subarray(start, end))) codecs.add(codec);
    }
    await connections.close();
    return [...codecs];
  }
});

const HEADERS = [
  ['trace', Buffer.from('abc')],
  ['empty', null],
  ['trace', Buffer.from([0, 255])],
].map(([key, value]) => [key as string, value === null ? null : Uint8Array.from(value as Buffer)] as const);

const recordOf = (row: Row): JavaRecord => ({
  partition: row.n % 2,
  key: row.n % 5 === 0 ? null : Buffer.from(row.id),
  value: Buffer.from(textOf(row)),
  headers: row.n % 3 === 0 ? HEADERS : [],
});

function codecsIn(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const codecs: number[] = [];
  for (let at = 0; at + RECORDS_AT <= bytes.length; at += LENGTH_COUNTS_FROM + view.getInt32(at + LENGTH_AT))
    codecs.push(view.getInt16(at + ATTRIBUTES_AT) & COMPRESSION_BITS);
  return codecs;
}
