/** Errors as kafkajs 2.2.4 makes them, and manifests, for the tests of what is made of them. */
import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
import type { Kafka } from '../../crds/topic.ts';
import { connectionError } from '../../job-runtime/log/kafka/connection-errors.ts';
import type { Finding } from '../../job-runtime/log/kafka/connection-errors.ts';

const require = createRequire(import.meta.url);
type Made = new (message: unknown, options?: object) => Error;
export const kafkajs = require('kafkajs/src/errors.js') as Readonly<Record<string, Made>>;
export const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  readonly createErrorFromCode: (code: number) => Error;
};

const brokers = ['kafka.example:9092'];
export const address = { host: 'kafka.example', port: 9092 };
export const plain: Kafka = { brokers };
export const encrypted: Kafka = { brokers, tls: {} };
export const withAuthority: Kafka = { brokers, tls: { caSecretRef: { name: 'my-ca' } } };
export const withClient: Kafka = { brokers, tls: { clientSecretRef: { name: 'my-pair' } } };
export const bySasl = (mechanism: NonNullable<Kafka['sasl']>['mechanism']): Kafka => ({
  brokers,
  sasl: { mechanism, secretRef: { name: 'login' } },
});

export const network = (code: string | undefined, message = 'Connection error: …'): Error =>
  new kafkajs['KafkaJSConnectionError']!(message, { broker: 'kafka.example:9092', ...(code && { code }) });
export const refusedLogin = (message: string): Error => new kafkajs['KafkaJSSASLAuthenticationError']!(message);
export const closed = new kafkajs['KafkaJSConnectionClosedError']!('Closed connection', {
  host: 'kafka.example',
  port: 9092,
});

export type Case = Readonly<{
  name: string;
  error: unknown;
  kafka?: Kafka;
  finding?: Finding;
  code?: string;
  line: string;
}>;

export function expectLine({ error, kafka = plain, finding, code = 'LogUnavailable', line }: Case): void {
  const made = connectionError(error, { kafka, address, identity: { principal: 'User:alice' } }, finding);
  expect(made).toMatchObject({ code, message: line });
  expect(made.retryable).toBe(true);
}
