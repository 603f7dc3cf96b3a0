/**
 * What kind of failure an error of kafkajs, of Node's sockets and TLS, or of ours is. kafkajs keeps Node's codes, wraps
 * what it gave up on, and says some things in words alone; this file is where those words are known.
 */

export type FailureKind =
  | 'refused'
  | 'unknownHost'
  | 'unroutable'
  | 'silent'
  | 'closed'
  | 'noTls'
  | 'certificateExpired'
  | 'certificateTooEarly'
  | 'unknownAuthority'
  | 'wrongName'
  | 'badCertificate'
  | 'clientCertificate'
  | 'tlsVersion'
  | 'tls'
  | 'login'
  | 'mechanism'
  | 'noSasl'
  | 'forbidden'
  | 'answer'
  | 'unknown';

/** What is known of an error; the parts are Node's and kafkajs' own. */
export type Failure = Readonly<{
  kind: FailureKind;
  /** Of the protocol, where the broker answered with one. */
  code?: number;
  name: string;
  message: string;
}>;

type Loose = Readonly<{ name?: unknown; message?: unknown; code?: unknown; cause?: unknown; errors?: unknown }>;

const BY_CODE: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unknownHost',
  EAI_AGAIN: 'unknownHost',
  EAI_NODATA: 'unknownHost',
  EAI_NONAME: 'unknownHost',
  EAI_FAIL: 'unknownHost',
  EHOSTUNREACH: 'unroutable',
  EHOSTDOWN: 'unroutable',
  ENETUNREACH: 'unroutable',
  ENETDOWN: 'unroutable',
  EADDRNOTAVAIL: 'unroutable',
  ETIMEDOUT: 'silent',
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
  CERT_HAS_EXPIRED: 'certificateExpired',
  CERT_NOT_YET_VALID: 'certificateTooEarly',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrongName',
  HOSTNAME_MISMATCH: 'wrongName',
  ERR_SSL_WRONG_VERSION_NUMBER: 'noTls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'noTls',
  ERR_SSL_HTTP_REQUEST: 'noTls',
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: 'tlsVersion',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tlsVersion',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'silent',
  EPROTO: 'tls',
};

/** In order; the names of TLS alerts differ between versions of OpenSSL, and their ends do not. */
const BY_CODE_PATTERN: readonly (readonly [RegExp, FailureKind])[] = [
  [
    /^(UNABLE_TO_(VERIFY|GET_ISSUER)|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED)/,
    'unknownAuthority',
  ],
  [/^(CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|UNABLE_TO_)/, 'badCertificate'],
  [/ALERT_(NO_|BAD_|UNSUPPORTED_)?CERTIFICATE(_|$)|ALERT_UNKNOWN_CA$|ALERT_ACCESS_DENIED$/, 'clientCertificate'],
  [/ALERT_PROTOCOL_VERSION$/, 'tlsVersion'],
  [/^ERR_(SSL|TLS|OSSL)/, 'tls'],
];

const FORBIDDEN: ReadonlySet<number> = new Set([29, 30, 31, 53, 65]);
const UNSUPPORTED_SASL_MECHANISM = 33;
const ILLEGAL_SASL_STATE = 34;
const SASL_AUTHENTICATION_FAILED = 58;

/** Its place holder; the broker's code is at the end of the message. */
const UNKNOWN_TO_KAFKAJS = -99;

/** In order. A login that failed because the connection did is not a wrong password, though kafkajs calls it one. */
const BY_WORDS: readonly (readonly [RegExp, FailureKind])[] = [
  [/before secure TLS connection was established/, 'noTls'],
  [/^Connection timeout$|timed out$/, 'silent'],
  [/(Closed connection|Not connected|Connection closed by the server)$/, 'closed'],
];

const BY_NAME: Readonly<Record<string, FailureKind>> = {
  KafkaJSSASLAuthenticationError: 'login',
  KafkaJSConnectionClosedError: 'closed',
  KafkaJSRequestTimeoutError: 'silent',
  RequestTimeout: 'silent',
};

/** Looks through what it is wrapped in for the first thing that tells more than that something failed. */
export function failureOf(error: unknown): Failure {
  const wrapped = chain(error);
  const failures = wrapped.map(describe);
  return failures.find(({ kind }) => kind !== 'unknown') ?? failures.at(-1)!;
}

/** The error, then what caused it, and so on; of several causes the first. */
export function chain(error: unknown): readonly unknown[] {
  const found: unknown[] = [error];
  for (let next = inner(error); next != null && !found.includes(next); next = inner(next)) found.push(next);
  return found;
}

function inner(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  const { cause, errors } = error as Loose;
  return cause ?? (Array.isArray(errors) ? errors[0] : undefined);
}

function describe(error: unknown): Failure {
  const { name, message, code } = (typeof error === 'object' && error !== null ? error : {}) as Loose;
  const text = { name: textOf(name), message: textOf(message) };
  if (typeof code === 'number') return ofAnswer(code, text);
  return { ...text, kind: kindOfWords(text.message) ?? kindOfCode(textOf(code)) ?? BY_NAME[text.name] ?? 'unknown' };
}

function ofAnswer(code: number, text: { name: string; message: string }): Failure {
  const told = code === UNKNOWN_TO_KAFKAJS ? Number(/-?\d+$/.exec(text.message)?.[0] ?? code) : code;
  return { ...text, code: told, kind: kindOfAnswer(told) };
}

export function kindOfAnswer(code: number): FailureKind {
  if (FORBIDDEN.has(code)) return 'forbidden';
  if (code === UNSUPPORTED_SASL_MECHANISM) return 'mechanism';
  if (code === ILLEGAL_SASL_STATE) return 'noSasl';
  return code === SASL_AUTHENTICATION_FAILED ? 'login' : 'answer';
}

function kindOfWords(message: string): FailureKind | undefined {
  return BY_WORDS.find(([pattern]) => pattern.test(message))?.[1];
}

function kindOfCode(code: string): FailureKind | undefined {
  return BY_CODE[code] ?? BY_CODE_PATTERN.find(([pattern]) => pattern.test(code))?.[1];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
