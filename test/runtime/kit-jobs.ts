/**
 * Jobs to try the runtime with: csv records TIME,KEY,VALUE with the time in milliseconds, passed on as they are or summed
 * by key in windows of ten seconds, and their results as text that is easy to compare. What they are to be comes from
 * the reference interpreter.
 */
import { parseStreamJob } from '../../crds/parse.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobIdentity } from '../../crds/identity.ts';
import { interpret } from '../reference/interpreter.ts';
import type { InputRecord } from '../reference/interpreter.ts';

export const NAMESPACE = 'lifecycle';
export const RUN = 'r1';

export interface Manifest {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly [part: string]: unknown;
}

export type Patch = Readonly<Record<string, unknown>>;

/** Where the results of a job go. */
export const outOf = ({ metadata }: Manifest): string => `${metadata.name}-out`;

export const identityOf = ({ metadata }: Manifest, run: string = RUN, uid = 'u1'): JobIdentity => ({
  ...metadata,
  run,
  uid,
});

const BASE = {
  schema: {
    format: 'csv',
    fields: [
      { name: 'TIME', type: 'timestamp', format: 'epochMillis' },
      { name: 'KEY', type: 'string' },
      { name: 'VALUE', type: 'long' },
    ],
    eventTime: 'TIME',
  },
} as const;

/** Passes records on: VALUE of each is its line of the results. It reads the topic of its name; no other field is decoded. */
export function passing(brokers: readonly string[], name: string, patch: Patch = {}): Manifest {
  return manifest(name, {
    ...BASE,
    topic: { name, partitions: 1 },
    kafka: { brokers },
    sink: { kafka: { topic: `${name}-out`, format: 'csv', columns: ['VALUE'] } },
    ...patch,
  });
}

export const SUMS = {
  type: 'tumbling',
  size: '10s',
  groupBy: ['KEY'],
  aggregate: { SUM: { sum: 'VALUE' }, N: { count: '*' } },
} as const;

/** Sums by key in windows: a line `START,KEY,SUM,N` each. Records are keyed by KEY, so there is no shuffle. */
export function summing(brokers: readonly string[], name: string, patch: Patch = {}): Manifest {
  return manifest(name, {
    ...BASE,
    schema: { ...BASE.schema, key: { fields: ['KEY'] } },
    topic: { name, partitions: 1 },
    kafka: { brokers },
    window: SUMS,
    sink: {
      kafka: {
        topic: `${name}-out`,
        format: 'csv',
        columns: ['window.start', 'KEY', 'SUM', 'N'],
        columnOptions: { 'window.start': { format: 'epochMillis' } },
      },
    },
    ...patch,
  });
}

/** The same job with other parts of its spec. */
export const withSpec = (of: Manifest, patch: Patch): Manifest => ({ ...of, spec: { ...of.spec, ...patch } });

/** What a summing job gives for these records, sorted: the windows that end at `watermark` or before, milliseconds. */
export function sumsOf(of: Manifest, records: readonly InputRecord[], watermark = Infinity): string[] {
  const { rows } = interpret(jobOf(of), records, { now: Date.now() });
  return rows
    .filter(({ windowEnd }) => windowEnd! <= watermark)
    .map(({ windowStart, values: { KEY, SUM, N } }) => `${windowStart},${KEY},${SUM},${N}`)
    .sort();
}

/** `value` of a record at `second` seconds of event time. */
export const line = (second: number, key: string, value: number): string => `${second * 1000},${key},${value}`;

/** One record per second and key, whose value is one more than the second. */
export function steady(keys: readonly string[], from: number, seconds: number): { key: string; value: string }[] {
  return Array.from({ length: seconds }, (_, i) =>
    keys.map((key) => ({ key, value: line(from + i, key, from + i + 1) })),
  ).flat();
}

function manifest(name: string, spec: Patch): Manifest {
  const made = {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: { name, namespace: NAMESPACE },
    spec,
  };
  jobOf(made);
  return made;
}

function jobOf(of: Manifest): StreamJob {
  const parsed = parseStreamJob(of);
  if ('job' in parsed) return parsed.job;
  throw new RangeError(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}
