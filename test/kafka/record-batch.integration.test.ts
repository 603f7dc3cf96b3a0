/**
 * The codec against Kafka's own: byte for byte where both write, and record by record where one reads what the other
 * wrote, in memory and in the files of a broker.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { batchHeaderAt } from '../../job-runtime/log/kafka/record-batch/batch-header.ts';
import { anyRecords, base64, builderOf, decode, expected, PLAIN, recordsOf, word } from '../builders/record-batches.ts';
import type { ReadRecord, TestRecord } from '../builders/record-batches.ts';
import { COMPRESSIONS } from '../../job-runtime/log/kafka/record-batch/compression.ts';
import type { Compression } from '../../job-runtime/log/kafka/record-batch/compression.ts';
import { decodeRecordSet } from '../../job-runtime/log/kafka/record-batch/decode.ts';
import { encodeBatch } from '../../job-runtime/log/kafka/record-batch/encode.ts';
import { startKafka } from '../harness/kafka.ts';
import type { KafkaBroker } from '../harness/kafka.ts';
import { consumeWithJava, produceWithJava, runJavaClient, whyNoJavaClient } from '../harness/kafka/java-client.ts';
import type { ConsumedRecord } from '../harness/kafka/java-client.ts';
import { describeIf } from '../harness/skip.ts';

const reason = whyNoJavaClient();

jest.setTimeout(60_000);

const TRANSACTION = { producerId: 4_294_967_299, producerEpoch: 12, baseSequence: 70_000, isTransactional: true };
const CASES = fc.sample(anyRecords, 60);
/** The same again, large enough for several blocks of each compression. */
const LARGE = Array.from({ length: 5000 }, (_, row) => word(`{"row":${row},"text":"${'abc'.repeat(row % 40)}"}`));

interface JavaBatch {
  readonly compression: string;
  readonly isControl: boolean;
  readonly records: readonly ReadRecord[];
}

const caseOf = (records: readonly TestRecord[], rest: object): string =>
  JSON.stringify({
    ...rest,
    records: records.map(({ timestamp, key, value, headers }) => ({
      timestamp,
      key: key && base64(key),
      value: value && base64(value),
      headers: headers.map((header) => [header.key, header.value && base64(header.value)]),
    })),
  });

/** One JVM writes a batch for each case. */
async function writtenByJava(cases: readonly string[]): Promise<Buffer[]> {
  return (await runJavaClient(['write-batches'], cases)).map((line) => Buffer.from(line, 'base64'));
}

async function readByJava(sets: readonly Uint8Array[]): Promise<JavaBatch[][]> {
  return (await runJavaClient(['read-batches'], sets.map(base64))).map((line) => JSON.parse(line) as JavaBatch[]);
}

describeIf(reason === undefined, reason ?? '', "batches beside the Java client's", () => {
  test('without compression ours are the same bytes', async () => {
    const java = await writtenByJava([
      ...CASES.map((records) => caseOf(records, {})),
      ...CASES.map((records) => caseOf(records, TRANSACTION)),
    ]);
    const ours = [PLAIN, { ...PLAIN, ...TRANSACTION }].flatMap((options) =>
      CASES.map((records) => encodeBatch(builderOf(records), 0, records.length, options)),
    );
    expect(java.map(base64)).toEqual(ours.map(base64));
  });

  test('Java reads ours of all compressions', async () => {
    const wanted = [...CASES, LARGE].flatMap((records) =>
      COMPRESSIONS.map((compression) => ({ records, compression })),
    );
    const sets = wanted.map(({ records, compression }) =>
      encodeBatch(builderOf(records), 0, records.length, { ...PLAIN, ...TRANSACTION, compression }),
    );
    const read = await readByJava(sets);
    expect(read.map((batches) => batches.flatMap(({ records }) => records))).toEqual(
      wanted.map(({ records }) => expected(records)),
    );
    expect(read.slice(-COMPRESSIONS.length).map(([batch]) => batch!.compression)).toEqual(COMPRESSIONS);
    expect(read[0]![0]).toMatchObject({ ...TRANSACTION, isControl: false });
  });

  test.each(COMPRESSIONS)("we read Java's: %s", async (compression) => {
    const all = [...CASES, LARGE];
    const baseOffset = 2 ** 40;
    const sets = await writtenByJava(all.map((records) => caseOf(records, { compression, baseOffset })));
    const read = sets.map((set) => recordsOf(decode([set], { fetchOffset: baseOffset }).batch));
    expect(read).toEqual(all.map((records) => expected(records, baseOffset)));
  });

  test('the time of the append and markers are understood', async () => {
    const records = CASES[0]!;
    const end = records.length;
    const [data, abort, commit] = await writtenByJava([
      caseOf(records, { ...TRANSACTION, appendTime: 1_234 }),
      JSON.stringify({ ...TRANSACTION, marker: 'ABORT', baseOffset: end }),
      JSON.stringify({ ...TRANSACTION, marker: 'COMMIT', baseOffset: end }),
    ]);
    const timed = expected(records).map((record) => ({ ...record, timestamp: 1_234 }));
    const abortedTransactions = [{ producerId: TRANSACTION.producerId, firstOffset: 0 }];
    const committed = decode([data!, commit!]).batch;
    expect([recordsOf(committed), committed.nextOffset]).toEqual([timed, end + 1]);
    const aborted = decode([data!, abort!], { abortedTransactions }).batch;
    expect([aborted.count, aborted.nextOffset]).toEqual([0, end + 1]);
  });
});

