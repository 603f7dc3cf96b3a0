/** The credentials of a Kafka cluster, from the Secrets that a job names, of the job's own namespace and of no other. */
import type { Kafka } from '../../crds/stream-job.ts';
import { DEFAULT_SECRET_KEYS } from '../../crds/sink.ts';
import { StreamJobError } from '../../job-runtime/errors.ts';
import type { KafkaCredentials } from '../../job-runtime/log/kafka-credentials.ts';
import type { KafkaTarget } from './clusters.ts';

/** Texts by key, or why the Secret may not be read; undefined: there is none. */
export type ReadSecret = (
  namespace: string,
  name: string,
) => Promise<{ readonly data: Readonly<Record<string, string>> } | { readonly trouble: string } | undefined>;

/** Throws NotAuthenticated with the setting and what is missing; never anything of what a Secret holds. */
export async function readKafkaCredentials(
  { namespace, kafka }: KafkaTarget,
  readSecret: ReadSecret,
): Promise<KafkaCredentials> {
  const read = async (setting: string, name: string, keys: readonly string[]): Promise<readonly string[]> => {
    const found = await readSecret(namespace, name);
    if (!found) throw missing(setting, `Secret "${name}" does not exist in namespace ${namespace}`);
    if ('trouble' in found) throw missing(setting, found.trouble);
    return keys.map((key) => {
      const value = found.data[key];
      if (value === undefined || value === '') throw missing(setting, `Secret "${name}" has no key ${key}`);
      return value;
    });
  };
  return { ...(await saslOf(kafka, read)), ...(await tlsOf(kafka, read)) };
}

type Read = (setting: string, name: string, keys: readonly string[]) => Promise<readonly string[]>;

async function saslOf({ sasl }: Kafka, read: Read): Promise<KafkaCredentials> {
  if (!sasl) return {};
  const { name } = sasl.secretRef;
  if (sasl.mechanism === 'OAUTHBEARER') {
    const [token] = await read('spec.kafka.sasl.secretRef', name, ['token']);
    return { token: lineOf(token!) };
  }
  const [username, password] = await read('spec.kafka.sasl.secretRef', name, ['username', 'password']);
  return { username: lineOf(username!), password: lineOf(password!) };
}

async function tlsOf({ tls }: Kafka, read: Read): Promise<KafkaCredentials> {
  const { caSecretRef: ca, clientSecretRef: client } = tls ?? {};
  const [authority] = ca
    ? await read('spec.kafka.tls.caSecretRef', ca.name, [ca.key ?? DEFAULT_SECRET_KEYS.kafkaCa])
    : [];
  const [certificate, key] = client
    ? await read('spec.kafka.tls.clientSecretRef', client.name, ['tls.crt', 'tls.key'])
    : [];
  return { ...(authority && { ca: authority }), ...(certificate && key && { certificate, key }) };
}

/** Editors and shells end a file with a newline that is not part of a password. */
const lineOf = (text: string): string => text.replace(/[\r\n]+$/, '');

const missing = (setting: string, what: string): StreamJobError =>
  new StreamJobError('NotAuthenticated', `${setting}: ${what}`);
