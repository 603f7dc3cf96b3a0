import { describe, expect, test } from '@jest/globals';
import { fetchOnce } from './fetch-once.ts';
import { FakeBrokers } from './reader/fake-brokers.test-kit.ts';

const from = { topic: 'a', partition: 0 };

describe('fetchOnce', () => {
  test('gives records from an offset in the middle of a batch, and nothing at the end', async () => {
    const brokers = new FakeBrokers(['a/0']);
    brokers.append('a/0', 5);
    expect(await fetchOnce(brokers, from, 2, 1000)).toMatchObject({ count: 3, nextOffset: 5 });
    expect(await fetchOnce(brokers, from, 5, 1000)).toBeUndefined();
  });

  test('gives one batch at least', async () => {
    const brokers = new FakeBrokers(['a/0']);
    for (let i = 0; i < 2; i++) brokers.append('a/0', 3, 500);
    expect(await fetchOnce(brokers, from, 0, 10)).toMatchObject({ count: 3, nextOffset: 3 });
  });

  test('does not wait at the end', async () => {
    const brokers = new FakeBrokers(['a/0']);
    await fetchOnce(brokers, from, 0, 10);
    expect(brokers.asked[0]).toMatchObject({ maxWaitMillis: 0, maxBytes: 10 });
  });

  test('says where the partition starts and ends', async () => {
    const brokers = new FakeBrokers(['a/0']);
    brokers.append('a/0', 5);
    const problem = { code: 'OffsetOutOfRange', message: 'a/0: offset 6 is outside 0 to 5' };
    await expect(fetchOnce(brokers, from, 6, 10)).rejects.toMatchObject(problem);
  });

  test.each([
    { name: 'a leader that has moved', error: 6, code: 'LogUnavailable' },
    { name: 'a missing permission', error: 29, code: 'NotAuthorized' },
    { name: 'a topic that is gone', error: 3, code: 'TopicNotFound' },
  ])('throws what Kafka says of $name, and forgets who leads', async ({ error, code }) => {
    const brokers = new FakeBrokers(['a/0']);
    brokers.get('a/0').error = error;
    await expect(fetchOnce(brokers, from, 0, 10)).rejects.toMatchObject({ code, kafkaCode: error });
    expect(brokers.forgotten).toEqual(['a']);
  });
});