describeIf(reason === undefined, reason ?? '', 'what the Java producer wrote through a broker', () => {
  let dataDir: string;
  let broker: KafkaBroker;

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'record-batch-'));
    const properties = { 'auto.create.topics.enable': 'true', 'num.partitions': '1' };
    broker = await startKafka({ version: '4.1.1', dataDir, properties });
  }, 120_000);

  afterAll(async () => {
    await broker?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const produce = async (compression: Compression, topic: string, ends: 'commit' | 'abort'): Promise<number[]> => {
    // Near the time of the markers, which is the broker's: else it would begin another segment, and a second file.
    const now = Date.now();
    const records = LARGE.slice(0, 700).map(({ value, key }, row) => ({
      partition: 0,
      key,
      value,
      timestamp: now + row,
    }));
    const { brokers } = broker;
    const options = { brokers, topic, compression, transactionalId: `${topic}-${ends}`, end: ends };
    return (await produceWithJava(options, records)).map(({ offset }) => offset);
  };

  test.each(['none', 'lz4', 'zstd'] as const)(
    'we read its segment as the Java consumer does: %s',
    async (compression) => {
      const topic = `segment-${compression}`;
      await produce(compression, topic, 'commit');
      const [firstOffset] = await produce(compression, topic, 'abort');
      await produce(compression, topic, 'commit');
      const segment = await readFile(path.join(dataDir, 'log', `${topic}-0`, `${'0'.repeat(20)}.log`));
      const abortedTransactions = [{ producerId: producerAt(segment, firstOffset!), firstOffset: firstOffset! }];
      for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
        const aborted = isolation === 'read_committed' ? abortedTransactions : [];
        const options = { topic, partition: 0, fetchOffset: 0, abortedTransactions: aborted };
        const { batch, isCut } = decodeRecordSet(segment, 0, segment.length, options);
        const java = await consumeWithJava({ brokers: broker.brokers, topic, isolation });
        expect(recordsOf(batch)).toEqual(java.map(asRead));
        expect([batch.count, batch.nextOffset, isCut]).toEqual([aborted.length > 0 ? 1400 : 2100, 2103, false]);
      }
    },
  );

  test('the tool keeps nulls and headers, and lets the partitioner choose', async () => {
    const headers = [['a', null] as const, ['ü:,', Uint8Array.of(1, 255)] as const];
    const records = [
      { partition: -1, key: null, value: null, timestamp: 5, headers },
      { partition: -1, key: Uint8Array.of(), value: Uint8Array.of(9), timestamp: 6, headers: [] },
    ];
    const options = { brokers: broker.brokers, topic: 'tool' };
    const written = await produceWithJava(options, records);
    expect(written).toEqual([0, 1].map((offset) => ({ partition: 0, offset })));
    const want = records.map((record, offset) => ({ ...record, partition: 0, offset }));
    expect(await consumeWithJava(options)).toEqual(want);
  });
});

function producerAt(segment: Uint8Array, offset: number): number {
  for (let at = 0; ;) {
    const batch = batchHeaderAt(segment, at, segment.length)!;
    if (batch.lastOffset >= offset) return batch.producerId;
    at = batch.end;
  }
}

function asRead({ offset, timestamp, key, value, headers }: ConsumedRecord): ReadRecord {
  return {
    offset,
    timestamp,
    key: key && base64(key),
    value: value && base64(value),
    headers: headers.map(([name, bytes]) => [name, bytes && base64(bytes)] as const),
  };
}
