/** The role `producer`: brings the records of the job's source to its topic, until the source ends or it is to stop. */
import type { Trouble } from '../errors.ts';
import { once } from 'node:events';
import { endsWithProducer } from '../producer/produced-run.ts';
import type { ProducerObserver } from '../producer/producer.ts';
import { createSource } from '../sources/registry.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { ProcessReport } from '../telemetry/process-report.ts';
import { composeProducer } from './compose.ts';
import { servePages } from './pages.ts';
import type { Pod } from './pod.ts';
import { TroubleTeller } from './trouble-teller.ts';

export async function runProducerPod(pod: Pod, signal: AbortSignal): Promise<void> {
  const { cluster, job, identity, now } = pod;
  const reporter = new ProducerReporter(pod, () => metrics);
  const metrics: Metrics = createMetrics({ identity, report: () => reporter.report(), now });
  const teller = new TroubleTeller({
    events: pod.events,
    source: 'producer',
    look: () => reporter.cause(),
    now,
  }).start();
  const server = await servePages(pod, () => reporter.report(), metrics);
  try {
    const producer = composeProducer({
      job,
      identity,
      log: cluster.log,
      endsWithProducer: endsWithProducer(job),
      createSource: () => createSource(job, { now: now() }),
      observer: reporter,
      now,
    });
    await producer.run(signal);
    // A pod that ended would be started again: it waits until the operator takes it away.
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    teller.stop();
    await server?.close();
  }
}

class ProducerReporter implements ProducerObserver {
  private readonly pod: Pod;
  private readonly metrics: () => Metrics;
  private phase: ProcessReport['phase'] = 'starting';
  private held: Trouble | undefined;
  private lastError: Trouble | undefined;
  private cameRoundAt: number;

  constructor(pod: Pod, metrics: () => Metrics) {
    this.pod = pod;
    this.metrics = metrics;
    this.cameRoundAt = pod.now();
  }

  report(): ProcessReport {
    const { phase, lastError, cameRoundAt } = this;
    return { phase, trouble: this.present(), cameRoundAt, lastError, tasks: [] };
  }

  cause(): string | undefined {
    return this.present()?.message;
  }

  started(): void {
    this.phase = 'running';
  }

  round(): void {
    this.cameRoundAt = this.pod.now();
  }

  produced(records: number, millis: number): void {
    this.metrics().produced(records);
    this.metrics().committed('committed', millis);
  }

  trouble(trouble: Trouble | undefined): void {
    this.held = trouble && this.masked(trouble);
    this.lastError = this.held ?? this.lastError;
  }

  done(): void {
    this.phase = 'done';
    this.pod.events.done();
  }

  private present(): Trouble | undefined {
    const { trouble } = this.pod.cluster;
    return this.held ?? (trouble && this.masked(trouble));
  }

  private masked({ code, message }: Trouble): Trouble {
    return { code, message: this.pod.mask(message) };
  }
}
