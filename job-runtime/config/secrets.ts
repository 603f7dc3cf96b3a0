/**
 * Reads what the Kafka connection needs from the Secrets that are mounted below one folder: `kafka-sasl/` (username,
 * password or token), `kafka-ca/`, `kafka-client/` (tls.crt, tls.key). Kubernetes renews the files when a Secret
 * changes, so they are read whenever a connection is made. No message holds anything of their content.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Kafka } from '../../crds/topic.ts';
import { StreamJobError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { KafkaCredentials } from '../log/kafka-credentials.ts';

/** A key of a Secret, where it is mounted, and which setting asks for it. */
interface SecretFile {
  readonly setting: string;
  readonly secret: string;
  readonly key: string;
  readonly folder: string;
}

/** Compared as text: which mechanisms there are is the schema's to say. */
const BY_TOKEN: ReadonlySet<string> = new Set(['OAUTHBEARER']);
const DEFAULT_CA_KEY = 'ca.crt';
/** As Kubernetes allows them; anything else could lead out of the folder. */
const SECRET_KEY = /^(?!\.{1,2}$)[-._a-zA-Z0-9]+$/;

/**
 * `secretsDir`: the folder with a folder for each Secret. Throws for the first thing that is not there: NotAuthenticated,
 * since Kubernetes brings what is put into a Secret later, and ConfigInvalid where no Secret could hold it.
 */
export async function readKafkaCredentials(kafka: Kafka | undefined, secretsDir: string): Promise<KafkaCredentials> {
  return { ...(await saslCredentials(kafka?.sasl, secretsDir)), ...(await tlsCredentials(kafka?.tls, secretsDir)) };
}

/** What must never be printed, for maskSecrets. */
export function secretsOf({ password, token, key }: KafkaCredentials): readonly string[] {
  return [password, token, key].filter((secret) => secret !== undefined);
}

async function saslCredentials(sasl: Kafka['sasl'], secretsDir: string): Promise<KafkaCredentials> {
  if (sasl === undefined) return {};
  const secret = sasl.secretRef.name;
  const read = (key: string): Promise<string> =>
    readLine({ setting: 'spec.kafka.sasl.secretRef', secret, key, folder: path.join(secretsDir, 'kafka-sasl') });
  if (BY_TOKEN.has(sasl.mechanism)) return { token: await read('token') };
  return { username: await read('username'), password: await read('password') };
}

async function tlsCredentials(tls: Kafka['tls'], secretsDir: string): Promise<KafkaCredentials> {
  const { caSecretRef: ca, clientSecretRef: client } = tls ?? {};
  const caFile = ca && {
    setting: 'spec.kafka.tls.caSecretRef',
    secret: ca.name,
    key: ca.key ?? DEFAULT_CA_KEY,
    folder: path.join(secretsDir, 'kafka-ca'),
  };
  const clientFile = client && {
    setting: 'spec.kafka.tls.clientSecretRef',
    secret: client.name,
    folder: path.join(secretsDir, 'kafka-client'),
  };
  return {
    ...(caFile && { ca: await readText(caFile) }),
    ...(clientFile && {
      certificate: await readText({ ...clientFile, key: 'tls.crt' }),
      key: await readText({ ...clientFile, key: 'tls.key' }),
    }),
  };
}

/** Editors and shells end a file with a newline that is not part of a password. */
async function readLine(file: SecretFile): Promise<string> {
  const line = (await readText(file)).replace(/[\r\n]+$/, '');
  if (line === '') throw missing(file, `key ${file.key} of Secret "${file.secret}" is empty`);
  return line;
}

async function readText(file: SecretFile): Promise<string> {
  if (!SECRET_KEY.test(file.key))
    throw problem('ConfigInvalid', file, `${JSON.stringify(file.key)} cannot be a key of a Secret`);
  try {
    return await readFile(path.join(file.folder, file.key), 'utf8');
  } catch (error) {
    throw missing(file, readingProblem(file, error as NodeJS.ErrnoException), error);
  }
}

const problem = (code: ErrorCode, { setting }: SecretFile, what: string, cause?: unknown): StreamJobError =>
  new StreamJobError(code, `${setting}: ${what}`, { cause });

const missing = (file: SecretFile, what: string, cause?: unknown): StreamJobError =>
  problem('NotAuthenticated', file, what, cause);

function readingProblem({ secret, key, folder }: SecretFile, { code = '', message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `Secret "${secret}" has no key ${key} (looked for it in ${folder})`;
  if (code === 'EACCES') return `no permission to read key ${key} of Secret "${secret}" in ${folder}`;
  return `cannot read key ${key} of Secret "${secret}": ${message}`;
}
