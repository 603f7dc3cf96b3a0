/** Observations to start a test from: a sound job on a Kafka that answers, and what the test says of the rest. */
import type { Changes } from '../../test/crd/manifests.ts';
import { manifest } from '../../test/crd/manifests.ts';
import type { JobResource } from '../resources/kube-object.ts';
import type { OperatorOptions } from '../resources/operator-options.ts';
import { runOf } from '../resources/run.ts';
import { evaluateSpec } from '../spec/evaluate.ts';
import type { InputFacts, KafkaFacts, Observed, PartitionProgress, PodFacts, ProgressFacts } from './observed.ts';

export const NOW = Date.UTC(2024, 0, 1);
export const CREATED = '2023-12-31T00:00:00Z';
export const UID = '4b1d1ad3-0000-4000-8000-000000000001';
export const IMAGE = 'streamjob-runtime:1';

export const OPTIONS: OperatorOptions = {
  namespaces: [],
  image: IMAGE,
  imagePullPolicy: 'IfNotPresent',
  defaultKafka: undefined,
  defaultResources: {},
  networkPolicies: true,
  cleanupMillis: 300_000,
  operatorVersion: '1.0.0',
};

export interface JobChanges {
  /** Of the manifest, by paths such as `spec.window.size`; undefined takes a field out. */
  readonly spec?: Changes;
  readonly name?: string;
  readonly metadata?: Partial<JobResource['metadata']>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly status?: JobResource['status'];
}

/** A windowed job of one stage that reads topic "rides" of four partitions. */
export function jobResource({ spec = {}, name = 'job', metadata, annotations, status }: JobChanges = {}): JobResource {
  const document = manifest({ 'spec.kafka': { brokers: ['kafka:9092'] }, 'spec.topic.partitions': 4, ...spec });
  return {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: {
      name,
      namespace: 'team',
      uid: UID,
      generation: 1,
      creationTimestamp: CREATED,
      ...(annotations && { annotations }),
      ...metadata,
    },
    spec: document['spec'] as JobResource['spec'],
    ...(status && { status }),
  };
}

type Facts = Partial<Omit<Observed, 'job' | 'verdict' | 'options'>>;

/** A job of which nothing is there yet. */
export function observed(
  { options, ...changes }: JobChanges & { options?: Partial<OperatorOptions> } = {},
  facts: Facts = {},
): Observed {
  const job = jobResource(changes);
  return {
    now: NOW,
    options: { ...OPTIONS, ...options },
    job,
    verdict: evaluateSpec(job),
    owned: [],
    inputs: [],
    pods: [],
    peers: [],
    kafkaRun: runOf(job),
    kafka: {},
    scaling: { recommended: [] },
    ...facts,
  };
}

/** Committed offset, end, and watermark of a partition. */
export type Place = readonly [committed: number | undefined, end: number, watermark?: number];

export function progressAt(
  at: number,
  places: readonly Place[],
  more: Partial<Pick<ProgressFacts, 'deadLetters' | 'isDone'>> = {},
): ProgressFacts {
  const partitions = places.map(([committed, end, watermark = 1000], partition): PartitionProgress => {
    return { topic: 'rides', partition, committed, end, lag: end - (committed ?? 0), watermark };
  });
  return { at, partitions, deadLetters: 0, isDone: false, ...more };
}

/** Everything that was written was read. */
export const QUIET = progressAt(NOW, [
  [5, 5],
  [5, 5],
  [5, 5],
  [5, 5],
]);

/** A Kafka that answers, with a topic of four partitions. */
export const kafkaAt = (facts: Partial<KafkaFacts> = {}): KafkaFacts => ({
  at: NOW,
  partitions: 4,
  progress: QUIET,
  ...facts,
});

export const podOf = (facts: Partial<PodFacts> = {}): PodFacts => ({
  name: 'job-consumer-0',
  role: 'consumer',
  revision: '00000000',
  run: runOf(jobResource()),
  isReady: true,
  isDeleting: false,
  restarts: 0,
  createdAt: NOW - 3_600_000,
  ...facts,
});

export const secret = (name: string, keys: readonly string[], version = '1'): InputFacts => ({
  kind: 'Secret',
  name,
  found: { uid: `uid-of-${name}`, resourceVersion: version, keys },
});
