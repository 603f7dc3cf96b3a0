/** The options of Node's TLS from `spec.kafka.tls` and what its Secrets hold. */
import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import type { Kafka } from '../../../../crds/topic.ts';
import { StreamJobError } from '../../../errors.ts';
import type { KafkaCredentials } from '../../kafka-credentials.ts';
import { held } from './held.ts';

type Tls = NonNullable<Kafka['tls']>;

const CA = 'spec.kafka.tls.caSecretRef';
const CLIENT = 'spec.kafka.tls.clientSecretRef';

/**
 * The broker's certificate is checked against the host of its address, which whoever connects names. Keys end here: what
 * is handed on holds them in a form that nothing can print. Throws NotAuthenticated.
 */
export function tlsOptions(
  { caSecretRef, clientSecretRef }: Tls,
  credentials: KafkaCredentials,
): tls.ConnectionOptions {
  const trust = { minVersion: 'TLSv1.2', ca: authorities(caSecretRef, credentials) } as const;
  const secureContext = clientSecretRef
    ? withClient(trust, clientSecretRef.name, credentials)
    : tls.createSecureContext(trust);
  // Said aloud, since an environment variable of Node's could switch it off.
  return { secureContext, rejectUnauthorized: true };
}

/** Node's own authorities are not those of the system, which the documentation promises; both are trusted. */
function authorities(ref: Tls['caSecretRef'], { ca }: KafkaCredentials): string[] {
  if (!ref) return [...new Set([...tls.getCACertificates('system'), ...tls.getCACertificates('default')])];
  const pem = held(ca, { secret: ref.name, setting: CA, key: ref.key ?? 'ca.crt' });
  // Node takes any text for an authority without a word, and then trusts nobody.
  usable(() => new X509Certificate(pem), `the authority in the Secret ${ref.name} (${CA})`);
  return [pem];
}

function withClient(
  trust: tls.SecureContextOptions,
  secret: string,
  { certificate, key }: KafkaCredentials,
): tls.SecureContext {
  const pair = {
    cert: held(certificate, { secret, setting: CLIENT, key: 'tls.crt' }),
    key: held(key, { secret, setting: CLIENT, key: 'tls.key' }),
  };
  return usable(() => tls.createSecureContext({ ...trust, ...pair }), `the pair in the Secret ${secret} (${CLIENT})`);
}

/** OpenSSL says in a few words why not, and quotes nothing. */
function usable<T>(make: () => T, what: string): T {
  try {
    return make();
  } catch (cause) {
    const { reason } = cause as { reason?: unknown };
    const why = typeof reason === 'string' ? ` (${reason})` : '';
    throw new StreamJobError(
      'NotAuthenticated',
      `cannot use ${what}${why}: it must be PEM, and a key fit its certificate`,
      {
        cause,
      },
    );
  }
}
