/**
 * What every implementation of the log port must do, in words of the contract only. Offsets ascend but may have gaps
 * (Kafka writes a marker per transaction), and what was committed may take a moment to be readable, so the suite waits
 * for records instead of counting offsets. Each test uses topics of its own: a broker keeps what earlier runs left.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Log } from '../../job-runtime/log/log.ts';
import { decodeHeaders, encodeHeaders } from '../../job-runtime/log/record-headers.ts';
import { describeReaders } from './log-suite-reader.ts';
import { describeWriters } from './log-suite-writer.ts';
import { describeDeletion, describePositions, describeTimes, describeTransactions } from './log-suite-commits.ts';
import {
  builderOf,
  encode,
  FETCH_BYTES,
  fetchRecords,
  numbered,
  read,
  recordsOf,
  transact,
  values,
  write,
  type Entry,
  type LogContext,
} from './log-text.ts';

/** Runs the suite on the log that `factory` gives. It is opened once and closed at the end. */
export function describeLog(name: string, factory: () => Promise<Log>): void {
  describe(`log conformance: ${name}`, () => {
    let opened: Log | undefined;
    let names = 0;
    const unique = `${Date.now().toString(36)}-${process.pid}`;
    const log = (): Log => opened!;
    const topic = async (partitions = 1): Promise<string> => {
      const created = `suite-${unique}-${names++}`;
      await log().createTopic(created, { partitions });
      return created;
    };
    const context: LogContext = {
      log,
      topic,
      group: () => `group-${unique}-${names++}`,
      id: () => `writer-${unique}-${names++}`,
    };

    beforeAll(async () => {
      opened = await factory();
    });
    afterAll(async () => {
      await opened?.close();
    });

    describeTopics(context);
    describeOrder(context);
    describeFetch(context);
    describeTransactions(context);
    describePositions(context);
    describeTimes(context);
    describeDeletion(context);
    describeWriters(context);
    describeReaders(context);
  });
}

function describeTopics({ log, topic }: LogContext): void {
  test('a topic has the partitions that it was created with', async () => {
    expect(await log().partitionCount(await topic(3))).toBe(3);
  });

  test('creating a topic again changes nothing, and says what there is', async () => {
    const name = await topic(3);
    await write(log(), name, 2, [['k', 'v']]);
    for (const partitions of [2, 3, 4])
      expect(await log().createTopic(name, { partitions })).toMatchObject({ isNew: false, partitions: 3 });
    expect(await log().partitionCount(name)).toBe(3);
    expect(values(await read(log(), { topic: name, partition: 2 }, 1))).toEqual(['v']);
  });

  test('a topic keeps its id, and no two have the same', async () => {
    const [one, other] = [await topic(), await topic()];
    const id = await log().topicId(one);
    await log().growTopic(one, 2);
    expect(await log().topicId(one)).toBe(id);
    expect(id === undefined || id !== (await log().topicId(other))).toBe(true);
  });

  test('a topic grows, and never shrinks', async () => {
    const name = await topic(2);
    await log().growTopic(name, 4);
    await log().growTopic(name, 3);
    expect(await log().partitionCount(name)).toBe(4);
    await write(log(), name, 3, [['k', 'v']]);
    expect(values(await read(log(), { topic: name, partition: 3 }, 1))).toEqual(['v']);
  });

  test('an unknown topic or partition is an error', async () => {
    const name = await topic(1);
    await expect(log().partitionCount(`${name}-unknown`)).rejects.toMatchObject({ code: 'TopicNotFound' });
    await expect(log().fetch({ topic: name, partition: 1 }, 0, FETCH_BYTES)).rejects.toMatchObject({
      code: 'TopicNotFound',
    });
  });
}

