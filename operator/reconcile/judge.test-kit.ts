/** Jobs in all kinds of states, and what a table of judgements consists of. */
import type { Changes } from '../../test/crd/manifests.ts';
import type { KafkaFacts, Observed, PodFacts, RunFacts } from './observed.ts';
import { kafkaAt, NOW, observed, podOf, progressAt, QUIET } from './observed.test-kit.ts';
import { World } from './world.test-kit.ts';

export interface Case {
  readonly name: string;
  readonly of: () => Observed;
  /** TYPE STATUS REASON. */
  readonly want: string;
  /** A part of its message. */
  readonly says?: string;
}

export const WINDOWLESS = { 'spec.window': undefined };
export const EARLIER = NOW - 15_000;
export const DEAD = progressAt(NOW, [[5, 5]], { deadLetters: 2 });
/** Records wait; one place was reached in 15 seconds. */
export const MOVING = kafkaAt({
  progress: progressAt(NOW, [[5, 9, 2000]]),
  earlier: progressAt(EARLIER, [[4, 9, 1000]]),
});
export const STANDING = kafkaAt({ progress: progressAt(NOW, [[5, 9]]), earlier: progressAt(EARLIER, [[5, 9]]) });
/** What the run of such a job has recorded of itself. */
export function recorded(spec: Changes, facts: Partial<RunFacts>): KafkaFacts {
  const { job, verdict } = observed({ spec });
  const { fingerprint } = verdict.sound!;
  return kafkaAt({ run: { uid: job.metadata.uid, partitions: 4, shufflePartitions: 8, fingerprint, ...facts } });
}

/** A job whose pods all work, and then something else. */
export function running(changes: Parameters<typeof World.running>[0] = {}, facts: Partial<Observed> = {}): Observed {
  return { ...World.running(changes).observe(), ...facts };
}

export const troubled = (code: string, more: Partial<PodFacts> = {}): Observed =>
  running({}, { pods: [podOf({ isReady: false, trouble: { code, message: 'something is wrong' }, ...more })] });

export const crashed = (code: string): Observed =>
  running(
    {},
    { pods: [podOf({ isReady: false, failure: { reason: 'CrashLoopBackOff', message: 'it ended', code } })] },
  );

/** As after a start of the operator. */
export function afterwards(kafka: KafkaFacts): Observed {
  const world = World.running();
  world.kafka = kafka;
  world.live();
  return { ...world.observe(), kafka: {} };
}

export function suspended(facts: Partial<Observed> = {}): Observed {
  const world = World.running();
  world.edit({ spec: { 'spec.suspend': true } });
  world.live();
  return { ...world.observe(), ...facts };
}

export function completed(): Observed {
  const world = World.running({ spec: { 'spec.stopAt': { position: 'latest' } } });
  world.kafka = kafkaAt({ progress: { ...QUIET, isDone: true } });
  world.live();
  return world.observe();
}

export function withoutStatusOf(name: string): Observed {
  const world = World.running();
  world.setStatus(`job-${name}`, undefined);
  return world.observe();
}

/** With this status of its consumers. */
export function counted(status: object): Observed {
  const world = World.running();
  world.setStatus('job-consumer', status);
  return world.observe();
}

export function replicaFailure(): Observed {
  const world = World.running();
  world.setStatus('job-consumer', {
    conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods' }],
  });
  return world.observe();
}

export function otherImage(): Observed {
  const world = World.running();
  world.options = { ...world.options, image: 'streamjob-runtime:2' };
  return world.observe();
}

export const NEEDS_LOGIN = {
  'spec.kafka': { brokers: ['kafka:9092'], sasl: { mechanism: 'PLAIN', secretRef: { name: 'login' } } },
};
export const NEEDS_ENV = {
  'spec.runtime': {
    podTemplate: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'other', key: 'a' } } }] },
  },
};
export const KEYED = {
  'spec.schema.key': { fields: ['vendor'] },
};
