/**
 * One line for a person of whatever went wrong while connecting to Kafka, authenticating or asking: which setting it is
 * about and what to do. Neither credentials nor what a broker says in its own words is ever part of it.
 */
import { StreamJobError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { forbidden, loginRefused, mechanismRefused, saslRefused } from './failures/access-problems.ts';
import { chain, failureOf, kindOfAnswer } from './failures/failure-kind.ts';
import type { Failure, FailureKind } from './failures/failure-kind.ts';
import { errorName } from './protocol-errors.ts';
import { TLS_PROBLEMS } from './failures/tls-problems.ts';
import type { TlsFailureKind } from './failures/tls-problems.ts';
import { nameOf, where } from './failures/trial.ts';
import type { Finding, Trial } from './failures/trial.ts';

export type { Asked, Finding, Trial } from './failures/trial.ts';

type Problem = (trial: Trial, finding: Finding, failure: Failure) => string;

/** Absent: LogUnavailable. */
const CODES: Partial<Record<FailureKind, ErrorCode>> = {
  login: 'NotAuthenticated',
  mechanism: 'NotAuthenticated',
  noSasl: 'NotAuthenticated',
  clientCertificate: 'NotAuthenticated',
  forbidden: 'NotAuthorized',
};

const PROBLEMS: Readonly<Record<Exclude<FailureKind, TlsFailureKind>, Problem>> = {
  refused: (trial) => `${cannotReach(trial, 'connection refused')}, and is the broker running?`,
  unknownHost: (trial) => `${cannotReach(trial, 'no such host')}, and does DNS know the name here?`,
  unroutable: (trial) => `${cannotReach(trial, 'no way there')}, and does the network let us through?`,
  silent: (trial) => `${cannotReach(trial, 'no answer in time')}, and does the network let us through?`,
  closed,
  noTls,
  login: loginRefused,
  mechanism: mechanismRefused,
  noSasl: saslRefused,
  forbidden: (trial, _finding, failure) => forbidden(trial, failure),
  answer: (trial, _finding, { code = 0 }) => `Kafka at ${where(trial)} answers ${errorName(code)}${about(trial)}`,
  unknown: (trial, _finding, failure) => `cannot talk to Kafka at ${where(trial)}${inItsWords(failure)}`,
};

/** An error that is one of ours already, or wraps one, stays that one. */
export function connectionError(error: unknown, trial: Trial, finding: Finding = {}): StreamJobError {
  const ours = chain(error).find((each) => each instanceof StreamJobError);
  if (ours) return ours;
  const failure = failureOf(error);
  return new StreamJobError(codeOf(failure.kind, finding), problem(failure, trial, finding), { cause: error });
}

/** For a code that a broker answered with, of requests that kafkajs does not read. */
export function answerError(code: number, trial: Trial): StreamJobError {
  const kind = kindOfAnswer(code);
  return new StreamJobError(codeOf(kind, {}), problem({ kind, code, name: '', message: '' }, trial, {}));
}

function codeOf(kind: FailureKind, { mechanisms = [] }: Finding): ErrorCode {
  if (kind === 'closed' && mechanisms.length > 0) return 'NotAuthenticated';
  return CODES[kind] ?? 'LogUnavailable';
}

function problem(failure: Failure, trial: Trial, finding: Finding): string {
  const { kind } = failure;
  return isOfTls(kind) ? TLS_PROBLEMS[kind](trial, failure) : PROBLEMS[kind](trial, finding, failure);
}

function isOfTls(kind: FailureKind): kind is TlsFailureKind {
  return Object.hasOwn(TLS_PROBLEMS, kind);
}

/** An address that the manifest does not name is one that a broker gave out as its own. */
function cannotReach(trial: Trial, why: string): string {
  const isNamed = trial.address === undefined || trial.kafka.brokers.includes(where(trial));
  const question = isNamed
    ? 'is spec.kafka.brokers right'
    : 'the cluster itself names this address: are the advertised.listeners of its brokers right';
  return `cannot reach Kafka at ${where(trial)} (${why}); ${question}`;
}

function closed(trial: Trial, { speaks, mechanisms = [] }: Finding): string {
  const kafka = `Kafka at ${where(trial)}`;
  if (speaks === 'TLS') return `${kafka} speaks TLS: set spec.kafka.tls, or name its plain port in spec.kafka.brokers`;
  if (mechanisms.length > 0)
    return `${kafka} wants clients to authenticate (SASL ${mechanisms.join(', ')}): set spec.kafka.sasl`;
  return `${kafka} closed the connection; is the broker, or something on the way to it, being restarted?`;
}

function noTls(trial: Trial, { speaks }: Finding): string {
  const kafka = `Kafka at ${where(trial)}`;
  return speaks === 'plain text'
    ? `${kafka} speaks plain text: remove spec.kafka.tls, or name its TLS port in spec.kafka.brokers`
    : `${kafka} hangs up before TLS begins: is that its TLS port, and is the broker running?`;
}

function about({ asked = [] }: Trial): string {
  return asked.length === 0 ? '' : ` about ${asked.map(nameOf).join(', ')}`;
}

/** kafkajs' messages hold no credentials; of other errors only the kind is told, the rest is in the cause. */
function inItsWords({ name, message }: Failure): string {
  if (!name.startsWith('KafkaJS')) return name === '' ? '' : ` (${name})`;
  return `: ${message.split('\n')[0]!.slice(0, 200)}`;
}
