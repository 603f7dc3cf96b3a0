/**
 * Prometheus metrics of the operator. Names and labels are a contract with dashboards and alerts. What is so at the
 * moment, such as the queue's length, is asked for at each scrape; what happens is counted when it happens.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { OperatorReport } from './health.ts';
import { JobGauges } from './job-gauges.ts';
import type { JobSample } from './job-gauges.ts';

export type PassResult = 'succeeded' | 'failed';
export type PollResult = 'answered' | 'failed';

export interface OperatorMetrics {
  /** A pass over one job, from the observation to the last write. */
  reconciled(result: PassResult, durationMillis: number): void;
  /** Why a pass failed, as a word of a closed list. */
  reconcileFailed(reason: string): void;
  /** A request to the API server; `code`: the HTTP status, or a word where there was no answer. */
  requested(verb: string, code: number | string): void;
  /** A write that the API server took, such as apply of Deployment. */
  wrote(kind: string, verb: string): void;
  watchRestarted(kind: string, reason: string): void;
  kafkaPolled(result: PollResult): void;
  /** How a job does, after each pass over it. */
  sampled(sample: JobSample): void;
  /** The job is gone, and its series with it. */
  forgot(job: Readonly<{ namespace: string; name: string }>): void;
  /** The page that Prometheus reads. */
  page(): Promise<MetricsPage>;
}

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

export interface MetricsOptions {
  readonly version: string;
  /** Asked at each scrape. */
  readonly report: () => OperatorReport;
}

/** One per process: it also holds the metrics of the process itself. */
export function createMetrics({ version, report }: MetricsOptions): OperatorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addProcessGauges(registry, report);
  const help = 'Always 1; the label says which version runs.';
  const info = new Gauge({ name: 'streamjob_operator_info', help, labelNames: ['version'], registers: [registry] });
  info.set({ version }, 1);
  return new PrometheusMetrics(registry, new JobGauges(registry, () => report().isLeader));
}

function addProcessGauges(registry: Registry, report: () => OperatorReport): void {
  const gauge = (name: string, help: string, valueOf: (report: OperatorReport) => number): void => {
    new Gauge({
      name: `streamjob_operator_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(valueOf(report()));
      },
    });
  };
  gauge('is_leader', '1 while this process leads, else 0.', ({ isLeader }) => (isLeader ? 1 : 0));
  gauge('queue_depth', 'Jobs that wait for a pass.', ({ queue }) => queue.depth);
  gauge(
    'queue_oldest_seconds',
    'How long the first of them has waited.',
    ({ queue }) => queue.oldestWaitingMillis / 1000,
  );
  gauge('passes_running', 'Passes under way.', ({ queue }) => queue.running);
  gauge(
    'longest_pass_seconds',
    'For how long the longest pass under way has run.',
    ({ queue }) => queue.longestRunMillis / 1000,
  );
}

const PASS_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 120];

class PrometheusMetrics implements OperatorMetrics {
  private readonly registry: Registry;
  private readonly jobs: JobGauges;
  private readonly passSeconds: Histogram<'result'>;
  private readonly errors: Counter<'reason'>;
  private readonly requests: Counter<'verb' | 'code'>;
  private readonly writes: Counter<'kind' | 'verb'>;
  private readonly watchRestarts: Counter<'kind' | 'reason'>;
  private readonly kafkaPolls: Counter<'result'>;

  constructor(registry: Registry, jobs: JobGauges) {
    this.registry = registry;
    this.jobs = jobs;
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
      new Counter({ name: `streamjob_operator_${name}_total`, help, labelNames, registers: [registry] });
    this.passSeconds = new Histogram({
      name: 'streamjob_operator_reconcile_duration_seconds',
      help: 'Time that a pass over one job took, by result.',
      labelNames: ['result'],
      buckets: PASS_BUCKETS,
      registers: [registry],
    });
    this.errors = counter('reconcile_errors', 'Passes that failed, by reason.', 'reason');
    this.requests = counter('api_requests', 'Requests to the API server, by verb and answer.', 'verb', 'code');
    this.writes = counter('writes', 'Writes that the API server took, by kind and verb.', 'kind', 'verb');
    this.watchRestarts = counter('watch_restarts', 'Watches that began anew, by kind and reason.', 'kind', 'reason');
    this.kafkaPolls = counter('kafka_polls', 'Questions to Kafka about a job, by result.', 'result');
  }

  reconciled(result: PassResult, durationMillis: number): void {
    this.passSeconds.observe({ result }, durationMillis / 1000);
  }

  reconcileFailed(reason: string): void {
    this.errors.inc({ reason });
  }

  requested(verb: string, code: number | string): void {
    this.requests.inc({ verb, code });
  }

  wrote(kind: string, verb: string): void {
    this.writes.inc({ kind, verb });
  }

  watchRestarted(kind: string, reason: string): void {
    this.watchRestarts.inc({ kind, reason });
  }

  kafkaPolled(result: PollResult): void {
    this.kafkaPolls.inc({ result });
  }

  sampled(sample: JobSample): void {
    this.jobs.set(sample);
  }

  forgot(job: Readonly<{ namespace: string; name: string }>): void {
    this.jobs.remove(job);
  }

  async page(): Promise<MetricsPage> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }
}
