/** Reading ahead from a real broker, beside kafkajs as the writer. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import type { Message, Producer, Transaction } from 'kafkajs';
import { KafkaLog } from '../../job-runtime/log/kafka/kafka-log.ts';
import { KafkaReader } from '../../job-runtime/log/kafka/kafka-reader.ts';
import type { KafkaReaderOptions } from '../../job-runtime/log/kafka/kafka-reader.ts';
import { at, sizeOf, upTo, valuesOf } from '../../job-runtime/log/kafka/reader/polling.test-kit.ts';
import type { LogReader } from '../../job-runtime/log/log.ts';
import { startKafka, whyNoKafka } from '../harness/kafka.ts';
import type { KafkaBroker } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { plainConnections } from './connections.ts';

const VERSION = '4.1.1';
/** Of what is written and assigned when. */
const SEED = 20_261_121;
const reason = whyNoKafka(VERSION);

jest.setTimeout(90_000);

/** By `topic/partition`, the numbers that values begin with, as they were written. */
type Read = Map<string, number[]>;

describeIf(reason === undefined, reason ?? '', 'KafkaReader on a real broker', () => {
  let folder = '';
  let broker: KafkaBroker;
  let log: KafkaLog;
  let topics = 0;
  const connections = new Map<string, { close(): Promise<void> }>();
  const readers: LogReader[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'streamjob-reader-'));
    broker = await startKafka({ version: VERSION, dataDir: path.join(folder, 'data') });
    log = new KafkaLog(plainConnections(broker.brokers));
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) await reader.close();
    for (const each of connections.values()) await each.close();
    connections.clear();
  });
  afterAll(async () => {
    await log?.close();
    await broker?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function newTopic(partitions: number, config: Record<string, string> = {}): Promise<string> {
    const topic = `t${++topics}`;
    await log.createTopic(topic, { partitions, config });
    return topic;
  }

  function readerOf(options: Partial<KafkaReaderOptions> = {}): KafkaReader {
    const own = plainConnections(broker.brokers);
    connections.set(`reader ${connections.size}`, own);
    const reader = new KafkaReader(own, options);
    readers.push(reader);
    return reader;
  }

  async function withProducer(use: (producer: Producer) => Promise<void>, transactionalId?: string): Promise<void> {
    const kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
    const id = transactionalId === undefined ? {} : { transactionalId, idempotent: true, maxInFlightRequests: 1 };
    const producer = kafka.producer(id);
    await producer.connect();
    try {
      await use(producer);
    } finally {
      await producer.disconnect();
    }
  }

  /** Polls until the partitions of `read` hold `count` values together, or for 20 s. */
  async function pollInto(reader: LogReader, read: Read, count: number): Promise<Read> {
    for (const deadline = Date.now() + 20_000; sizeOf(read) < count && Date.now() < deadline;) {
      for (const result of await reader.poll(200)) {
        const name = `${result.topic}/${result.partition}`;
        const values = read.get(name) ?? [];
        for (const value of valuesOf(result)) values.push(value);
        read.set(name, values);
      }
    }
    return read;
  }

  test('reads several partitions of several topics, with keys, headers and nulls', async () => {
    const [a, b] = [await newTopic(2), await newTopic(1)];
    await withProducer(async (producer) => {
      await producer.send({ topic: a, messages: messages(0, 500) });
      await producer.send({ topic: a, messages: messages(500, 800, { partition: 1 }) });
      await producer.send({ topic: b, messages: [{ key: 'k', value: '7', headers: { h: 'x' } }, { value: null }] });
    });
    const reader = readerOf();
    reader.assign([at(`${a}/0`), at(`${a}/1`, 100), at(`${b}/0`, 1)]);
    const read = await pollInto(reader, new Map(), 701);
    expect(read.get(`${a}/0`)).toEqual(upTo(500));
    expect(read.get(`${a}/1`)).toEqual(upTo(800, 600));
    reader.assign([at(`${b}/0`)]);
    const [result] = await reader.poll(5000);
    const { records } = result!;
    expect(records).toMatchObject({ count: 2, partition: 0, nextOffset: 2 });
    const textOf = (start: number, end: number): string => new TextDecoder().decode(records.bytes.subarray(start, end));
    expect(textOf(records.keyStart[0]!, records.keyEnd[0]!)).toBe('k');
    expect(textOf(records.headerStart[0]!, records.headerEnd[0]!)).toContain('h');
    expect([records.keyStart[1], records.valueStart[1], records.headerStart[1]]).toEqual([-1, -1, -1]);
  });

  test('sees committed records alone, and comes to the end behind markers and aborted records', async () => {
    const topic = await newTopic(2);
    const committed: Read = new Map([
      [`${topic}/0`, []],
      [`${topic}/1`, []],
    ]);
    await writeInterleaved(topic, committed);
    const reader = readerOf();
    reader.assign([at(`${topic}/0`), at(`${topic}/1`)]);
    const positions = new Map<number, number>();
    const read: Read = new Map();
    const ends = [(await log.offsets(at(`${topic}/0`))).end, (await log.offsets(at(`${topic}/1`))).end];
    const isDone = (): boolean => ends.every((end, partition) => positions.get(partition) === end);
    for (const deadline = Date.now() + 20_000; !isDone() && Date.now() < deadline;) {
      for (const result of await reader.poll(200)) {
        const name = `${topic}/${result.partition}`;
        read.set(name, [...(read.get(name) ?? []), ...valuesOf(result)]);
        positions.set(result.partition, result.records.nextOffset);
      }
    }
    expect(read).toEqual(committed);
    expect([...positions].sort()).toEqual([...ends.entries()]);
    for (const [partition, end] of ends.entries()) {
      expect(reader.bound({ topic, partition })).toMatchObject({ end });
    }
    let offset = 0;
    for (
      let batch = await log.fetch(at(`${topic}/0`), 0, 500);
      batch;
      batch = await log.fetch(at(`${topic}/0`), offset, 500)
    ) {
      offset = batch.nextOffset;
    }
    expect(offset).toBe(ends[0]);
  });

  test('waits at the first record of an open transaction, and is bound by it', async () => {
    const topic = await newTopic(1);
    await withProducer((plain) =>
      withProducer(async (producer) => {
        await plain.send({ topic, messages: messages(0, 3) });
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: messages(3, 5) });
        await plain.send({ topic, messages: messages(5, 8) });
        const reader = readerOf();
        reader.assign([at(`${topic}/0`)]);
        const read = await pollInto(reader, new Map(), 3);
        expect(read.get(`${topic}/0`)).toEqual(upTo(3));
        expect(await reader.poll(700)).toEqual([]);
        expect(reader.bound({ topic, partition: 0 })?.end).toBe(3);
        await transaction.commit();
        expect((await pollInto(reader, read, 8)).get(`${topic}/0`)).toEqual(upTo(8));
      }, 'open'),
    );
  });

  test('reads records that are larger than what a request asks for, and compressed ones', async () => {
    const topic = await newTopic(3, { 'max.message.bytes': '8000000' });
    await withProducer(async (producer) => {
      for (let i = 0; i < 4; i++)
        for (let partition = 0; partition < 2; partition++)
          await producer.send({ topic, messages: messages(i, i + 1, { partition, bytes: 1_500_000 }) });
      const compression = CompressionTypes.GZIP;
      for (let i = 0; i < 40; i++)
        await producer.send({
          topic,
          compression,
          messages: messages(i * 50, i * 50 + 50, { partition: 2, bytes: 2000 }),
        });
    });
    const limits = { partitionFetchBytes: 10_000, requestBytes: 50_000, partitionAheadBytes: 200_000 };
    const reader = readerOf(limits);
    reader.assign([at(`${topic}/0`), at(`${topic}/1`), at(`${topic}/2`)]);
    const read = await pollInto(reader, new Map(), 2008);
    expect(read.get(`${topic}/0`)).toEqual(upTo(4));
    expect(read.get(`${topic}/1`)).toEqual(upTo(4));
    expect(read.get(`${topic}/2`)).toEqual(upTo(2000));
  });

  test('goes on after the broker was away, and tells of it meanwhile', async () => {
    const topic = await newTopic(2);
    const write = (from: number, to: number): Promise<void> =>
      withProducer(async (producer) => {
        for (const partition of [0, 1]) await producer.send({ topic, messages: messages(from, to, { partition }) });
      });
    await write(0, 10);
    const reader = readerOf();
    reader.assign([at(`${topic}/0`), at(`${topic}/1`)]);
    const read = await pollInto(reader, new Map(), 20);
    await broker.stop();
    await delay(5000);
    expect(await reader.poll(0)).toEqual([]);
    expect(reader.trouble?.message).toContain(broker.brokers[0]);
    broker = await startKafka({
      version: VERSION,
      dataDir: path.join(folder, 'data'),
      port: Number(broker.brokers[0]!.split(':')[1]),
    });
    await write(10, 20);
    await pollInto(reader, read, 40);
    for (const partition of [0, 1]) expect(read.get(`${topic}/${partition}`)).toEqual(upTo(20));
    expect(reader.trouble).toBeUndefined();
  });

  test('loses and repeats nothing while partitions come and go', async () => {
    const topic = await newTopic(6);
    const count = 3000;
    const schedule = fc.sample(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), { numRuns: 60, seed: SEED });
    const reader = readerOf({
      partitionFetchBytes: 4000,
      requestBytes: 12_000,
      partitionAheadBytes: 10_000,
      pollBytes: 8000,
    });
    const next = upTo(6).map(() => 0);
    const read = upTo(6).map((): number[] => []);
    const poll = async (): Promise<void> => {
      for (const result of await reader.poll(20)) {
        read[result.partition]!.push(...valuesOf(result));
        next[result.partition] = result.records.nextOffset;
      }
    };
    const writing = withProducer(async (producer) => {
      for (let from = 0; from < count; from += 100)
        for (let partition = 0; partition < 6; partition++)
          await producer.send({ topic, messages: messages(from, from + 100, { partition, bytes: 100 }) });
    });
    for (const isAssigned of schedule) {
      reader.assign(
        upTo(6)
          .filter((i) => isAssigned[i])
          .map((i) => at(`${topic}/${i}`, next[i])),
      );
      for (let i = 0; i < 2; i++) await poll();
    }
    await writing;
    reader.assign(upTo(6).map((i) => at(`${topic}/${i}`, next[i])));
    const isDone = (): boolean => next.every((offset) => offset === count);
    for (const deadline = Date.now() + 30_000; !isDone() && Date.now() < deadline;) await poll();
    for (const values of read) expect(values).toEqual(upTo(count));
  });

  test('throws for an offset that is not there any more, and for a topic that does not exist', async () => {
    const topic = await newTopic(1);
    await withProducer(async (producer) => {
      await producer.send({ topic, messages: messages(0, 10) });
    });
    await log.deleteRecords(at(`${topic}/0`), 4);
    const reader = readerOf();
    reader.assign([at(`${topic}/0`, 2)]);
    const outside = { code: 'OffsetOutOfRange', message: `${topic}/0: offset 2 is outside 4 to 10` };
    await expect(reader.poll(5000)).rejects.toMatchObject(outside);
    await expect(log.fetch(at(`${topic}/0`), 2, 1000)).rejects.toMatchObject(outside);
    reader.assign([at(`${topic}/0`, 4)]);
    expect((await pollInto(reader, new Map(), 6)).get(`${topic}/0`)).toEqual(upTo(10, 4));
    reader.assign([at('missing/0')]);
    await expect(reader.poll(5000)).rejects.toMatchObject({ code: 'TopicNotFound' });
  });

  /** Three producers at once, one without transactions; notes what a committed reader is to see, in the order of the log. */
  async function writeInterleaved(topic: string, committed: Read): Promise<void> {
    let next = 0;
    const send = async (to: Pick<Producer | Transaction, 'send'>, isSeen: boolean): Promise<void> => {
      for (const partition of [0, 1]) {
        await to.send({ topic, messages: messages(next, next + 5, { partition, bytes: 50 }) });
        if (isSeen) committed.get(`${topic}/${partition}`)!.push(...upTo(next + 5, next));
        next += 5;
      }
    };
    const rounds = fc.sample(fc.record({ first: fc.boolean(), second: fc.boolean(), sends: fc.nat(2) }), {
      numRuns: 20,
      seed: SEED,
    });
    await withProducer((plain) =>
      withProducer(
        (a) =>
          withProducer(async (b) => {
            for (const { first, second, sends } of rounds) {
              const [one, two] = [await a.transaction(), await b.transaction()];
              for (let i = 0; i <= sends; i++) {
                await send(one, first);
                await send(plain, true);
                await send(two, second);
              }
              await (second ? two.commit() : two.abort());
              await (first ? one.commit() : one.abort());
            }
          }, `${topic}-b`),
        `${topic}-a`,
      ),
    );
  }
});

/** Values that begin with from, …, to − 1, to one partition. */
function messages(from: number, to: number, { partition = 0, bytes = 0 } = {}): Message[] {
  return upTo(to, from).map((i) => ({ key: `k${i}`, value: `${i}`.padEnd(bytes), partition }));
}
