/**
 * The operator as a whole: connects the parts, and runs them until it is told to stop or has lost its leadership. One
 * process leads and works; the others keep their copies warm and wait.
 */
import type { Kafka } from '../crds/stream-job.ts';
import { Writes } from './cluster/apply.ts';
import { isApiError } from './cluster/api-error.ts';
import type { KubeClient } from './cluster/kube-client.ts';
import { connect } from './cluster/client.ts';
import type { Credentials } from './cluster/credentials.ts';
import { Heartbeat } from './cluster/heartbeat.ts';
import { objectPath } from './cluster/kinds.ts';
import { Lease } from './cluster/lease.ts';
import { readInput, readSecret } from './cluster/secrets.ts';
import { CarryOut } from './carry-out.ts';
import { Copies } from './copies.ts';
import { Controller } from './controller.ts';
import { Inputs } from './inputs.ts';
import { cleanKafka } from './kafka/cleanup.ts';
import { KafkaClusters } from './kafka/clusters.ts';
import { readKafkaCredentials } from './kafka/credentials.ts';
import { observeKafka } from './kafka/job-kafka.ts';
import { POLL_LIMITS } from './kafka/poll-schedule.ts';
import { ProgressPoller } from './kafka/progress-poller.ts';
import { Observer } from './observe.ts';
import type { ProcessSettings } from './options.ts';
import { PodStatusReader } from './pods/pod-status.ts';
import { PodTroubles } from './pods/pod-troubles.ts';
import type { Observed } from './reconcile/observed.ts';
import type { KafkaCleanup } from './reconcile/plan.ts';
import type { KubeObject, ObjectRef } from './resources/kube-object.ts';
import type { OperatorOptions } from './resources/operator-options.ts';
import { HTTP_PORT } from './resources/pod-template.ts';
import { SpecVerdicts } from './spec/evaluate.ts';
import type { OperatorReport } from './telemetry/health.ts';
import { liveness, readiness } from './telemetry/health.ts';
import type { HttpServer } from './telemetry/http-server.ts';
import { startHttpServer } from './telemetry/http-server.ts';
import type { Logger } from './telemetry/logger.ts';
import type { OperatorMetrics } from './telemetry/metrics.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { SYSTEM_TIMERS, WorkQueue } from './work-queue.ts';

export interface OperatorNeeds {
  readonly credentials: Credentials;
  readonly options: OperatorOptions;
  readonly settings: ProcessSettings;
  readonly logger: Logger;
}

/** Verdicts that are kept: of two generations of many jobs. */
const MOST_VERDICTS = 4096;
const STOP_MILLIS = 10_000;

export class Operator {
  private readonly needs: OperatorNeeds;
  private readonly client: KubeClient;
  private readonly metrics: OperatorMetrics;
  private readonly queue: WorkQueue;
  private readonly copies: Copies;
  private readonly heartbeat: Heartbeat;
  private readonly lease: Lease | undefined;
  private readonly clusters: KafkaClusters;
  private readonly poller: ProgressPoller;
  private readonly controller: Controller;
  private readonly ending = new AbortController();
  private hasLost = false;
  private isLeading = false;
  /** Passes over jobs, from the beginning of the leadership on. */
  private working: Promise<void> | undefined;

  constructor(needs: OperatorNeeds) {
    this.needs = needs;
    const { options, settings, logger } = needs;
    this.metrics = createMetrics({ version: options.operatorVersion, report: () => this.report() });
    this.client = counted(connect(needs.credentials), this.metrics);
    this.queue = new WorkQueue({ timers: SYSTEM_TIMERS, random: Math.random, onThrow: this.onThrow });
    this.heartbeat = new Heartbeat(this.client);
    this.lease = settings.leaderElection && this.leaseOf(settings.leaderElection);
    this.clusters = new KafkaClusters({
      readCredentials: (target) =>
        readKafkaCredentials(target, (namespace, name) => readSecret(this.client, namespace, name)),
      now: Date.now,
    });
    this.poller = this.pollerOf();
    this.copies = new Copies({
      client: this.client,
      heartbeat: this.heartbeat,
      namespaces: options.namespaces,
      add: (key) => this.queue.add(key),
      podChanged: (key) => this.poller.pollSoon(key),
      watchRestarted: (kind, reason) => this.metrics.watchRestarted(kind, reason),
      logger,
    });
    this.controller = this.controllerOf();
  }

