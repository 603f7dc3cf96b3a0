/** Clients of the brokers of test/harness/kafka/secure.ts: how they come, and what must never be read of them. */
import type { Kafka } from '../../crds/topic.ts';
import type { KafkaCredentials, ReadCredentials } from '../../job-runtime/log/kafka-credentials.ts';
import { unsignedToken } from '../harness/kafka/secure.ts';
import type { ListenerName, SecureKafka } from '../harness/kafka/secure.ts';

/** The settings of a manifest, and what its Secrets hold. */
export type Client = Readonly<{ kafka: Kafka; read: ReadCredentials }>;

type Mechanism = NonNullable<Kafka['sasl']>['mechanism'];

export const WRONG = 'not-the-password-of-anybody';

export class SecureClients {
  readonly secure: SecureKafka;
  private readonly tokens: string[] = [];

  constructor(secure: SecureKafka) {
    this.secure = secure;
  }

  /** Of no credentials. */
  anyone(listener: ListenerName): Client {
    return { kafka: { brokers: [this.address(listener)] }, read: () => Promise.resolve({}) };
  }

  bySasl(mechanism: Mechanism, listener: ListenerName, credentials: KafkaCredentials): Client {
    const sasl = { mechanism, secretRef: { name: 'login' } };
    return { kafka: { brokers: [this.address(listener)], sasl }, read: () => Promise.resolve(credentials) };
  }

  /** The same client, who knows the authority and may have a certificate. */
  withTls({ kafka, read }: Client, more: KafkaCredentials = {}): Client {
    const tls = {
      caSecretRef: { name: 'my-ca' },
      ...(more.certificate !== undefined && { clientSecretRef: { name: 'my-pair' } }),
    };
    const { ca } = this.secure.certificates;
    return { kafka: { ...kafka, tls }, read: async () => ({ ca, ...(await read()), ...more }) };
  }

  /** The same client, who calls the broker by its name. */
  byName({ kafka, read }: Client): Client {
    const brokers = kafka.brokers.map((broker) => broker.replace('127.0.0.1', 'localhost'));
    return { kafka: { ...kafka, brokers }, read };
  }

  alice(password: string): KafkaCredentials {
    return { username: this.secure.username, password };
  }

  tokenFor(subject: string, seconds: number): string {
    const token = unsignedToken(subject, seconds);
    this.tokens.push(token);
    return token;
  }

  address(listener: ListenerName): string {
    return this.secure.at(listener);
  }

  /** As errors name it. */
  at(listener: ListenerName): string {
    return `Kafka at ${this.address(listener)}`;
  }

  /** All that was ever secret here, as it is and in the ways that it may be written. */
  secrets(): readonly string[] {
    const { password, certificates } = this.secure;
    const keys = [certificates.client, certificates.strangeClient, certificates.expiredClient].map(({ key }) => key);
    const plain = [password.plain, password.scram, WRONG, ...this.tokens, ...keys.map((key) => key.split('\n')[1]!)];
    const bytes = plain.map((secret) => Buffer.from(secret));
    return [...plain, ...bytes.flatMap((secret) => [secret.toString('base64'), secret.toString('hex')])];
  }
}
