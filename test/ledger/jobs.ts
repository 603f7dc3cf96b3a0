/**
 * The two jobs that work on the same topic at once: one keeps its groups by the record key, the other regroups behind a
 * shuffle. Both write to topics of their own, and both end where the producer of the first one ends.
 */
import type { JobIdentity } from '../../crds/identity.ts';
import { parseStreamJob } from '../../crds/parse.ts';
import type { StreamJob } from '../../crds/stream-job.ts';

export const PARTITIONS = 4;
export const SOURCE_TOPIC = 'turnstiles';
export const JOB_NAMES = ['keyed', 'shuffled'] as const;
export type JobName = (typeof JOB_NAMES)[number];

export interface JobOptions {
  readonly brokers: readonly string[];
  readonly inputFile: string;
  /** Records per second. */
  readonly rate: number;
  /** Longer than any outage: a partition that nobody can read must not count as idle. */
  readonly idleTimeout: string;
}

const FIELDS = [
  { name: 'ID', type: 'string' },
  { name: 'STATION', type: 'string' },
  { name: 'LINE', type: 'string' },
  { name: 'TIME', type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss' },
  { name: 'ENTRIES', type: 'long' },
  { name: 'EXITS', type: 'long' },
];

export const identityOf = (name: JobName): JobIdentity => ({
  namespace: 'ledger',
  name,
  uid: `uid-${name}`,
  run: 'r1',
});

export const outputTopic = (name: JobName): string => `results-${name}`;

/** The manifest as the operator mounts it. */
export function manifestOf(name: JobName, options: JobOptions): object {
  const { idleTimeout } = options;
  return {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: { name, namespace: identityOf(name).namespace },
    spec: {
      kafka: { brokers: [...options.brokers] },
      topic: { name: SOURCE_TOPIC, partitions: PARTITIONS },
      schema: { format: 'csv', fields: FIELDS, eventTime: 'TIME', key: { fields: ['ID'] } },
      producer: { source: { file: { path: options.inputFile } }, rate: `${options.rate}/s` },
      stopAt: { position: 'latest' },
      sink: { kafka: { topic: outputTopic(name), format: 'json' } },
      ...(name === 'keyed' ? keyed(idleTimeout) : shuffled(idleTimeout)),
    },
  };
}

const keyed = (idleTimeout: string): object => ({
  steps: [{ name: 'once', deduplicate: { by: ['ID', 'TIME', 'ENTRIES', 'EXITS'] } }],
  window: {
    type: 'tumbling',
    size: '5m',
    watermark: { delay: '1m', idleTimeout },
    groupBy: ['ID', 'STATION'],
    aggregate: { RECORDS: { count: '*' }, ENTRIES: { sum: 'ENTRIES' }, EXITS: { sum: 'EXITS' } },
  },
});

/** Its watermark is so close behind that some of the disorder is late too. */
const shuffled = (idleTimeout: string): object => ({
  window: {
    type: 'tumbling',
    size: '1m',
    watermark: { delay: '45s', idleTimeout },
    groupBy: ['STATION', 'LINE'],
    aggregate: {
      RECORDS: { count: '*' },
      ENTRIES: { sum: 'ENTRIES' },
      MOST: { max: 'EXITS' },
      LAST: { last: 'EXITS' },
    },
    late: 'deadLetter',
  },
});

/** Judged and completed as the runtime does it. Throws where the manifest is wrong. */
export function jobOf(manifest: object): StreamJob {
  const parsed = parseStreamJob(manifest);
  if ('job' in parsed) return parsed.job;
  throw new RangeError(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}
