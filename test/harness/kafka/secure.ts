/**
 * One real broker with a listener for each way of being let in, or turned away. The plain listener is the
 * administrator's: whoever comes without a name may do everything, and the named users what ACLs grant them.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort, startKafka } from '../kafka.ts';
import type { KafkaBroker } from '../kafka.ts';
import { makeCertificates } from './certificates.ts';
import type { Certificates, Pair } from './certificates.ts';
import type { KafkaVersion } from './provision.ts';

export { whyNoCertificates } from './certificates.ts';

/** What each listener asks for; SHORT wants a new token every 12 s. */
const LISTENERS = {
  SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] },
  SCRAMONLY: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-512'] },
  SHORT: { protocol: 'SASL_PLAINTEXT', mechanisms: ['OAUTHBEARER'] },
  SASLTLS: { protocol: 'SASL_SSL', shows: 'server', mechanisms: ['PLAIN', 'SCRAM-SHA-512', 'OAUTHBEARER'] },
  TLS: { protocol: 'SSL', shows: 'server' },
  MUTUAL: { protocol: 'SSL', shows: 'server', asksForClient: true },
  EXPIRED: { protocol: 'SSL', shows: 'expired' },
  STRANGER: { protocol: 'SSL', shows: 'stranger' },
  MISNAMED: { protocol: 'SSL', shows: 'misnamed' },
} as const satisfies Record<string, Listener>;

type Listener = Readonly<{
  protocol: string;
  /** The certificate that the broker shows. */
  shows?: 'server' | 'expired' | 'stranger' | 'misnamed';
  asksForClient?: boolean;
  mechanisms?: readonly string[];
}>;

export type ListenerName = keyof typeof LISTENERS;

export type SecureKafka = Readonly<{
  /** Through the plain listener: may do everything. */
  admin: KafkaBroker;
  /** HOST:PORT of a listener. */
  at: (listener: ListenerName) => string;
  /** The user of PLAIN and SCRAM; each mechanism has a password of its own. */
  username: string;
  password: Readonly<{ plain: string; scram: string }>;
  certificates: Certificates;
}>;

/** The user whom ACLs may grant something; nothing at first. */
const USERNAME = 'alice';

const JAAS = {
  PLAIN: (secrets: Secrets) =>
    `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USERNAME}="${secrets.plain}";`,
  'SCRAM-SHA-256': () => 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'SCRAM-SHA-512': () => 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  OAUTHBEARER: () =>
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
} as const;

type Secrets = SecureKafka['password'];

/** Starts the broker in a folder of the caller's; stop it through `admin`. */
export async function startSecureKafka(version: KafkaVersion, folder: string): Promise<SecureKafka> {
  const secrets = { plain: randomBytes(12).toString('hex'), scram: randomBytes(12).toString('hex') };
  const certificates = await makeCertificates(await madeFolder(folder, 'certificates'));
  await writeStores(folder, certificates);
  const listeners = await withPorts();
  const admin = await startKafka({
    version,
    dataDir: path.join(folder, 'broker'),
    listeners,
    properties: { ...AUTHORIZER, ...settingsOfAll(folder, secrets) },
    formatFlags: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${USERNAME},password=${secrets.scram}]`,
    ]),
  });
  const at = (listener: ListenerName): string => `127.0.0.1:${listeners[listener]!.port}`;
  return { admin, at, username: USERNAME, password: secrets, certificates };
}

/** A bearer token as the broker takes it here: without a signature, good from now on for so many seconds. */
export function unsignedToken(subject: string, seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: subject, iat: now - 3600, exp: now + seconds, jti: randomBytes(12).toString('hex') };
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

const AUTHORIZER = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
  'listener.name.short.oauthbearer.connections.max.reauth.ms': '12000',
};

async function madeFolder(...parts: readonly string[]): Promise<string> {
  const folder = path.join(...parts);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Kafka wants the key and its certificate in one file. */
async function writeStores(folder: string, certificates: Certificates): Promise<void> {
  for (const name of ['server', 'expired', 'stranger', 'misnamed'] as const) {
    const { key, certificate }: Pair = certificates[name];
    await writeFile(path.join(folder, `${name}-store.pem`), key + certificate);
  }
}

async function withPorts(): Promise<Record<string, { protocol: string; port: number }>> {
  const entries = Object.entries(LISTENERS).map(
    async ([name, { protocol }]) => [name, { protocol, port: await freePort() }] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

function settingsOfAll(folder: string, secrets: Secrets): Record<string, string> {
  const all = Object.entries<Listener>(LISTENERS).flatMap(([name, listener]) =>
    [...tlsSettings(folder, listener), ...saslSettings(listener.mechanisms ?? [], secrets)].map(
      ([setting, value]) => [`listener.name.${name.toLowerCase()}.${setting}`, value] as const,
    ),
  );
  return Object.fromEntries(all);
}

function tlsSettings(folder: string, { shows, asksForClient }: Listener): [string, string][] {
  if (shows === undefined) return [];
  return [
    ['ssl.keystore.type', 'PEM'],
    ['ssl.keystore.location', path.join(folder, `${shows}-store.pem`)],
    ['ssl.truststore.type', 'PEM'],
    ['ssl.truststore.location', path.join(folder, 'certificates', 'ca.pem')],
    ['ssl.client.auth', asksForClient === true ? 'required' : 'none'],
  ];
}

function saslSettings(mechanisms: readonly string[], secrets: Secrets): [string, string][] {
  if (mechanisms.length === 0) return [];
  const logins = mechanisms.map((mechanism): [string, string] => [
    `${mechanism.toLowerCase()}.sasl.jaas.config`,
    JAAS[mechanism as keyof typeof JAAS](secrets),
  ]);
  return [['sasl.enabled.mechanisms', mechanisms.join(',')], ...logins];
}
