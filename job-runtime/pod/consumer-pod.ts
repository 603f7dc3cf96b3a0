/** The role `consumer`: a consumer of the job, its metrics and its health, until it is asked to stop. */
import type { Writable } from 'node:stream';
import { Consumer } from '../consumer/consumer.ts';
import { isDeadLettered } from '../dead-letters/rejects.ts';
import type { GroupMembership } from '../log/group.ts';
import { pauseFor } from '../pause.ts';
import { endsWithProducer } from '../producer/produced-run.ts';
import type { Delivery } from '../sinks/registry.ts';
import { createDelivery } from '../sinks/registry.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { composeConsumer } from './compose.ts';
import { ConsumerReporter } from './consumer-reporter.ts';
import { servePages } from './pages.ts';
import type { Pod } from './pod.ts';
import { TroubleTeller } from './trouble-teller.ts';

export async function runConsumerPod(pod: Pod, stdout: Writable, signal: AbortSignal): Promise<void> {
  const { cluster, identity, now, job } = pod;
  let membership: GroupMembership | undefined;
  const reporter: ConsumerReporter = new ConsumerReporter({
    events: pod.events,
    metrics: () => metrics,
    mask: pod.mask,
    groupTrouble: () => membership?.trouble,
    requestTrouble: () => cluster.trouble,
    isDeadLettered: (reason) => isDeadLettered(job, reason),
    now,
  });
  const metrics: Metrics = createMetrics({ identity, report: () => reporter.report(), now });
  const teller = new TroubleTeller({ events: pod.events, source: 'log', look: () => reporter.cause(), now }).start();
  const server = await servePages(pod, () => reporter.report(), metrics);
  const delivery = deliveryOf(pod, stdout);
  const context = composeConsumer({
    ...pod.settings,
    job,
    plan: pod.plan,
    identity,
    log: cluster.log,
    delivery,
    observer: reporter,
    endsWithProducer: endsWithProducer(job),
    endWhenDone: false,
    now,
  });
  const consumer = new Consumer(context, (options) => (membership = cluster.join(options)));
  signal.addEventListener('abort', () => reporter.stopping(), { once: true });
  try {
    if (delivery.kind === 'outbox') await delivery.sink.open();
    reporter.joining();
    await consumer.run(signal);
  } finally {
    teller.stop();
    if (delivery.kind === 'outbox') await delivery.sink.close();
    await server?.close();
  }
}

function deliveryOf({ job, plan, identity }: Pod, stdout: Writable): Delivery {
  return createDelivery(job.spec.sink, plan, {
    job: identity.name,
    run: identity.run,
    stdout,
    onStdoutClosed: () => undefined,
    retry: {
      attempts: Infinity,
      firstDelayMillis: 100,
      maxDelayMillis: 30_000,
      sleep: pauseFor,
      random: Math.random,
    },
  });
}
