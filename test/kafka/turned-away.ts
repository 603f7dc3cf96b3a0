/** Who is turned away by the brokers of test/harness/kafka/secure.ts, and the line that says so. */
import { WRONG } from './secure-clients.ts';
import type { Client, SecureClients } from './secure-clients.ts';

export type TurnedAway = Readonly<{
  name: string;
  client: (by: SecureClients) => Client;
  code: string;
  line: (by: SecureClients) => string;
}>;

const IN_LOGIN = 'of the Secret login named in spec.kafka.sasl.secretRef';
const KEYS = `check the keys username and password ${IN_LOGIN}`;

export const TURNED_AWAY: readonly TurnedAway[] = [
  ...(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).map((mechanism): TurnedAway => ({
    name: `a wrong password (${mechanism})`,
    client: (by) => by.bySasl(mechanism, 'SASL', by.alice(WRONG)),
    code: 'NotAuthenticated',
    line: () => `Kafka refuses user "alice" (${mechanism}): ${KEYS}`,
  })),
  {
    name: 'a user that there is not',
    client: (by) => by.bySasl('SCRAM-SHA-512', 'SASL', { username: 'mallory', password: WRONG }),
    code: 'NotAuthenticated',
    line: () => `Kafka refuses user "mallory" (SCRAM-SHA-512): ${KEYS}`,
  },
  {
    name: 'a token that is none',
    client: (by) => by.bySasl('OAUTHBEARER', 'SASL', { token: WRONG }),
    code: 'NotAuthenticated',
    line: () => `Kafka refuses the bearer token (OAUTHBEARER): check the key token ${IN_LOGIN}`,
  },
  {
    name: 'a mechanism that is off',
    client: (by) => by.bySasl('PLAIN', 'SCRAMONLY', by.alice(WRONG)),
    code: 'NotAuthenticated',
    line: (by) =>
      `${by.at('SCRAMONLY')} has not enabled the SASL mechanism PLAIN, but SCRAM-SHA-256, SCRAM-SHA-512: ` +
      'set spec.kafka.sasl.mechanism to one that it has',
  },
  {
    name: 'SASL where there is none',
    client: (by) => by.withTls(by.bySasl('PLAIN', 'TLS', by.alice(WRONG))),
    code: 'NotAuthenticated',
    line: (by) =>
      `${by.at('TLS')} takes no SASL on this port: remove spec.kafka.sasl, or name its SASL port in spec.kafka.brokers`,
  },
  {
    name: 'no SASL where there is',
    client: (by) => by.anyone('SCRAMONLY'),
    code: 'NotAuthenticated',
    line: (by) =>
      `${by.at('SCRAMONLY')} wants clients to authenticate (SASL SCRAM-SHA-256, SCRAM-SHA-512): set spec.kafka.sasl`,
  },
  {
    name: 'no SASL where there is, over TLS',
    client: (by) => by.withTls(by.anyone('SASLTLS')),
    code: 'NotAuthenticated',
    line: (by) =>
      `${by.at('SASLTLS')} wants clients to authenticate (SASL OAUTHBEARER, PLAIN, SCRAM-SHA-512): set spec.kafka.sasl`,
  },
  {
    name: 'plain text where there is TLS',
    client: (by) => by.anyone('TLS'),
    code: 'LogUnavailable',
    line: (by) => `${by.at('TLS')} speaks TLS: set spec.kafka.tls, or name its plain port in spec.kafka.brokers`,
  },
  {
    name: 'SASL in plain text where there is TLS, before any password is sent',
    client: (by) => by.bySasl('PLAIN', 'SASLTLS', by.alice(by.secure.password.plain)),
    code: 'LogUnavailable',
    line: (by) => `${by.at('SASLTLS')} speaks TLS: set spec.kafka.tls, or name its plain port in spec.kafka.brokers`,
  },
  {
    name: 'TLS where there is none',
    client: (by) => by.withTls(by.bySasl('PLAIN', 'SASL', by.alice(WRONG))),
    code: 'LogUnavailable',
    line: (by) =>
      `${by.at('SASL')} speaks plain text: remove spec.kafka.tls, or name its TLS port in spec.kafka.brokers`,
  },
  {
    name: 'a certificate that has expired',
    client: (by) => by.withTls(by.anyone('EXPIRED')),
    code: 'LogUnavailable',
    line: (by) =>
      `the certificate of ${by.at('EXPIRED')} has expired: renew it at the broker (or is the clock here wrong?)`,
  },
  {
    name: 'a certificate of another authority',
    client: (by) => by.withTls(by.anyone('STRANGER')),
    code: 'LogUnavailable',
    line: (by) =>
      `the certificate of ${by.at('STRANGER')} is signed by another authority than that in the Secret my-ca: ` +
      'check spec.kafka.tls.caSecretRef',
  },
  {
    name: 'an authority that the system does not know',
    client: (by) => ({ ...by.anyone('TLS'), kafka: { brokers: [by.address('TLS')], tls: {} } }),
    code: 'LogUnavailable',
    line: (by) =>
      `the certificate of ${by.at('TLS')} is signed by none of the system's authorities: ` +
      'name the Secret of its authority in spec.kafka.tls.caSecretRef',
  },
  {
    name: 'a certificate for another host',
    client: (by) => by.byName(by.withTls(by.anyone('MISNAMED'))),
    code: 'LogUnavailable',
    line: (by) =>
      `the certificate of ${by.at('MISNAMED').replace('127.0.0.1', 'localhost')} is for DNS:other.example only: name the ` +
      'broker in spec.kafka.brokers (and in its advertised.listeners) as its certificate does',
  },
  {
    name: 'no client certificate',
    client: (by) => by.withTls(by.anyone('MUTUAL')),
    code: 'NotAuthenticated',
    line: (by) => `${by.at('MUTUAL')} wants a client certificate: name its Secret in spec.kafka.tls.clientSecretRef`,
  },
  {
    name: 'a client certificate of another authority',
    client: (by) => by.withTls(by.anyone('MUTUAL'), by.secure.certificates.strangeClient),
    code: 'NotAuthenticated',
    line: (by) =>
      `${by.at('MUTUAL')} refuses the client certificate: check the Secret my-pair named in spec.kafka.tls.clientSecretRef`,
  },
  {
    name: 'a client certificate that has expired',
    client: (by) => by.withTls(by.anyone('MUTUAL'), by.secure.certificates.expiredClient),
    code: 'NotAuthenticated',
    line: (by) =>
      `${by.at('MUTUAL')} refuses the client certificate, which expired at 2020-02-01T00:00:00.000Z: check the Secret ` +
      'my-pair named in spec.kafka.tls.clientSecretRef',
  },
  {
    name: 'a key of another certificate',
    client: (by) =>
      by.withTls(by.anyone('MUTUAL'), {
        ...by.secure.certificates.client,
        key: by.secure.certificates.strangeClient.key,
      }),
    code: 'NotAuthenticated',
    line: () =>
      'cannot use the pair in the Secret my-pair (spec.kafka.tls.clientSecretRef) (key values mismatch): it must be ' +
      'PEM, and a key fit its certificate',
  },
  {
    name: 'nobody there',
    client: (by) => ({ ...by.anyone('TLS'), kafka: { brokers: ['127.0.0.1:1'] } }),
    code: 'LogUnavailable',
    line: () =>
      'cannot reach Kafka at 127.0.0.1:1 (connection refused); is spec.kafka.brokers right, and is the broker running?',
  },
  {
    name: 'no such host',
    client: (by) => ({ ...by.anyone('TLS'), kafka: { brokers: ['kafka.invalid:9092'] } }),
    code: 'LogUnavailable',
    line: () =>
      'cannot reach Kafka at kafka.invalid:9092 (no such host); is spec.kafka.brokers right, and does DNS know the ' +
      'name here?',
  },
];
