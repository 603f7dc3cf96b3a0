/** Puts a job's consumer and producer together from a cluster: for the pods, and for a run in one process. */
import type { JobIdentity } from '../../crds/identity.ts';
import { consumerWriterId, producerTopic, producerWriterId, runTopic } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { ConsumerContext } from '../consumer/consumer-context.ts';
import { layoutOf } from '../consumer/job-layout.ts';
import type { ConsumerObserver } from '../consumer/observer.ts';
import { createInternalTopic, createSourceTopic } from '../consumer/topics.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import type { Log } from '../log/log.ts';
import { recordEnd } from '../producer/produced-run.ts';
import type { ProducerObserver } from '../producer/producer.ts';
import { Producer } from '../producer/producer.ts';
import type { Delivery } from '../sinks/registry.ts';
import type { Source } from '../sources/source.ts';

/** A member that finishes a long commit is waited for this long. */
const REBALANCE_TIMEOUT_MILLIS = 60_000;

export interface JobParts {
  readonly job: StreamJob;
  readonly identity: JobIdentity;
  readonly log: Log;
  /** The run ends where its producer does. */
  readonly endsWithProducer: boolean;
  readonly now: () => number;
}

export interface ConsumerParts extends JobParts {
  readonly plan: JobPlan;
  /** How this process calls itself. */
  readonly instance: string;
  readonly delivery: Delivery;
  readonly observer: ConsumerObserver;
  readonly commitIntervalMillis: number;
  readonly sessionTimeoutMillis: number;
  readonly stateLimitBytes: number;
  readonly endWhenDone: boolean;
}

export function composeConsumer(parts: ConsumerParts): ConsumerContext {
  const { job, plan, identity, log, delivery, observer, now, endsWithProducer } = parts;
  const layout = layoutOf(job, plan, identity);
  return {
    job,
    plan,
    layout,
    log,
    writer: log.writer(consumerWriterId(identity, parts.instance)),
    delivery,
    observer,
    commitIntervalMillis: parts.commitIntervalMillis,
    sessionTimeoutMillis: parts.sessionTimeoutMillis,
    rebalanceTimeoutMillis: REBALANCE_TIMEOUT_MILLIS,
    stateLimitBytes: parts.stateLimitBytes,
    endWhenDone: parts.endWhenDone,
    now,
    random: Math.random,
    setup: {
      job,
      plan,
      layout,
      log,
      writer: log.writer(layout.runTopic),
      outputs: delivery.kind === 'topic' ? delivery.topics : [],
      endsWithProducer,
      now,
      onDifference: (line) => observer.differs(line),
    },
  };
}

export interface ProducerParts extends JobParts {
  /** Made anew after a failure. */
  readonly createSource: () => Source;
  readonly observer: ProducerObserver;
}

export function composeProducer({ job, identity, log, endsWithProducer, now, ...parts }: ProducerParts): Producer {
  const writer = log.writer(producerWriterId(identity));
  const topic = job.spec.topic.name;
  return new Producer({
    ...parts,
    topic,
    positionTopic: producerTopic(identity),
    log,
    writer,
    prepare: async () => {
      await createSourceTopic(log, job);
      await createInternalTopic(log, job, producerTopic(identity), 1);
      await createInternalTopic(log, job, runTopic(identity), 1);
    },
    end: async () => {
      if (endsWithProducer) await recordEnd(log, writer, { topic, runTopic: runTopic(identity), now: now() });
    },
    now,
    random: Math.random,
  });
}
