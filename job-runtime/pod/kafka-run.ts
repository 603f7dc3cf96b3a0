/**
 * A whole job in this process on a real cluster (`streamjob run --kafka`): its producer and one consumer, the same as in
 * pods. It ends when the producer's source and every window behind it are done; a stop commits and closes no window, so
 * the same run can go on later.
 */
import type { Writable } from 'node:stream';
import type { JobIdentity } from '../../crds/identity.ts';
import { deadLetterTopic } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { Consumer } from '../consumer/consumer.ts';
import type { ConsumerContext } from '../consumer/consumer-context.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import type { KafkaCluster } from '../log/kafka/open-kafka.ts';
import type { RunProgress, RunSummary } from '../local/summary.ts';
import { isFinite } from '../producer/produced-run.ts';
import type { Delivery } from '../sinks/registry.ts';
import { createDelivery } from '../sinks/registry.ts';
import { createSource } from '../sources/registry.ts';
import type { Source } from '../sources/source.ts';
import { composeConsumer, composeProducer } from './compose.ts';
import { isDeadLettered } from '../dead-letters/rejects.ts';
import { RunTally } from './run-tally.ts';

export interface KafkaRunOptions {
  readonly cluster: KafkaCluster;
  readonly identity: JobIdentity;
  readonly unpaced: boolean;
  /** Where the console sink prints. */
  readonly stdout: Writable;
  /** Trouble with the cluster, and what else people should know at once; one line. */
  readonly say: (line: string) => void;
  readonly now: () => number;
  readonly sleep: (millis: number, signal?: AbortSignal) => Promise<void>;
}

const COMMIT_INTERVAL_MILLIS = 1000;
const SESSION_TIMEOUT_MILLIS = 10_000;

export class KafkaRun {
  private readonly job: StreamJob;
  private readonly plan: JobPlan;
  private readonly options: KafkaRunOptions;
  private readonly tally: RunTally;
  private readonly delivery: Delivery;
  private readonly stdoutClosed = new AbortController();
  private source: Source | undefined;

  /** Throws ConfigInvalid where the sink cannot be used. */
  constructor(job: StreamJob, plan: JobPlan, options: KafkaRunOptions) {
    this.job = job;
    this.plan = plan;
    this.options = options;
    this.tally = new RunTally(options.say, (reason) => isDeadLettered(job, reason));
    this.delivery = createDelivery(job.spec.sink, plan, {
      job: job.metadata.name,
      run: options.identity.run,
      stdout: options.stdout,
      onStdoutClosed: () => this.stdoutClosed.abort(),
      retry: { attempts: 8, firstDelayMillis: 50, maxDelayMillis: 5000, sleep: options.sleep, random: Math.random },
    });
  }

  async run(signal: AbortSignal): Promise<RunSummary> {
    const { cluster, identity } = this.options;
    const stop = new AbortController();
    const stopAll = (): void => stop.abort();
    const either = AbortSignal.any([signal, this.stdoutClosed.signal]);
    either.addEventListener('abort', stopAll, { once: true });
    if (either.aborted) stopAll();
    try {
      if (this.delivery.kind === 'outbox') await this.delivery.sink.open();
      const consumer = new Consumer(this.consumerContext(), (options) => cluster.join(options));
      // Whichever fails takes the other along.
      const both = [consumer.run(stop.signal), this.produce(stop.signal)];
      await Promise.all(both.map((half) => half.catch((error: unknown) => this.failed(error, stopAll))));
      return this.tally.summary({
        stopped: stop.signal.aborted,
        run: identity.run,
        outputs: this.delivery.kind === 'topic' ? this.delivery.topics : [],
        deadLetterTopic: deadLetterTopic(identity),
      });
    } finally {
      either.removeEventListener('abort', stopAll);
      if (this.delivery.kind === 'outbox') await this.delivery.sink.close();
      await cluster.close();
    }
  }

  progress(): RunProgress {
    const source = this.source?.progress() ?? { done: 0, total: undefined, unit: 'records' };
    return this.tally.progress(source);
  }

  private failed(error: unknown, stopAll: () => void): never {
    stopAll();
    throw error;
  }

  private async produce(signal: AbortSignal): Promise<void> {
    const { job, options } = this;
    const { cluster, identity, now, unpaced } = options;
    if (!job.spec.producer) return;
    const producer = composeProducer({
      job,
      identity,
      log: cluster.log,
      endsWithProducer: this.endsWithProducer(),
      createSource: () => (this.source = createSource(job, { now: now(), paced: !unpaced })),
      observer: this.tally.ofProducer,
      now,
    });
    await producer.run(signal);
  }

  /** A run of a finite source ends with it, unless the manifest says where else. */
  private endsWithProducer(): boolean {
    const { stopAt } = this.job.spec;
    return isFinite(this.job) && (stopAt === undefined || stopAt.position === 'latest');
  }

  private consumerContext(): ConsumerContext {
    const { job, plan, delivery, tally } = this;
    const { cluster, identity, now } = this.options;
    return composeConsumer({
      job,
      plan,
      identity,
      log: cluster.log,
      instance: 'local',
      delivery,
      observer: tally,
      endsWithProducer: this.endsWithProducer(),
      commitIntervalMillis: COMMIT_INTERVAL_MILLIS,
      sessionTimeoutMillis: SESSION_TIMEOUT_MILLIS,
      stateLimitBytes: Infinity,
      endWhenDone: true,
      now,
    });
  }
}