  /** Until the signal, or until the leadership is lost; says which. Throws when the HTTP port cannot be had. */
  async run(signal: AbortSignal): Promise<'stopped' | 'lost'> {
    const stop = (): void => this.ending.abort();
    signal.addEventListener('abort', stop, { once: true });
    const server = await this.serve();
    const leaseEnd = new AbortController();
    const loops = [this.copies.run(this.ending.signal), this.heartbeat.run(this.ending.signal)];
    const leasing = this.lease?.run(leaseEnd.signal);
    this.heartbeat.onReturn(() => this.copies.addAll());
    try {
      if (!this.lease) this.lead(true);
      await Promise.all([...loops, untilAborted(this.ending.signal)]);
      // Passes under way end first, under a lease that is still renewed.
      await this.working;
    } finally {
      leaseEnd.abort();
      await leasing;
      await this.lease?.release();
      this.poller.close();
      this.clusters.close();
      await server?.close();
      this.client.close();
    }
    return this.hasLost ? 'lost' : 'stopped';
  }

  report(): OperatorReport {
    return {
      isLeader: this.isLeading,
      isStopping: this.ending.signal.aborted,
      unsynced: this.copies.unsynced(),
      queue: this.queue.state(),
    };
  }

  private lead(isLeading: boolean): void {
    const { logger, settings } = this.needs;
    if (!isLeading && !this.isLeading) return;
    this.isLeading = isLeading;
    if (!isLeading) {
      if (!this.ending.signal.aborted) {
        logger.error('leadership is lost: this process ends, and another one goes on');
        this.hasLost = true;
        this.ending.abort();
      }
      return;
    }
    logger.info(this.lease ? 'leading' : 'working without leader election');
    this.working = this.work(settings.workers);
  }

  /** Nothing is decided before everything has been listed: what is not known yet looks like what is missing. */
  private async work(workers: number): Promise<void> {
    const { signal } = this.ending;
    await this.copies.synced(signal);
    if (signal.aborted) return;
    this.copies.addAll();
    await Promise.race([
      this.queue.run(workers, (key) => this.controller.pass(key), signal),
      afterAbort(signal, STOP_MILLIS),
    ]);
  }

  private controllerOf(): Controller {
    const { options, settings, logger } = this.needs;
    const inputs = new Inputs({
      read: (ref) => readInput(this.client, ref),
      now: Date.now,
      freshMillis: settings.inputsMillis,
    });
    const troubles = new PodTroubles({ reader: new PodStatusReader(), port: HTTP_PORT.number, now: Date.now });
    const observer = new Observer({
      stores: this.copies.stores,
      index: this.copies.index,
      verdicts: new SpecVerdicts(MOST_VERDICTS),
      inputs,
      poller: this.poller,
      podTroubles: (pods) => troubles.of(pods),
      options,
      now: Date.now,
    });
    return new Controller({
      observer,
      carryOut: this.carryOut(),
      inputs,
      queue: this.queue,
      metrics: this.metrics,
      onFailure: (key, reason, error, retryMillis) =>
        logger.warn({ job: key, reason, retryMillis: Math.round(retryMillis) }, lineOf(error)),
      now: Date.now,
    });
  }

