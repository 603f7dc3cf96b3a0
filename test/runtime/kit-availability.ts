/**
 * What tests of time, outages and interoperation have in common: small jobs that count records by key, records for them
 * in any order of partitions, and what became of them in the log. Event time runs from one fixed instant.
 */
import { groupName } from '../../crds/identity.ts';
import type { JobIdentity } from '../../crds/identity.ts';
import type { Log, TopicPartition } from '../../job-runtime/log/log.ts';
import { KafkaLog } from '../../job-runtime/log/kafka/kafka-log.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import { valueOf } from '../../job-runtime/record.ts';
import { readCommitted } from '../../job-runtime/state/read-committed.ts';
import { plainConnections } from '../kafka/connections.ts';
import type { RunningPod } from './pods.ts';

export const NAMESPACE = 'tests';
export const UID = 'u1';
const START = Date.UTC(2026, 0, 1);

export interface JobOptions {
  readonly name: string;
  readonly brokers: readonly string[];
  readonly partitions: number;
  /** `shuffled` regroups behind a repartition topic. */
  readonly kind?: 'keyed' | 'shuffled';
  readonly idleTimeout?: string;
  /** On top of the spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Beside the brokers. */
  readonly kafka?: Readonly<Record<string, unknown>>;
}

export const sourceTopic = (name: string): string => `${name}-in`;
export const outputTopic = (name: string): string => `${name}-out`;

export const identityOf = (name: string): JobIdentity => ({ namespace: NAMESPACE, name, uid: UID, run: 'r1' });

/** Counts and sums records per key and five seconds. */
export function manifestOf(options: JobOptions): object {
  const { name, brokers, partitions, kind = 'keyed', idleTimeout = '10m', spec, kafka } = options;
  return {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      kafka: { brokers: [...brokers], ...kafka },
      topic: { name: sourceTopic(name), partitions },
      schema: {
        format: 'csv',
        fields: [
          { name: 'ID', type: 'string' },
          { name: 'AT', type: 'timestamp', format: 'iso8601' },
          { name: 'N', type: 'long' },
        ],
        eventTime: 'AT',
        ...(kind === 'keyed' && { key: { fields: ['ID'] } }),
      },
      window: {
        type: 'tumbling',
        size: '5s',
        watermark: { delay: '0s', idleTimeout },
        groupBy: ['ID'],
        aggregate: { RECORDS: { count: '*' }, SUM: { sum: 'N' } },
        ...(kind === 'shuffled' && { shuffle: 'always' }),
      },
      sink: { kafka: { topic: outputTopic(name), format: 'json' } },
      ...spec,
    },
  };
}

/** A record of a job: its key, the second of its event time, and a number. */
export interface Row {
  readonly id: string;
  readonly second: number;
  readonly n: number;
}

export interface Result {
  readonly ID: string;
  readonly RECORDS: number;
  readonly SUM: number;
}

export const textOf = ({ id, second, n }: Row): string => `${id},${new Date(START + second * 1000).toISOString()},${n}`;

/** What the job must give for these rows once all windows are closed, in the order of `sorted`. */
export function expectedOf(rows: readonly Row[]): string[] {
  const groups = new Map<string, { ID: string; RECORDS: number; SUM: number }>();
  for (const { id, second, n } of rows) {
    const name = `${id} ${Math.floor(second / 5)}`;
    const group = groups.get(name) ?? { ID: id, RECORDS: 0, SUM: 0 };
    groups.set(name, { ID: id, RECORDS: group.RECORDS + 1, SUM: group.SUM + n });
  }
  return sorted([...groups.values()]);
}

/** Results as texts that compare alike whatever their order and their other columns. */
export function sorted(results: readonly Result[]): string[] {
  return results.map(({ ID, RECORDS, SUM }) => `${ID} ${RECORDS} ${SUM}`).sort();
}

/** The log of a test's own, beside the pods. */
export const logAt = (brokers: readonly string[]): Log => new KafkaLog(plainConnections(brokers));

/** Writes rows in one transaction, each to the partition that `partitionOf` says. */
export async function writeRows(
  log: Log,
  topic: string,
  rows: readonly Row[],
  partitionOf: (row: Row) => number,
): Promise<void> {
  const builders = new Map<number, RecordBuilder>();
  for (const row of rows) {
    const partition = partitionOf(row);
    const builder = builders.get(partition) ?? new RecordBuilder();
    builders.set(partition, builder);
    builder.append(Buffer.from(row.id), Buffer.from(textOf(row)), Date.now());
  }
  const writer = log.writer(`test-${topic}`);
  await writer.open();
  const transaction = writer.begin();
  for (const [partition, builder] of builders) transaction.append(topic, partition, builder);
  await transaction.commit();
}

/** All committed values of a topic, a text each; none where there is no such topic. */
export async function valuesOf(log: Log, topic: string): Promise<string[]> {
  const values: string[] = [];
  for (const at of await partitionsOf(log, topic))
    await readCommitted(
      { log, at },
      {
        take: (batch, row) => void values.push(Buffer.from(valueOf(batch, row) ?? []).toString()),
        reset: () => undefined,
      },
    );
  return values;
}

export async function resultsOf(log: Log, topic: string): Promise<string[]> {
  return sorted((await valuesOf(log, topic)).map((value) => JSON.parse(value) as Result));
}

export async function partitionsOf(log: Log, topic: string): Promise<TopicPartition[]> {
  const count = await log.partitionCount(topic);
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}

/** Where each partition of these topics ends, by TOPIC/PARTITION. */
export async function endsOf(log: Log, topics: readonly string[]): Promise<Record<string, number>> {
  const partitions = (await Promise.all(topics.map((topic) => partitionsOf(log, topic)))).flat();
  const ends = partitions.map(async (at) => [`${at.topic}/${at.partition}`, (await log.offsets(at)).end] as const);
  return Object.fromEntries(await Promise.all(ends));
}

/** What the job's group has committed, by TOPIC/PARTITION. */
export async function committedOf(log: Log, name: string, topics: readonly string[]): Promise<Record<string, number>> {
  const found = topics.map(async (topic) => {
    const positions = await log.positions(groupName(identityOf(name)), topic);
    return [...positions].map(
      ([partition, { position }]) => [`${topic}/${partition}`, position?.offset ?? -1] as const,
    );
  });
  return Object.fromEntries((await Promise.all(found)).flat());
}

/** What a pod answers to a probe: the status code, or undefined where it does not answer. */
export async function probe(pod: RunningPod, page: 'livez' | 'readyz'): Promise<number | undefined> {
  const port = pod.lines.find(({ event }) => event === 'started')?.['httpPort'] as number | undefined;
  if (port === undefined) return undefined;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/${page}`, { signal: AbortSignal.timeout(2000) });
    await answer.text();
    return answer.status;
  } catch {
    return undefined;
  }
}
