/**
 * Names of the objects of a job. A job's name may have 253 characters and dots, and may start with a digit; a Service's
 * may have 63, no dots, and starts with a letter. So all children are called BASE-SOMETHING, where BASE is the job's
 * name if that is short and simple, else a shortened one with a hash. Two jobs of a namespace never share a BASE.
 */
import { base36Hash } from './hash.ts';

/** Who applies, in managedFields. */
export const FIELD_MANAGER = 'streamjob-operator';
export const FINALIZER = 'streamjob.dev/kafka-cleanup';

/** Pods are called BASE-consumer-TEMPLATE-RANDOM, and their names are cut at 63. */
const LONGEST_BASE = 40;
const DNS_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** One more than a name that was left as it is, so that the two never look alike. */
const SHORTENED_BASE = LONGEST_BASE + 1;
const LEAST_HASH_DIGITS = 10;

/** At most 41 characters, a DNS-1035 label; another one for each name. */
export function baseName(job: string): string {
  if (job.length <= LONGEST_BASE && DNS_1035.test(job)) return job;
  const readable = `${/^[a-z]/.test(job) ? '' : 'j'}${job}`.replaceAll('.', '-');
  const kept = readable.slice(0, SHORTENED_BASE - LEAST_HASH_DIGITS - 1).replace(/-+$/, '');
  return `${kept}-${base36Hash(job, SHORTENED_BASE - kept.length - 1)}`;
}

const SUFFIXES = {
  serviceAccount: 'job',
  networkPolicy: 'job',
  service: 'metrics',
  consumer: 'consumer',
  producer: 'producer',
  disruptionBudget: 'consumer',
} as const;

/** Objects that a job has one of; `consumer` and `producer` are the Deployments. */
export type Child = keyof typeof SUFFIXES;

/** At most 50 characters. */
export const childName = (job: string, child: Child): string => `${baseName(job)}-${SUFFIXES[child]}`;

/** Of the ConfigMap. `revision`: always 8 hexadecimal digits, so that the names of two bases differ. */
export const revisionName = (job: string, revision: string): string => `${baseName(job)}-${revision}`;
