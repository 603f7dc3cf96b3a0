import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KafkaReader } from './kafka-reader.ts';
import type { KafkaReaderOptions } from './kafka-reader.ts';
import { FakeBrokers } from './reader/fake-brokers.test-kit.ts';
import { at, pollUntil, QUICK, sizeOf, until, upTo, valuesOf } from './reader/polling.test-kit.ts';

let readers: KafkaReader[] = [];
afterEach(async () => {
  for (const reader of readers) await reader.close();
  readers = [];
});

function readerOf(brokers: FakeBrokers, options: Partial<KafkaReaderOptions> = {}): KafkaReader {
  const reader = new KafkaReader(brokers, { ...QUICK, ...options });
  readers.push(reader);
  return reader;
}

describe('KafkaReader: what is asked for', () => {
  test('reads several partitions of several brokers, each in order from its offset', async () => {
    const brokers = new FakeBrokers(['a/0', 'a/1', 'b/0']);
    brokers.get('a/1').leader = 2;
    for (const name of ['a/0', 'a/1', 'b/0']) for (let i = 0; i < 3; i++) brokers.append(name, 5);
    const reader = readerOf(brokers);
    reader.assign([at('a/0', 3), at('a/1', 0), at('b/0', 12)]);
    const read = await pollUntil(reader, (so) => sizeOf(so) >= 30);
    expect(read).toEqual(
      new Map([
        ['a/0', upTo(15, 3)],
        ['a/1', upTo(15)],
        ['b/0', upTo(15, 12)],
      ]),
    );
    expect(brokers.mostOpen).toBe(1);
    expect(reader.bound(at('a/1'))).toMatchObject({ end: 15 });
    expect(reader.bound(at('a/9'))).toBeUndefined();
  });

  test('looks up the leaders of all partitions at once', async () => {
    const brokers = new FakeBrokers(Array.from({ length: 64 }, (_, i) => `a/${i}`));
    brokers.append('a/63', 1);
    const reader = readerOf(brokers);
    reader.assign(upTo(64).map((i) => at(`a/${i}`)));
    await pollUntil(reader, (so) => sizeOf(so) > 0);
    expect(brokers.metadataCount).toBe(1);
    expect(brokers.asked[0]!.targets).toHaveLength(64);
  });

  test('puts partitions that got something behind the others, so that none starves', async () => {
    const names = upTo(5).map((i) => `a/${i}`);
    const brokers = new FakeBrokers(names);
    for (const name of names) for (let i = 0; i < 4; i++) brokers.append(name, 1, 900);
    // A request has room for about two of the five.
    const reader = readerOf(brokers, { requestBytes: 2000, partitionFetchBytes: 1000 });
    reader.assign(names.map((name) => at(name)));
    const read = await pollUntil(reader, (so) => sizeOf(so) >= 20);
    expect([...read.keys()].sort()).toEqual(names);
    for (const values of read.values()) expect(values).toEqual(upTo(4));
    const firsts = brokers.asked.slice(0, 5).map(({ targets }) => targets[0]!.name);
    expect(new Set(firsts).size).toBeGreaterThan(2);
  });

  test('gets batches that are larger than what is asked of a partition', async () => {
    const brokers = new FakeBrokers(['a/0', 'a/1', 'a/2']);
    for (const name of ['a/0', 'a/1', 'a/2']) for (let i = 0; i < 2; i++) brokers.append(name, 1, 5000);
    const reader = readerOf(brokers, { requestBytes: 3000, partitionFetchBytes: 1000 });
    reader.assign([at('a/0'), at('a/1'), at('a/2')]);
    expect(sizeOf(await pollUntil(reader, (so) => sizeOf(so) >= 6))).toBe(6);
  });

  test('gets a batch that is larger than all memory for reading ahead', async () => {
    const brokers = new FakeBrokers(['a/0']);
    brokers.append('a/0', 1, 9000);
    brokers.append('a/0', 1, 9000);
    const reader = readerOf(brokers, { readAheadBytes: 4000, partitionFetchBytes: 1000, partitionAheadBytes: 2000 });
    reader.assign([at('a/0')]);
    expect(sizeOf(await pollUntil(reader, (so) => sizeOf(so) >= 2))).toBe(2);
  });
});