  private carryOut(): CarryOut {
    const { settings, logger } = this.needs;
    const writes = new Writes({
      client: this.client,
      assertLeading: () => this.lease?.assertLeading() ?? Infinity,
      onWritten: (object) => this.copies.put(object),
      now: Date.now,
      instance: settings.leaderElection?.identity ?? 'streamjob-operator',
    });
    return new CarryOut({
      writes,
      find: (ref) => this.find(ref),
      clean: (observed, cleanup) => this.clean(observed, cleanup),
      onWrite: (kind, verb) => this.metrics.wrote(kind, verb),
      onEventFailure: (error) => logger.warn(`an Event could not be written: ${lineOf(error)}`),
    });
  }

  private async find(ref: ObjectRef): Promise<KubeObject | undefined> {
    try {
      return await this.client.request<KubeObject>('GET', objectPath(ref));
    } catch (error) {
      if (isApiError(error) && error.isNotFound) return undefined;
      throw error;
    }
  }

  private async clean({ verdict, running, job, options }: Observed, cleanup: KafkaCleanup): Promise<void> {
    const sound = verdict.sound ?? running?.sound;
    // Of a spec that cannot run the part about Kafka may be sound all the same: the API server has seen it.
    const kafka = (sound?.job.spec.kafka ?? job.spec['kafka'] ?? options.defaultKafka) as Kafka | undefined;
    if (!kafka) return;
    const { namespace, name, uid } = job.metadata;
    await this.clusters.use({ namespace, kafka }, (cluster) => cleanKafka(cluster, { namespace, name, uid }, cleanup));
  }

  private pollerOf(): ProgressPoller {
    const { progressMillis, quietMillis } = this.needs.settings;
    return new ProgressPoller({
      ask: async ({ target, job }, before) => {
        try {
          const sight = await this.clusters.use(target, (cluster, signal) =>
            observeKafka(cluster, job, before, { now: Date.now, signal }),
          );
          this.metrics.kafkaPolled('answered');
          return sight;
        } catch (error) {
          this.metrics.kafkaPolled('failed');
          throw error;
        }
      },
      changed: (key) => this.queue.add(key),
      limits: { ...POLL_LIMITS, movingMillis: progressMillis, quietMillis },
      now: Date.now,
      after: SYSTEM_TIMERS.after,
    });
  }

  private leaseOf({ leaseName, leaseNamespace, identity }: NonNullable<ProcessSettings['leaderElection']>): Lease {
    const { logger } = this.needs;
    return new Lease({
      client: this.client,
      namespace: leaseNamespace,
      name: leaseName,
      me: identity,
      onChange: (isLeading) => this.lead(isLeading),
      onTrouble: (trouble) =>
        trouble === undefined ? logger.info('the Lease can be kept again') : logger.warn(`the Lease: ${trouble}`),
    });
  }

  private async serve(): Promise<HttpServer | undefined> {
    const { httpPort: port, httpHost: host } = this.needs.settings;
    if (port === 0) return undefined;
    return startHttpServer(
      { port, host },
      {
        live: () => liveness(this.report()),
        ready: () => readiness(this.report()),
        metrics: () => this.metrics.page(),
      },
    );
  }

  private readonly onThrow = (key: string, error: unknown, retryMillis: number): void => {
    this.needs.logger.error({ job: key, retryMillis: Math.round(retryMillis) }, stackOf(error));
  };
}

/** Counts every request by its verb and what came of it. */
function counted(client: KubeClient, metrics: Pick<OperatorMetrics, 'requested'>): KubeClient {
  return {
    ...client,
    request: async (method, path, options) => {
      try {
        const answer = await client.request<never>(method, path, options);
        metrics.requested(method, 200);
        return answer;
      } catch (error) {
        if (isApiError(error)) metrics.requested(method, error.status || error.reason);
        throw error;
      }
    },
    stream: (path, options) => client.stream(path, options),
    close: () => client.close(),
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A pass that hangs does not hold up the end for ever. */
async function afterAbort(signal: AbortSignal, millis: number): Promise<void> {
  await untilAborted(signal);
  await new Promise((resolve) => setTimeout(resolve, millis).unref());
}

const lineOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
/** Of a mistake in this program the place is worth more than the words. */
const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
