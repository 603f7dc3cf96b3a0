import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { StreamJobError } from '../../errors.ts';
import { KafkaReader } from './kafka-reader.ts';
import type { KafkaReaderOptions } from './kafka-reader.ts';
import { FakeBrokers } from './reader/fake-brokers.test-kit.ts';
import { at, pollUntil, QUICK, sizeOf, until, upTo, valuesOf } from './reader/polling.test-kit.ts';

let readers: KafkaReader[] = [];
afterEach(async () => {
  for (const reader of readers) await reader.close();
  readers = [];
});

function readerOf(
  brokers: Pick<FakeBrokers, 'send' | 'metadata' | 'forgetTopic'>,
  options: Partial<KafkaReaderOptions> = {},
): KafkaReader {
  const reader = new KafkaReader(brokers, { ...QUICK, ...options });
  readers.push(reader);
  return reader;
}

describe('KafkaReader: trouble', () => {
  test('tells why nothing comes, and goes on once it can', async () => {
    const brokers = new FakeBrokers(['a/0']);
    brokers.failure = new StreamJobError('LogUnavailable', 'cannot reach Kafka at k:9092');
    const reader = readerOf(brokers);
    reader.assign([at('a/0')]);
    expect(await reader.poll(30)).toEqual([]);
    expect(reader.trouble).toMatchObject({ code: 'LogUnavailable', message: 'cannot reach Kafka at k:9092' });
    brokers.failure = undefined;
    brokers.append('a/0', 3);
    expect((await pollUntil(reader, (so) => sizeOf(so) >= 3)).get('a/0')).toEqual(upTo(3));
    expect(reader.trouble).toBeUndefined();
  });

  test('follows a leader that moves, without a word, however often', async () => {
    const brokers = new FakeBrokers(['a/0', 'a/1']);
    const told: (string | undefined)[] = [];
    const metadata: FakeBrokers['metadata'] = (topics) => {
      told.push(reader.trouble?.message);
      return brokers.metadata(topics);
    };
    const reader: KafkaReader = readerOf({ ...brokers, metadata });
    reader.assign([at('a/0'), at('a/1')]);
    for (let i = 0; i < 8; i++) {
      brokers.get('a/1').leader = 1 + (i % 2);
      brokers.append('a/1', 2);
      const read = await pollUntil(reader, (so) => sizeOf(so) >= 2);
      expect(read.get('a/1')).toEqual(upTo(2 * i + 2, 2 * i));
    }
    expect(brokers.forgotten).toContain('a');
    expect(told.length).toBeGreaterThan(7);
    expect(told.filter(Boolean)).toEqual([]);
  });

  test.each([
    { name: 'a leader that stays away', error: 6, line: 'cannot read a/0: Kafka answers NOT_LEADER_OR_FOLLOWER' },
    { name: 'an epoch that stays unknown', error: 75, line: 'cannot read a/0: Kafka answers UNKNOWN_LEADER_EPOCH' },
    {
      name: 'no permission',
      error: 29,
      line: 'not allowed to read a/0: Kafka answers TOPIC_AUTHORIZATION_FAILED',
      code: 'NotAuthorized',
    },
    { name: 'a failure of the broker', error: -1, line: 'cannot read a/0: Kafka answers UNKNOWN_SERVER_ERROR' },
  ])('tells of $name, and reads the other partitions', async ({ error, line, code = 'LogUnavailable' }) => {
    const brokers = new FakeBrokers(['a/0', 'a/1']);
    for (const name of ['a/0', 'a/1']) brokers.append(name, 3);
    brokers.get('a/0').error = error;
    const reader = readerOf(brokers);
    reader.assign([at('a/0'), at('a/1')]);
    expect((await pollUntil(reader, (so) => sizeOf(so) >= 3)).get('a/1')).toEqual(upTo(3));
    await until(() => reader.trouble !== undefined);
    expect(reader.trouble).toMatchObject({ code, message: line });
    brokers.get('a/0').error = 0;
    expect((await pollUntil(reader, (so) => sizeOf(so) >= 3)).get('a/0')).toEqual(upTo(3));
    expect(reader.trouble).toBeUndefined();
  });

  test('waits for a leader where there is none at present', async () => {
    const brokers = new FakeBrokers(['a/0'], -1);
    brokers.append('a/0', 3);
    const reader = readerOf(brokers);
    reader.assign([at('a/0')]);
    await until(() => reader.trouble?.message === 'cannot read a/0: Kafka answers LEADER_NOT_AVAILABLE');
    brokers.get('a/0').leader = 1;
    expect(sizeOf(await pollUntil(reader, (so) => sizeOf(so) >= 3))).toBe(3);
  });
});

