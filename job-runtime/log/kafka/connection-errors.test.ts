import { describe, expect, test } from '@jest/globals';
import { StreamJobError } from '../../errors.ts';
import {
  address,
  closed,
  encrypted,
  expectLine,
  kafkajs,
  network,
  plain,
  withAuthority,
  withClient,
} from '../../../test/builders/kafka-errors.ts';
import type { Case } from '../../../test/builders/kafka-errors.ts';
import { connectionError } from './connection-errors.ts';

describe('the way to a broker', () => {
  const reach = 'cannot reach Kafka at kafka.example:9092';
  const named = 'is spec.kafka.brokers right';

  test.each<Case>([
    {
      name: 'nobody listens',
      error: network('ECONNREFUSED'),
      line: `${reach} (connection refused); ${named}, and is the broker running?`,
    },
    {
      name: 'no such name',
      error: network('ENOTFOUND'),
      line: `${reach} (no such host); ${named}, and does DNS know the name here?`,
    },
    {
      name: 'a name server that does not answer',
      error: network('EAI_AGAIN'),
      line: `${reach} (no such host); ${named}, and does DNS know the name here?`,
    },
    {
      name: 'no route',
      error: network('EHOSTUNREACH'),
      line: `${reach} (no way there); ${named}, and does the network let us through?`,
    },
    {
      name: 'no connection in time',
      error: network(undefined, 'Connection timeout'),
      line: `${reach} (no answer in time); ${named}, and does the network let us through?`,
    },
    {
      name: 'no answer in time',
      error: new kafkajs['KafkaJSRequestTimeoutError']!('Request Metadata(key: 3, version: 6) timed out'),
      line: `${reach} (no answer in time); ${named}, and does the network let us through?`,
    },
    {
      name: 'the broker goes',
      error: closed,
      line: 'Kafka at kafka.example:9092 closed the connection; is the broker, or something on the way to it, being restarted?',
    },
    {
      name: 'something else of kafkajs',
      error: new kafkajs['KafkaJSBrokerNotFound']!('No brokers in the broker pool'),
      line: 'cannot talk to Kafka at kafka.example:9092: No brokers in the broker pool',
    },
    {
      name: 'something else altogether, which is not quoted',
      error: new TypeError('hunter2 is not a function'),
      line: 'cannot talk to Kafka at kafka.example:9092 (TypeError)',
    },
    { name: 'no error at all', error: undefined, line: 'cannot talk to Kafka at kafka.example:9092' },
  ])('$name', (each) => expectLine(each));

  test('an address that the brokers gave out', () => {
    const elsewhere = { host: '10.0.0.7', port: 9092 };
    expect(connectionError(network('ECONNREFUSED'), { kafka: plain, address: elsewhere }).message).toBe(
      'cannot reach Kafka at 10.0.0.7:9092 (connection refused); the cluster itself names this address: ' +
        'are the advertised.listeners of its brokers right, and is the broker running?',
    );
  });

  test('no address known', () => {
    const kafka = { brokers: ['a:1', 'b:2'] };
    expect(connectionError(network('ECONNREFUSED'), { kafka }).message).toMatch(/^cannot reach Kafka at a:1, b:2 /);
  });
});