function describeOrder({ log, topic }: LogContext): void {
  test('records of a partition come in the order of append, with ascending offsets', async () => {
    const from = { topic: await topic(), partition: 0 };
    for (let batch = 0; batch < 3; batch++) await write(log(), from.topic, 0, numbered(5, `b${batch}-`));
    const records = await read(log(), from, 15);
    expect(values(records)).toEqual([0, 1, 2].flatMap((batch) => [0, 1, 2, 3, 4].map((index) => `b${batch}-${index}`)));
    for (let row = 1; row < records.length; row++)
      expect(records[row]!.offset).toBeGreaterThan(records[row - 1]!.offset);
  });

  test('several builders for one partition keep their order inside a transaction', async () => {
    const from = { topic: await topic(), partition: 0 };
    await transact(log(), (transaction) => {
      for (const value of ['a', 'b', 'c']) transaction.append(from.topic, 0, builderOf([[null, value]]));
    });
    expect(values(await read(log(), from, 3))).toEqual(['a', 'b', 'c']);
  });

  test('key, value and timestamp come back as they were; null is not empty', async () => {
    const from = { topic: await topic(), partition: 0 };
    const entries: Entry[] = [
      ['k', 'v', 1],
      [null, 'v', 2],
      ['k', null, 3],
      ['', '', 4],
      [null, null, 1_700_000_000_123],
      ['ключ', 'a\0b\r\n', 6],
    ];
    await write(log(), from.topic, 0, entries);
    const records = await read(log(), from, entries.length);
    expect(records.map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual(entries);
  });

  test('a builder may be reused after commit', async () => {
    const from = { topic: await topic(), partition: 0 };
    const builder = builderOf([[null, 'first']]);
    await transact(log(), (transaction) => transaction.append(from.topic, 0, builder));
    builder.clear();
    builder.append(null, encode('second'), 2);
    await transact(log(), (transaction) => transaction.append(from.topic, 0, builder));
    expect(values(await read(log(), from, 2))).toEqual(['first', 'second']);
  });

  test('headers come back as they were, of each record its own', async () => {
    const from = { topic: await topic(), partition: 0 };
    const headers = [
      { key: 'trace', value: encode('id') },
      { key: '', value: null },
      { key: 'ключ', value: new Uint8Array(0) },
    ];
    const builder = builderOf([[null, 'with']]);
    const bytes = encodeHeaders(headers);
    builder.setHeaders(bytes, 0, bytes.length);
    builder.appendAll(builderOf([[null, 'without']]));
    await transact(log(), (transaction) => transaction.append(from.topic, 0, builder));
    const batch = await fetchRecords(log(), from, 2);
    expect(decodeHeaders(batch.bytes, batch.headerStart[0]!, batch.headerEnd[0]!)).toEqual(headers);
    expect(decodeHeaders(batch.bytes, batch.headerStart[1]!, batch.headerEnd[1]!)).toEqual([]);
  });

  test('partitions of a topic are independent', async () => {
    const name = await topic(3);
    await write(log(), name, 0, [[null, 'zero']]);
    await write(log(), name, 2, [[null, 'two']]);
    expect(values(await read(log(), { topic: name, partition: 2 }, 1))).toEqual(['two']);
    expect(values(await read(log(), { topic: name, partition: 0 }, 1))).toEqual(['zero']);
    expect(await log().fetch({ topic: name, partition: 1 }, 0, FETCH_BYTES)).toBeUndefined();
  });
}

function describeFetch({ log, topic }: LogContext): void {
  test('nothing comes at the end', async () => {
    const from = { topic: await topic(), partition: 0 };
    expect(await log().fetch(from, 0, FETCH_BYTES)).toBeUndefined();
    await write(log(), from.topic, 0, numbered(2));
    await read(log(), from, 2);
    const { end } = await log().offsets(from);
    expect(await log().fetch(from, end, FETCH_BYTES)).toBeUndefined();
  });

  test('a fetch starts at the offset that was asked for', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, numbered(6));
    const all = await read(log(), from, 6);
    for (const [row, record] of all.entries()) {
      expect(await read(log(), from, 6 - row, { offset: record.offset })).toEqual(all.slice(row));
    }
  });

  test('maxBytes bounds a fetch, and no record is lost between fetches', async () => {
    const from = { topic: await topic(), partition: 0 };
    const value = 'x'.repeat(1000);
    // A commit may come whole.
    for (let row = 0; row < 50; row += 5) {
      const entries = Array.from({ length: 5 }, (_, index): Entry => [`${row + index}`, value]);
      await write(log(), from.topic, 0, entries);
    }
    const all = await read(log(), from, 50);
    const batch = await log().fetch(from, all[0]!.offset, 5000);
    expect(batch!.count).toBeLessThan(50);
    expect(await read(log(), from, 50, { maxBytes: 5000 })).toEqual(all);
  });

  test('a record larger than maxBytes comes alone', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, [
      [null, 'x'.repeat(10_000)],
      [null, 'y'],
    ]);
    expect(values(await read(log(), from, 2, { maxBytes: 1 }))).toEqual(['x'.repeat(10_000), 'y']);
  });

  test('a big record and many records in one transaction', async () => {
    const from = { topic: await topic(), partition: 0 };
    const big = 'b'.repeat(900_000);
    await write(log(), from.topic, 0, [[null, big]]);
    await write(log(), from.topic, 0, numbered(20_000));
    const records = await read(log(), from, 20_001);
    expect(records[0]!.value).toBe(big);
    expect(values(records.slice(1))).toEqual(numbered(20_000).map(([, value]) => value));
  });

  test('a batch keeps its content while the log goes on', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, numbered(3, 'old'));
    const [first] = await read(log(), from, 3);
    const batch = (await log().fetch(from, first!.offset, FETCH_BYTES))!;
    const before = recordsOf(batch);
    for (let round = 0; round < 20; round++) await write(log(), from.topic, 0, numbered(100, 'new'));
    expect(recordsOf(batch)).toEqual(before);
  });

  test('a position before the start or behind the end is an error', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, numbered(2));
    await read(log(), from, 2);
    const { end } = await log().offsets(from);
    await expect(log().fetch(from, end + 10, FETCH_BYTES)).rejects.toMatchObject({ code: 'OffsetOutOfRange' });
    await log().deleteRecords(from, 1);
    await expect(log().fetch(from, 0, FETCH_BYTES)).rejects.toMatchObject({ code: 'OffsetOutOfRange' });
  });
}