describe('KafkaReader: what the poller has to decide', () => {
  test.each([
    { name: 'behind the end', offset: 9, line: 'a/0: offset 9 is outside 2 to 6' },
    { name: 'before the start', offset: 1, line: 'a/0: offset 1 is outside 2 to 6' },
  ])('throws OffsetOutOfRange $name, and reads on where it is assigned then', async ({ offset, line }) => {
    const brokers = new FakeBrokers(['a/0', 'a/1']);
    brokers.append('a/0', 2);
    brokers.append('a/0', 4);
    brokers.get('a/0').start = 2;
    const reader = readerOf(brokers);
    reader.assign([at('a/0', offset), at('a/1')]);
    await expect(reader.poll(1000)).rejects.toMatchObject({ code: 'OffsetOutOfRange', message: line });
    reader.assign([at('a/0', 2), at('a/1')]);
    expect((await pollUntil(reader, (so) => sizeOf(so) >= 4)).get('a/0')).toEqual(upTo(6, 2));
  });

  test('throws once per occurrence, and again if nothing is done about it', async () => {
    const brokers = new FakeBrokers(['a/0']);
    const reader = readerOf(brokers, { firstBackoffMillis: 100, mostBackoffMillis: 100 });
    reader.assign([at('a/0', 5)]);
    await expect(reader.poll(1000)).rejects.toMatchObject({ code: 'OffsetOutOfRange' });
    expect(await reader.poll(20)).toEqual([]);
    await expect(reader.poll(1000)).rejects.toMatchObject({ code: 'OffsetOutOfRange' });
  });

  test('gives what was read before the failure first', async () => {
    const brokers = new FakeBrokers(['a/0']);
    brokers.append('a/0', 3);
    const reader = readerOf(brokers);
    reader.assign([at('a/0')]);
    await until(() => brokers.asked.length > 1);
    brokers.get('a/0').start = 100;
    brokers.get('a/0').end = 200;
    await delay(40);
    expect(valuesOf((await reader.poll(0))[0]!)).toEqual(upTo(3));
    await expect(reader.poll(1000)).rejects.toMatchObject({ message: 'a/0: offset 3 is outside 100 to 200' });
  });

  test.each([
    { name: 'a topic', assigned: 'b/0', line: 'topic "b" does not exist' },
    { name: 'a partition', assigned: 'a/7', line: 'topic "a" has 1 partitions, none is 7' },
  ])('throws TopicNotFound where there is no such $name, once that is sure', async ({ assigned, line }) => {
    const brokers = new FakeBrokers(['a/0']);
    const reader = readerOf(brokers);
    reader.assign([at('a/0'), at(assigned)]);
    await expect(reader.poll(1000)).rejects.toMatchObject({ code: 'TopicNotFound', message: line });
    expect(brokers.metadataCount).toBeGreaterThan(1);
  });

  test('throws TopicNotFound for a topic that is deleted while it is read', async () => {
    const brokers = new FakeBrokers(['a/0', 'b/0']);
    const reader = readerOf(brokers);
    reader.assign([at('a/0'), at('b/0')]);
    await until(() => reader.bound(at('b/0')) !== undefined);
    brokers.remove('b/0');
    await expect(reader.poll(1000)).rejects.toMatchObject({ code: 'TopicNotFound' });
  });

  test('throws RecordsUnreadable for damaged records, and reads the other partitions', async () => {
    const brokers = new FakeBrokers(['a/0', 'a/1']);
    brokers.append('a/0', 3);
    brokers.append('a/1', 3);
    brokers.get('a/0').batches[0]!.bytes[70]! ^= 1;
    const reader = readerOf(brokers);
    reader.assign([at('a/0'), at('a/1')]);
    await expect(reader.poll(1000)).rejects.toMatchObject({
      code: 'RecordsUnreadable',
      message: expect.stringContaining('a/0 at offset 0'),
    });
    expect(valuesOf((await reader.poll(1000))[0]!)).toEqual(upTo(3));
  });
});

describe('KafkaReader: close', () => {
  test('ends polls that wait, and asks for nothing more', async () => {
    const brokers = new FakeBrokers(['a/0']);
    const reader = readerOf(brokers);
    reader.assign([at('a/0')]);
    const polled = reader.poll(60_000);
    await until(() => brokers.asked.length > 1);
    await reader.close();
    expect(await polled).toEqual([]);
    const before = brokers.asked.length;
    brokers.append('a/0', 1);
    await delay(30);
    expect(brokers.asked).toHaveLength(before);
    reader.assign([at('a/0')]);
    expect(await reader.poll(10)).toEqual([]);
  });

  test('leaves no timer behind', async () => {
    const brokers = new FakeBrokers(['a/0']);
    brokers.failure = new Error('gone');
    const reader = readerOf(brokers, { firstBackoffMillis: 60_000, mostBackoffMillis: 60_000 });
    reader.assign([at('a/0')]);
    const polled = reader.poll(60_000);
    await until(() => reader.trouble?.message === 'cannot read from Kafka: gone');
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await reader.close();
    await polled;
    expect(timers()).toBe(before - 2);
  });
});
