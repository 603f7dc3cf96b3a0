/**
 * Who the job is to Kafka, as far as its credentials tell: for error messages only, so nothing secret is in it. A broker
 * may map names in its own way (`ssl.principal.mapping.rules`); what is here is what it does unless told otherwise.
 */
import { X509Certificate } from 'node:crypto';
import type { Kafka } from '../../../../crds/topic.ts';
import type { KafkaCredentials } from '../../kafka-credentials.ts';

export type Identity = Readonly<{
  /** As ACLs name it, such as `User:alice`. Absent: only the broker knows. */
  principal?: string;
  /** When the token or the client certificate is over, in milliseconds since the epoch. */
  expiresAt?: number;
}>;

/** Credentials that cannot be read as what they should be give an empty identity. */
export function identityOf({ sasl, tls }: Kafka, credentials: KafkaCredentials): Identity {
  if (sasl?.mechanism === 'OAUTHBEARER') return identityOfToken(credentials.token ?? '');
  if (sasl) return credentials.username === undefined ? {} : { principal: `User:${credentials.username}` };
  if (tls?.clientSecretRef) return identityOfCertificate(credentials.certificate ?? '');
  return { principal: 'User:ANONYMOUS' };
}

function identityOfToken(token: string): Identity {
  const claims = claimsOf(token);
  return {
    ...(typeof claims['sub'] === 'string' && { principal: `User:${claims['sub']}` }),
    ...(typeof claims['exp'] === 'number' && { expiresAt: claims['exp'] * 1000 }),
  };
}

/** Of a JSON web token; a token of another kind has none that we could read. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

/** Java writes the parts of a subject in the reverse of their order in the certificate. */
function identityOfCertificate(pem: string): Identity {
  try {
    const { subject, validToDate } = new X509Certificate(pem);
    return { principal: `User:${subject.split('\n').reverse().join(',')}`, expiresAt: validToDate.getTime() };
  } catch {
    return {};
  }
}