describe('TLS', () => {
  test.each<Case>([
    {
      name: 'a TLS port and no TLS',
      error: closed,
      finding: { speaks: 'TLS' },
      line: 'Kafka at kafka.example:9092 speaks TLS: set spec.kafka.tls, or name its plain port in spec.kafka.brokers',
    },
    {
      name: 'TLS and a plain port',
      error: network('ECONNRESET', 'Client network socket disconnected before secure TLS connection was established'),
      kafka: encrypted,
      finding: { speaks: 'plain text' },
      line: 'Kafka at kafka.example:9092 speaks plain text: remove spec.kafka.tls, or name its TLS port in spec.kafka.brokers',
    },
    {
      name: 'TLS and something else',
      error: network('ERR_SSL_WRONG_VERSION_NUMBER'),
      kafka: encrypted,
      line: 'Kafka at kafka.example:9092 hangs up before TLS begins: is that its TLS port, and is the broker running?',
    },
    {
      name: 'a certificate that has expired',
      error: network('CERT_HAS_EXPIRED'),
      line: 'the certificate of Kafka at kafka.example:9092 has expired: renew it at the broker (or is the clock here wrong?)',
    },
    {
      name: 'an authority that nobody named',
      error: network('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      kafka: encrypted,
      line:
        "the certificate of Kafka at kafka.example:9092 is signed by none of the system's authorities: " +
        'name the Secret of its authority in spec.kafka.tls.caSecretRef',
    },
    {
      name: 'an authority other than that named',
      error: network('SELF_SIGNED_CERT_IN_CHAIN'),
      kafka: withAuthority,
      line:
        'the certificate of Kafka at kafka.example:9092 is signed by another authority than that in the Secret my-ca: ' +
        'check spec.kafka.tls.caSecretRef',
    },
    {
      name: 'a certificate for others',
      error: network(
        'ERR_TLS_CERT_ALTNAME_INVALID',
        "Hostname/IP does not match certificate's altnames: Host: kafka.example. is not in the cert's altnames: DNS:a.b, DNS:c.d",
      ),
      line:
        'the certificate of Kafka at kafka.example:9092 is for DNS:a.b, DNS:c.d only: name the broker in ' +
        'spec.kafka.brokers (and in its advertised.listeners) as its certificate does',
    },
    {
      name: 'a certificate for others, by address',
      error: network(
        'ERR_TLS_CERT_ALTNAME_INVALID',
        "Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in the cert's list: ",
      ),
      line:
        'the certificate of Kafka at kafka.example:9092 is not for that address: name the broker in ' +
        'spec.kafka.brokers (and in its advertised.listeners) as its certificate does',
    },
    ...[
      'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    ].flatMap((alert): Case[] => [
      {
        name: `a client certificate wanted (${alert})`,
        error: network(alert),
        kafka: encrypted,
        code: 'NotAuthenticated',
        line: 'Kafka at kafka.example:9092 wants a client certificate: name its Secret in spec.kafka.tls.clientSecretRef',
      },
      {
        name: `a client certificate refused (${alert})`,
        error: network(alert),
        kafka: withClient,
        code: 'NotAuthenticated',
        line:
          'Kafka at kafka.example:9092 refuses the client certificate: check the Secret my-pair named in ' +
          'spec.kafka.tls.clientSecretRef',
      },
    ]),
    {
      name: 'a version of TLS that is too old',
      error: network('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'),
      line: 'Kafka at kafka.example:9092 speaks no TLS from 1.2 on: enable TLSv1.2 or TLSv1.3 at the broker',
    },
    {
      name: 'no cipher in common',
      error: network('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'),
      line:
        'TLS with Kafka at kafka.example:9092 failed: do its TLS versions, ciphers and certificate (spec.kafka.tls) ' +
        'suit us?',
    },
  ])('$name', (each) => expectLine(each));

  test('a client certificate that is over is said to be', () => {
    const trial = { kafka: withClient, address, identity: { principal: 'User:CN=x', expiresAt: 0 } };
    expect(connectionError(network('ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN'), trial).message).toBe(
      'Kafka at kafka.example:9092 refuses the client certificate, which expired at 1970-01-01T00:00:00.000Z: check ' +
        'the Secret my-pair named in spec.kafka.tls.clientSecretRef',
    );
  });
});

describe('what errors are wrapped in', () => {
  const inner = network('ECONNREFUSED');
  const wrap: readonly { name: string; error: unknown }[] = [
    { name: 'tried too often', error: new kafkajs['KafkaJSNumberOfRetriesExceeded']!(inner, { retryCount: 5 }) },
    { name: 'not to be tried again', error: new kafkajs['KafkaJSNonRetriableError']!('…', { cause: inner }) },
    { name: 'one of several', error: new kafkajs['KafkaJSAggregateError']!('…', [inner] as unknown as object) },
    { name: 'of two addresses', error: Object.assign(new AggregateError([new Error('…')]), { code: 'ECONNREFUSED' }) },
  ];

  test.each(wrap)('is looked through: $name', ({ error }) => {
    const made = connectionError(error, { kafka: plain, address });
    expect(made.message).toMatch(/\(connection refused\)/);
    expect(made.cause).toBe(error);
  });

  test('one of ours stays what it is', () => {
    const ours = new StreamJobError('NotAuthenticated', 'the Secret x has no key token');
    expect(connectionError(ours, { kafka: plain })).toBe(ours);
    expect(connectionError(new Error('wrapped', { cause: ours }), { kafka: plain })).toBe(ours);
  });

  test('a ring of causes ends', () => {
    const error = new Error('round');
    error.cause = error;
    expect(connectionError(error, { kafka: plain, address }).code).toBe('LogUnavailable');
  });
});