describe('KafkaReader: how far ahead', () => {
  test('leaves out a partition that is full, asks for the others with a short wait, and for it once it is polled', async () => {
    const brokers = new FakeBrokers(['a/0', 'a/1']);
    for (let i = 0; i < 10; i++) brokers.append('a/0', 1, 1000);
    const reader = readerOf(brokers, { partitionAheadBytes: 2500, partitionFetchBytes: 1200 });
    reader.assign([at('a/0'), at('a/1')]);
    await until(() => brokers.asked.length > 5);
    const last = brokers.asked.at(-1)!;
    expect(last.targets.map(({ name }) => name)).toEqual(['a/1']);
    expect(last.maxWaitMillis).toBe(QUICK.partialWaitMillis);
    const read = await pollUntil(reader, (so) => sizeOf(so) >= 10);
    expect(read.get('a/0')).toEqual(upTo(10));
  });

  test('asks for nothing while all is full', async () => {
    const brokers = new FakeBrokers(['a/0']);
    for (let i = 0; i < 10; i++) brokers.append('a/0', 1, 1000);
    const reader = readerOf(brokers, { partitionAheadBytes: 2000, partitionFetchBytes: 1200 });
    reader.assign([at('a/0')]);
    await until(() => brokers.asked.length === 2);
    await delay(30);
    expect(brokers.asked).toHaveLength(2);
  });

  test('holds no more than its memory over all partitions', async () => {
    const names = upTo(20).map((i) => `a/${i}`);
    const brokers = new FakeBrokers(names);
    for (const name of names) for (let i = 0; i < 10; i++) brokers.append(name, 1, 1000);
    const limits = { readAheadBytes: 20_000, requestBytes: 4000, partitionFetchBytes: 1200, pollBytes: 1e9 };
    const reader = readerOf(brokers, limits);
    reader.assign(names.map((name) => at(name)));
    await delay(100);
    const first = await reader.poll(0);
    const bytes = first.reduce((sum, { records }) => sum + records.count * 1000, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(20_000);
    const rest = await pollUntil(reader, (so) => sizeOf(so) >= 200 - first.length);
    expect(sizeOf(rest) + first.reduce((sum, { records }) => sum + records.count, 0)).toBe(200);
  });

  test('lets each broker have its share of the memory, also one that is found later', async () => {
    const brokers = new FakeBrokers(['a/0', 'a/1']);
    const memory = { readAheadBytes: 1000, partitionFetchBytes: 1000 };
    const reader = readerOf(brokers, memory);
    reader.assign([at('a/0')]);
    await until(() => brokers.asked.length === 1);
    brokers.get('a/1').leader = 2;
    brokers.append('a/1', 3);
    reader.assign([at('a/0'), at('a/1')]);
    expect((await pollUntil(reader, (so) => sizeOf(so) >= 3)).get('a/1')).toEqual(upTo(3));
  });

  test('gives about as much per poll as it is told, one batch of each partition in turn', async () => {
    const names = ['a/0', 'a/1', 'a/2'];
    const brokers = new FakeBrokers(names);
    for (const name of names) for (let i = 0; i < 4; i++) brokers.append(name, 1, 1000);
    const reader = readerOf(brokers, { pollBytes: 2000, partitionFetchBytes: 1200 });
    reader.assign(names.map((name) => at(name)));
    await until(() => brokers.asked.at(-1)?.targets.every(({ offset }) => offset === 4) === true);
    const given: string[] = [];
    for (let i = 0; i < 6; i++) {
      const results = await reader.poll(0);
      expect(results).toHaveLength(2);
      given.push(...results.map(({ partition }) => `a/${partition}`));
    }
    for (let i = 0; i < 12; i += 3) expect(new Set(given.slice(i, i + 3)).size).toBe(3);
  });
});

describe('KafkaReader: assign', () => {
  test('keeps what was read ahead where the poller reads on, and reads all else anew', async () => {
    const brokers = new FakeBrokers(['a/0', 'a/1', 'a/2']);
    for (const name of ['a/0', 'a/1', 'a/2']) brokers.append(name, 10);
    const reader = readerOf(brokers);
    reader.assign([at('a/0'), at('a/1'), at('a/2')]);
    await until(() => brokers.asked.length > 2);
    reader.assign([at('a/0'), at('a/1', 5), at('a/2', 10)]);
    await until(() => brokers.asked.some(({ targets }) => targets.some(({ offset }) => offset === 5)));
    const fromStart = brokers.asked.flatMap(({ targets }) => targets.filter(({ offset }) => offset === 0));
    expect(fromStart.map(({ name }) => name)).toEqual(['a/0', 'a/1', 'a/2']);
    const read = await pollUntil(reader, (so) => sizeOf(so) >= 15);
    expect(read.get('a/0')).toEqual(upTo(10));
    expect(read.get('a/1')).toEqual(upTo(10, 5));
    expect(read.has('a/2')).toBe(false);
  });

  test('forgets answers under way for partitions that were dropped or assigned elsewhere', async () => {
    const brokers = new FakeBrokers(['a/0', 'a/1', 'a/2']);
    for (const name of ['a/0', 'a/1', 'a/2']) brokers.append(name, 4);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    brokers.gate = promise;
    const reader = readerOf(brokers);
    reader.assign([at('a/0'), at('a/1'), at('a/2')]);
    await until(() => brokers.asked.length === 1);
    reader.assign([at('a/1', 2), at('a/2')]);
    resolve(undefined);
    const read = await pollUntil(reader, (so) => sizeOf(so) >= 6);
    expect(read).toEqual(
      new Map([
        ['a/2', upTo(4)],
        ['a/1', [2, 3]],
      ]),
    );
    expect(await reader.poll(20)).toEqual([]);
    expect(reader.bound(at('a/0'))).toBeUndefined();
  });

  test('loses and repeats nothing, whatever is assigned when', async () => {
    const step = fc.record({
      isAssigned: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      back: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
      polls: fc.nat(3),
      isSlow: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const names = upTo(4).map((i) => `a/${i}`);
        const brokers = new FakeBrokers(names);
        brokers.get('a/3').leader = 2;
        for (const name of names) for (let i = 0; i < 12; i++) brokers.append(name, 1 + (i % 3), 100);
        const ahead = { readAheadBytes: 4000, partitionAheadBytes: 600, pollBytes: 500 };
        const asked = { partitionFetchBytes: 400, requestBytes: 900, maxWaitMillis: 1, partialWaitMillis: 1 };
        const reader = readerOf(brokers, { ...ahead, ...asked });
        const next = new Map(names.map((name) => [name, 0]));
        const take = async (): Promise<void> => {
          for (const result of await reader.poll(2)) {
            const name = `a/${result.partition}`;
            expect(valuesOf(result)).toEqual(upTo(result.records.nextOffset, next.get(name)));
            next.set(name, result.records.nextOffset);
          }
        };
        for (const { isAssigned, back, polls, isSlow } of steps) {
          names.forEach((name, i) => next.set(name, Math.max(0, next.get(name)! - back[i]!)));
          reader.assign(names.filter((_, i) => isAssigned[i]).map((name) => at(name, next.get(name))));
          if (isSlow) await delay(1);
          for (let i = 0; i < polls; i++) await take();
        }
        reader.assign(names.map((name) => at(name, next.get(name))));
        const isDone = (): boolean => names.every((name) => next.get(name) === brokers.get(name).end);
        for (let i = 0; i < 500 && !isDone(); i++) await take();
        expect(isDone()).toBe(true);
        await reader.close();
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
