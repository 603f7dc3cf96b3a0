import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { errorName, isRetryable } from './protocol-errors.ts';

const kafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/error.js') as {
  readonly errorCodes: readonly { readonly code: number; readonly type: string; readonly retriable: boolean }[];
};

/** Kafka renamed them when partitions got followers and coordinators more than groups; kafkajs kept the old names. */
const RENAMED: Readonly<Record<string, string>> = {
  UNKNOWN: 'UNKNOWN_SERVER_ERROR',
  NOT_LEADER_FOR_PARTITION: 'NOT_LEADER_OR_FOLLOWER',
  GROUP_LOAD_IN_PROGRESS: 'COORDINATOR_LOAD_IN_PROGRESS',
  GROUP_COORDINATOR_NOT_AVAILABLE: 'COORDINATOR_NOT_AVAILABLE',
  NOT_COORDINATOR_FOR_GROUP: 'NOT_COORDINATOR',
};

test('says what kafkajs says of every code that it knows', () => {
  expect(kafkajs.errorCodes.length).toBeGreaterThan(85);
  for (const { code, type, retriable } of kafkajs.errorCodes)
    expect({ code, name: errorName(code), isRetryable: isRetryable(code) }).toEqual({
      code,
      name: RENAMED[type] ?? type,
      isRetryable: retriable,
    });
});

test.each([
  { code: 0, name: 'NONE', retryable: false },
  { code: 51, name: 'CONCURRENT_TRANSACTIONS', retryable: true },
  { code: 89, name: 'THROTTLING_QUOTA_EXCEEDED', retryable: true },
  { code: 90, name: 'PRODUCER_FENCED', retryable: false },
  { code: 100, name: 'UNKNOWN_TOPIC_ID', retryable: true },
  { code: 105, name: 'TRANSACTIONAL_ID_NOT_FOUND', retryable: false },
  { code: 113, name: 'STALE_MEMBER_EPOCH', retryable: false },
  { code: 120, name: 'TRANSACTION_ABORTABLE', retryable: false },
  { code: 129, name: 'REBOOTSTRAP_REQUIRED', retryable: false },
  { code: 133, name: 'SHARE_SESSION_LIMIT_REACHED', retryable: true },
])('$code is $name', ({ code, name, retryable }) => {
  expect(errorName(code)).toBe(name);
  expect(isRetryable(code)).toBe(retryable);
});

test.each([134, 1000, -2, 1.5])('%p, which no Kafka up to 4.1 sends, is named by its number', (code) => {
  expect(errorName(code)).toBe(`error ${code}`);
  expect(isRetryable(code)).toBe(false);
});
