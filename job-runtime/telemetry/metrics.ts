/**
 * Prometheus metrics of a process; this folder is the home of prom-client. The runtime reports by the batch and the
 * commit, never by the record: what a commit covers is counted when it has succeeded, so nothing counts twice after a
 * restore. Names and labels are a contract with dashboards and alerts.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { JobIdentity } from '../../crds/identity.ts';
import type { RejectReason, TaskCounts } from '../engine/task-output.ts';
import type { ProcessReport } from './process-report.ts';
import { addTaskGauges } from './task-gauges.ts';

/** `failed`: refused, aborted, or with an outcome that nobody knows; the tasks are restored. */
export type CommitOutcome = 'committed' | 'failed';
export type CountsByReason = Readonly<Partial<Record<RejectReason, number>>>;

export interface Metrics {
  /** What the tasks did since the last commit that succeeded (see RunningTotals). */
  worked(increments: Readonly<TaskCounts>): void;
  /** By reason; late records are counted by `worked`. */
  rejected(increments: CountsByReason): void;
  deadLettered(increments: CountsByReason): void;
  committed(outcome: CommitOutcome, durationMillis: number): void;
  sinkWritten(durationMillis: number): void;
  restored(bytes: number): void;
  rebalanced(): void;
  /** Records that the producer committed to the topic. */
  produced(records: number): void;
  /** The page that Prometheus reads. */
  page(): Promise<MetricsPage>;
}

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

export interface MetricsOptions {
  /** Stands on every series as job_namespace, job_name and job_run. */
  readonly identity: JobIdentity;
  /** Asked at each scrape. */
  readonly report: () => ProcessReport;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
}

/** One per process: it also holds the metrics of the process itself. */
export function createMetrics({ identity, report, now }: MetricsOptions): Metrics {
  const registry = new Registry();
  const { namespace, name, run } = identity;
  registry.setDefaultLabels({ job_namespace: namespace, job_name: name, job_run: run });
  collectDefaultMetrics({ register: registry });
  addTaskGauges(registry, report, now);
  addProcessGauges(registry, report);
  return new PrometheusMetrics(registry);
}

function addProcessGauges(registry: Registry, report: () => ProcessReport): void {
  const gauge = (name: string, help: string, valueOf: (report: ProcessReport) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(valueOf(report()));
      },
    });
  };
  gauge('streamjob_log_trouble', '1 while Kafka cannot be reached, else 0.', ({ trouble }) =>
    trouble === undefined ? 0 : 1,
  );
  gauge(
    'streamjob_tasks_restoring',
    'Tasks whose state is being read back.',
    ({ tasks }) => tasks.filter(({ phase }) => phase === 'restoring').length,
  );
}

const COMMIT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const SINK_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

class PrometheusMetrics implements Metrics {
  private readonly registry: Registry;
  private readonly counts: Readonly<Record<keyof Omit<TaskCounts, 'bad'>, Counter>>;
  private readonly bad: Counter<'reason'>;
  private readonly deadLetters: Counter<'reason'>;
  private readonly commits: Counter<'outcome'>;
  private readonly commitSeconds: Histogram;
  private readonly sinkSeconds: Histogram;
  private readonly restoredBytes: Counter;
  private readonly rebalances: Counter;
  private readonly producedRecords: Counter;

  constructor(registry: Registry) {
    this.registry = registry;
    const registers = [registry];
    const counter = <L extends string = never>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
      new Counter({ name: `streamjob_${name}_total`, help, labelNames, registers });
    const histogram = (name: string, help: string, buckets: number[]): Histogram =>
      new Histogram({ name: `streamjob_${name}_duration_seconds`, help, buckets, registers });
    this.counts = {
      records: counter('records_read', 'Records read from the topic.'),
      filtered: counter('records_filtered', 'Records that a filter left out.'),
      duplicates: counter('records_duplicate', 'Records that had been seen before.'),
      late: counter('records_late', 'Records whose window had closed.'),
      keyMismatches: counter('key_mismatches', 'Records whose key is not what schema.key says.'),
      rows: counter('rows_written', 'Result rows given to the sink.'),
    };
    this.bad = counter('records_bad', 'Records that cannot be used, by reason.', 'reason');
    this.deadLetters = counter('dead_letters', 'Records that went to the dead-letter topic, by reason.', 'reason');
    this.commits = counter('commits', 'Transactions, by outcome.', 'outcome');
    this.commitSeconds = histogram('commit', 'Time that a transaction took.', COMMIT_BUCKETS);
    this.sinkSeconds = histogram('sink_write', 'Time until the sink had a batch, retries included.', SINK_BUCKETS);
    this.restoredBytes = counter('restored_bytes', 'State that was read back.');
    this.rebalances = counter('rebalances', 'Assignments that this process got.');
    this.producedRecords = counter('records_produced', 'Records that the producer wrote to the topic.');
  }

  worked(increments: Readonly<TaskCounts>): void {
    for (const [name, counter] of Object.entries(this.counts)) counter.inc(increments[name as keyof TaskCounts]);
  }

  rejected({ Late: _late, ...bad }: CountsByReason): void {
    for (const [reason, count] of Object.entries(bad)) this.bad.inc({ reason }, count);
  }

  deadLettered(increments: CountsByReason): void {
    for (const [reason, count] of Object.entries(increments)) this.deadLetters.inc({ reason }, count);
  }

  committed(outcome: CommitOutcome, durationMillis: number): void {
    this.commits.inc({ outcome });
    this.commitSeconds.observe(durationMillis / 1000);
  }

  sinkWritten(durationMillis: number): void {
    this.sinkSeconds.observe(durationMillis / 1000);
  }

  restored(bytes: number): void {
    this.restoredBytes.inc(bytes);
  }

  rebalanced(): void {
    this.rebalances.inc();
  }

  produced(records: number): void {
    this.producedRecords.inc(records);
  }

  async page(): Promise<MetricsPage> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }
}
