/** What Kafka refused because of who we are, in a line for a person: SASL and ACLs. */
import type { Failure } from './failure-kind.ts';
import { errorName } from '../protocol-errors.ts';
import { expiry, nameOf, where } from './trial.ts';
import type { Asked, Finding, Trial } from './trial.ts';

/** What a code of a missing ACL is about. */
const RESOURCES: Readonly<Record<number, Asked['resource']>> = {
  29: 'Topic',
  30: 'Group',
  31: 'Cluster',
  53: 'TransactionalId',
};

export function loginRefused({ kafka: { sasl }, identity }: Trial): string {
  if (!sasl) return 'Kafka refuses to let us in: set spec.kafka.sasl';
  const remedy = `of the Secret ${sasl.secretRef.name} named in spec.kafka.sasl.secretRef`;
  if (sasl.mechanism === 'OAUTHBEARER')
    return `Kafka refuses the bearer token${expiry(identity)} (OAUTHBEARER): check the key token ${remedy}`;
  const user = identity?.principal?.slice('User:'.length);
  const who = user === undefined ? 'the user' : `user ${JSON.stringify(user)}`;
  return `Kafka refuses ${who} (${sasl.mechanism}): check the keys username and password ${remedy}`;
}

export function mechanismRefused(trial: Trial, { mechanisms = [] }: Finding): string {
  const wanted = trial.kafka.sasl?.mechanism ?? '';
  const offered = mechanisms.length === 0 ? '' : `, but ${mechanisms.join(', ')}`;
  return (
    `Kafka at ${where(trial)} has not enabled the SASL mechanism ${wanted}${offered}: ` +
    'set spec.kafka.sasl.mechanism to one that it has'
  );
}

export function saslRefused(trial: Trial): string {
  return (
    `Kafka at ${where(trial)} takes no SASL on this port: ` +
    'remove spec.kafka.sasl, or name its SASL port in spec.kafka.brokers'
  );
}

/** Such as `not allowed to read topic "t": grant User:x READ on Topic t`. */
export function forbidden({ asked = [], identity }: Trial, { code = 0 }: Failure): string {
  const who = identity?.principal ?? 'the user of the job';
  const touched = asked.filter(({ resource }) => resource === RESOURCES[code]);
  if (touched.length === 0) return `Kafka forbids it (${errorName(code)}): grant ${who} what the job needs`;
  const what = touched.map((each) => `${inWords(each.operation)} ${nameOf(each)}`).join(' or ');
  const grants = touched.map(({ operation, resource, name }) => `${operation} on ${resource} ${name}`).join(', ');
  return `not allowed to ${what}: grant ${who} ${grants}`;
}

function inWords(operation: Asked['operation']): string {
  const [verb, ...rest] = operation.toLowerCase().split('_');
  return rest.length === 0 ? verb! : `${verb} ${rest.join(' ')} of`;
}
