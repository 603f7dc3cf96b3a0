import { describe, expect, test } from '@jest/globals';
import { StreamJobError } from '../../errors.ts';
import { BrokerRefusal } from './broker-refusal.ts';
import { isInDoubt, retrying } from './retry.ts';
import type { Patience } from './retry.ts';

/** A clock that the attempts themselves move. */
function patience(changes: Partial<Patience> = {}): Patience & { pass(millis: number): void } {
  let time = 0;
  return {
    now: () => time,
    pass: (millis) => (time += millis),
    boundMillis: 5000,
    firstWaitMillis: 1,
    longestWaitMillis: 2,
    isOver: () => false,
    ...changes,
  };
}

const unavailable = new StreamJobError('LogUnavailable', 'no broker');
const missing = new StreamJobError('TopicNotFound', 'topic "t" does not exist');

async function attempts(failure: unknown, bound: ReturnType<typeof patience>, eachMillis: number): Promise<number> {
  let count = 0;
  const trying = retrying(bound, async () => {
    count++;
    bound.pass(eachMillis);
    throw failure;
  });
  await expect(trying).rejects.toBe(failure);
  return count;
}

describe('what is tried again, at 400 ms each, within 5 s', () => {
  test.each([
    { what: 'a connection that failed', failure: unavailable, expected: 13 },
    { what: 'a leader that moved', failure: new BrokerRefusal(6, 'write'), expected: 13 },
    { what: 'a coordinator that loads', failure: new BrokerRefusal(14, 'commit'), expected: 13 },
    { what: 'a topic that is not there, for a second', failure: missing, expected: 3 },
    { what: 'a topic that a broker does not know, for a second', failure: new BrokerRefusal(3, 'read'), expected: 3 },
    { what: 'a member that is unknown', failure: new BrokerRefusal(25, 'commit'), expected: 1 },
    { what: 'a permission that is missing', failure: new BrokerRefusal(29, 'read'), expected: 1 },
    { what: 'a torn answer', failure: new RangeError('ends early'), expected: 1 },
    { what: 'a login that fails', failure: new StreamJobError('NotAuthenticated', 'no'), expected: 1 },
  ])('$what', async ({ failure, expected }) => {
    expect(await attempts(failure, patience(), 400)).toBe(expected);
  });
});

test('nobody waits any more: the first failure is the last', async () => {
  expect(await attempts(unavailable, patience({ isOver: () => true }), 1)).toBe(1);
});

test('the result of the attempt that succeeds is given, and each failure was told', async () => {
  const told: unknown[] = [];
  let count = 0;
  const attempt = async (): Promise<string> => {
    if (count++ < 2) throw unavailable;
    return 'there';
  };
  expect(await retrying(patience(), attempt, (failure) => told.push(failure))).toBe('there');
  expect(told).toEqual([unavailable, unavailable]);
});

test.each([
  { what: 'a connection that failed', failure: unavailable, expected: true },
  { what: 'an answer, whatever it says', failure: new BrokerRefusal(7, 'write'), expected: false },
  { what: 'a topic that is missing', failure: missing, expected: false },
])('in doubt: $what', ({ failure, expected }) => {
  expect(isInDoubt(failure)).toBe(expected);
});

test.each([
  { code: 6, says: 'LogUnavailable: cannot write: Kafka answers NOT_LEADER_OR_FOLLOWER' },
  { code: 3, says: 'TopicNotFound: cannot write: Kafka answers UNKNOWN_TOPIC_OR_PARTITION' },
  { code: 29, says: 'NotAuthorized: not allowed to write: Kafka answers TOPIC_AUTHORIZATION_FAILED' },
  { code: 40, says: 'ConfigInvalid: cannot write: Kafka answers INVALID_CONFIG: because' },
])('error $code in one line', ({ code, says }) => {
  const refusal = new BrokerRefusal(code, 'write', { why: code === 40 ? 'because\nof that' : null });
  expect(`${refusal.code}: ${refusal.message}`).toBe(says);
});
