import { describe, expect, test } from '@jest/globals';
import {
  address,
  bySasl,
  closed,
  createErrorFromCode,
  expectLine,
  plain,
  refusedLogin,
} from '../../../test/builders/kafka-errors.ts';
import type { Case } from '../../../test/builders/kafka-errors.ts';
import { answerError, connectionError } from './connection-errors.ts';
import type { Asked } from './connection-errors.ts';

describe('SASL', () => {
  const inSecret = 'of the Secret login named in spec.kafka.sasl.secretRef';

  test.each<Case>([
    {
      name: 'a wrong password',
      error: refusedLogin('SASL PLAIN authentication failed: Authentication failed: Invalid username or password'),
      kafka: bySasl('PLAIN'),
      code: 'NotAuthenticated',
      line: `Kafka refuses user "alice" (PLAIN): check the keys username and password ${inSecret}`,
    },
    {
      name: 'a refused token',
      error: createErrorFromCode(58),
      kafka: bySasl('OAUTHBEARER'),
      code: 'NotAuthenticated',
      line: `Kafka refuses the bearer token (OAUTHBEARER): check the key token ${inSecret}`,
    },
    {
      name: 'a login that the broker’s end cut short',
      error: refusedLogin('SASL SCRAM SHA256 authentication failed: Closed connection'),
      kafka: bySasl('SCRAM-SHA-256'),
      line: 'Kafka at kafka.example:9092 closed the connection; is the broker, or something on the way to it, being restarted?',
    },
    {
      name: 'a mechanism that is off, of known others',
      error: createErrorFromCode(33),
      kafka: bySasl('PLAIN'),
      finding: { mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-512'] },
      code: 'NotAuthenticated',
      line:
        'Kafka at kafka.example:9092 has not enabled the SASL mechanism PLAIN, but SCRAM-SHA-256, SCRAM-SHA-512: ' +
        'set spec.kafka.sasl.mechanism to one that it has',
    },
    {
      name: 'a mechanism that is off',
      error: createErrorFromCode(33),
      kafka: bySasl('PLAIN'),
      code: 'NotAuthenticated',
      line:
        'Kafka at kafka.example:9092 has not enabled the SASL mechanism PLAIN: ' +
        'set spec.kafka.sasl.mechanism to one that it has',
    },
    {
      name: 'SASL where there is none',
      error: createErrorFromCode(34),
      kafka: bySasl('PLAIN'),
      code: 'NotAuthenticated',
      line:
        'Kafka at kafka.example:9092 takes no SASL on this port: remove spec.kafka.sasl, or name its SASL port in ' +
        'spec.kafka.brokers',
    },
    {
      name: 'no SASL where there is',
      error: closed,
      finding: { mechanisms: ['PLAIN'] },
      code: 'NotAuthenticated',
      line: 'Kafka at kafka.example:9092 wants clients to authenticate (SASL PLAIN): set spec.kafka.sasl',
    },
  ])('$name', (each) => expectLine(each));
});

describe('ACLs', () => {
  const reading: Asked = { operation: 'READ', resource: 'Topic', name: 't' };
  const writing: Asked = { operation: 'WRITE', resource: 'TransactionalId', name: 'x' };
  const grouped: Asked = { operation: 'READ', resource: 'Group', name: 'g' };

  test.each<{ code: number; asked: Asked[]; line: string }>([
    { code: 29, asked: [reading], line: 'not allowed to read topic "t": grant User:alice READ on Topic t' },
    {
      code: 29,
      asked: [{ ...reading, operation: 'ALTER_CONFIGS' }],
      line: 'not allowed to alter configs of topic "t": grant User:alice ALTER_CONFIGS on Topic t',
    },
    {
      code: 29,
      asked: [reading, writing, { ...reading, operation: 'WRITE', name: 'u' }],
      line: 'not allowed to read topic "t" or write topic "u": grant User:alice READ on Topic t, WRITE on Topic u',
    },
    { code: 30, asked: [grouped], line: 'not allowed to read group "g": grant User:alice READ on Group g' },
    {
      code: 53,
      asked: [reading, writing],
      line: 'not allowed to write transactional id "x": grant User:alice WRITE on TransactionalId x',
    },
    {
      code: 31,
      asked: [{ operation: 'CREATE', resource: 'Cluster', name: 'kafka-cluster' }],
      line: 'not allowed to create the cluster: grant User:alice CREATE on Cluster kafka-cluster',
    },
    {
      code: 30,
      asked: [],
      line: 'Kafka forbids it (GROUP_AUTHORIZATION_FAILED): grant User:alice what the job needs',
    },
  ])('$code: $line', ({ code, asked, line }) => {
    const trial = { kafka: plain, address, identity: { principal: 'User:alice' }, asked };
    for (const error of [answerError(code, trial), connectionError(createErrorFromCode(code), trial)])
      expect(error).toMatchObject({ code: 'NotAuthorized', message: line, retryable: true });
  });

  test('a user whose name only the broker knows', () => {
    expect(answerError(29, { kafka: plain, asked: [reading] }).message).toBe(
      'not allowed to read topic "t": grant the user of the job READ on Topic t',
    );
  });

  test.each([
    { code: 90, name: 'PRODUCER_FENCED' },
    { code: 7, name: 'REQUEST_TIMED_OUT' },
    { code: 700, name: 'error 700' },
  ])('another code ($name) is named, whether kafkajs knows it or not', ({ code, name }) => {
    const trial = { kafka: plain, address, asked: [reading] };
    for (const error of [answerError(code, trial), connectionError(createErrorFromCode(code), trial)])
      expect(error).toMatchObject({
        code: 'LogUnavailable',
        message: `Kafka at kafka.example:9092 answers ${name} about topic "t"`,
      });
  });
});
