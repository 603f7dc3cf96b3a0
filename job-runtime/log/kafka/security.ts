/**
 * TLS and SASL of `spec.kafka`, as kafkajs takes them, from what the Secrets hold. They are made anew for each
 * connection, so that a rotated Secret counts from the next one on.
 */
import type tls from 'node:tls';
import type { KafkaConfig } from 'kafkajs';
import type { Kafka } from '../../../crds/topic.ts';
import type { StreamJobError } from '../../errors.ts';
import type { KafkaCredentials, ReadCredentials } from '../kafka-credentials.ts';
import type { Address } from './broker-connection.ts';
import { answerError, connectionError } from './connection-errors.ts';
import type { Asked } from './connection-errors.ts';
import { failureOf } from './failures/failure-kind.ts';
import { held } from './security/held.ts';
import type { Place } from './security/held.ts';
import { identityOf } from './security/identity.ts';
import type { Identity } from './security/identity.ts';
import { bearerAuthentication } from './security/oauth-bearer.ts';
import { probe } from './failures/probe.ts';
import { tlsOptions } from './security/tls-options.ts';

type Sasl = NonNullable<Kafka['sasl']>;

export type KafkaSecurity = Readonly<{
  ssl: tls.ConnectionOptions | false;
  sasl: KafkaConfig['sasl'];
  /** For error messages. */
  identity: Identity;
}>;

/** What connections to a cluster need to know of it, and to say when they fail. */
export type KafkaAccess = Readonly<{
  brokers: readonly string[];
  /** Reads the credentials; throws NotAuthenticated where they are missing or cannot be used. */
  security: () => Promise<KafkaSecurity>;
  /** One of ours of whatever went wrong there; looks at the address again where the error alone does not tell. */
  explain: (error: unknown, address: Address, asked?: readonly Asked[]) => Promise<StreamJobError>;
  /** One of ours for a code that a broker answered with; of a missing ACL it says which to grant to whom. */
  refused: (code: number, asked: readonly Asked[]) => StreamJobError;
}>;

export function kafkaAccess(kafka: Kafka, read: ReadCredentials): KafkaAccess {
  let latest: KafkaSecurity | undefined;
  return {
    brokers: kafka.brokers,
    security: async () => {
      latest = await securityOf(kafka, read);
      return latest;
    },
    explain: async (error, address, asked = []) => {
      const finding = await probe(failureOf(error).kind, address, latest ?? {});
      return connectionError(error, { kafka, address, identity: latest?.identity ?? {}, asked }, finding);
    },
    refused: (code, asked) => answerError(code, { kafka, identity: latest?.identity ?? {}, asked }),
  };
}

/** What kafkajs is given. A bearer token is read again at each authentication; the rest is read now. */
export async function securityOf(kafka: Kafka, read: ReadCredentials): Promise<KafkaSecurity> {
  const credentials = await read();
  return {
    ssl: kafka.tls ? tlsOptions(kafka.tls, credentials) : false,
    sasl: kafka.sasl && saslOptions(kafka.sasl, credentials, read),
    identity: identityOf(kafka, credentials),
  };
}

function saslOptions(sasl: Sasl, credentials: KafkaCredentials, read: ReadCredentials): KafkaConfig['sasl'] {
  const place = (key: string): Place => ({ secret: sasl.secretRef.name, setting: 'spec.kafka.sasl.secretRef', key });
  // A line break at its end is the editor's, not the token's: there are none in a token.
  const tokenOf = ({ token }: KafkaCredentials): string => held(token?.trim(), place('token'));
  if (sasl.mechanism === 'OAUTHBEARER') {
    tokenOf(credentials);
    return bearerAuthentication(async () => tokenOf(await read()));
  }
  const login = {
    username: held(credentials.username, place('username')),
    password: held(credentials.password, place('password')),
  };
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', ...login };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', ...login };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', ...login };
  }
}
