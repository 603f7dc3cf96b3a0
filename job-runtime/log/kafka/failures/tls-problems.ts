/** What TLS refused, in a line for a person: our check of the broker's certificate, or the broker's of ours. */
import type { Failure, FailureKind } from './failure-kind.ts';
import { expiry, where } from './trial.ts';
import type { Trial } from './trial.ts';

export type TlsFailureKind = Extract<
  FailureKind,
  | 'certificateExpired'
  | 'certificateTooEarly'
  | 'unknownAuthority'
  | 'wrongName'
  | 'badCertificate'
  | 'clientCertificate'
  | 'tlsVersion'
  | 'tls'
>;

type Problem = (trial: Trial, failure: Failure) => string;

export const TLS_PROBLEMS: Readonly<Record<TlsFailureKind, Problem>> = {
  certificateExpired: (trial) =>
    `the certificate of Kafka at ${where(trial)} has expired: renew it at the broker (or is the clock here wrong?)`,
  certificateTooEarly: (trial) =>
    `the certificate of Kafka at ${where(trial)} is not valid yet: is the clock here, or that of its authority, right?`,
  unknownAuthority,
  wrongName: (trial, failure) =>
    `the certificate of Kafka at ${where(trial)} is ${namesIn(failure)}: name the broker in spec.kafka.brokers (and in ` +
    'its advertised.listeners) as its certificate does',
  badCertificate: (trial) =>
    `the certificate of Kafka at ${where(trial)} cannot be trusted (revoked, or not one for servers): renew it at the broker`,
  clientCertificate,
  tlsVersion: (trial) => `Kafka at ${where(trial)} speaks no TLS from 1.2 on: enable TLSv1.2 or TLSv1.3 at the broker`,
  tls: (trial) =>
    `TLS with Kafka at ${where(trial)} failed: do its TLS versions, ciphers and certificate (spec.kafka.tls) suit us?`,
};

function unknownAuthority(trial: Trial): string {
  const ca = trial.kafka.tls?.caSecretRef;
  const subject = `the certificate of Kafka at ${where(trial)} is signed by`;
  return ca
    ? `${subject} another authority than that in the Secret ${ca.name}: check spec.kafka.tls.caSecretRef`
    : `${subject} none of the system's authorities: name the Secret of its authority in spec.kafka.tls.caSecretRef`;
}

function clientCertificate(trial: Trial): string {
  const client = trial.kafka.tls?.clientSecretRef;
  return client
    ? `Kafka at ${where(trial)} refuses the client certificate${expiry(trial.identity)}: check the Secret ${client.name} ` +
        'named in spec.kafka.tls.clientSecretRef'
    : `Kafka at ${where(trial)} wants a client certificate: name its Secret in spec.kafka.tls.clientSecretRef`;
}

/** Node tells names that the certificate is for, unless it has none of the kind in question. */
function namesIn({ message }: Failure): string {
  const names = /altnames: (DNS:.*)$/.exec(message)?.[1];
  return names === undefined ? 'not for that address' : `for ${names.slice(0, 200)} only`;
}
