/** One consumer that works on 64 partitions by itself: it first catches up, then follows a steady stream. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchRecord } from '../data.ts';
import { WORKLOADS } from '../workloads.ts';
import { cpuRateOf } from './broker.ts';
import type { CaseContext } from './case.ts';
import type { CommitTimes } from './commit-times.ts';
import { commitCounts, commitTimes } from './commit-times.ts';
import { workloadJob } from './jobs.ts';
import { Feed, load } from './load.ts';
import type { Target } from './load.ts';
import { allRead, anyRead, BenchPod } from './pod.ts';
import { connectionsOf, peakMegabytesOf } from './process-meter.ts';
import { megabytes, Table } from './table.ts';

const PARTITIONS = 64;
const PER_SECOND = 2000;
const SETTLE_MILLIS = 2000;

export async function wideCase(context: CaseContext): Promise<void> {
  const { broker, millions, write } = context;
  const target: Target = { topic: 'wide', partitions: PARTITIONS, roundRobin: false };
  const records = Math.round(millions * 1e6);
  await load(broker.log, target, WORKLOADS['w1']!.records(records));
  const place = { brokers: broker.brokers, name: 'wide', topic: target.topic, partitions: PARTITIONS };
  const pod = await BenchPod.start(workloadJob(place, 'w1', false));
  const begin = await pod.until(anyRead);
  const caughtUp = await pod.until(allRead, 20);
  const cpuSeconds = pod.cpuSeconds();
  const { times, rate } = await follow(context, target, pod);
  const columns = [
    'partitions',
    'records/s while it catches up',
    'CPU-s per M, with the start',
    'commits p50',
    'p95',
    `CPU at ${PER_SECOND.toLocaleString('en')} records/s`,
    'peak memory',
    'connections',
  ];
  new Table(columns, write).row(
    PARTITIONS,
    Math.round(records / ((caughtUp - begin) / 1000)),
    ((cpuSeconds / records) * 1e6).toFixed(2),
    times.p50,
    times.p95,
    `${(rate * 100).toFixed(1)} %`,
    megabytes(peakMegabytesOf(pod.pid)),
    connectionsOf(pod.pid, broker.port),
  );
  await pod.stop();
}

/** A steady stream that goes on in time where the records before it end. */
async function follow(
  { broker, millions, watchMillis }: CaseContext,
  target: Target,
  pod: BenchPod,
): Promise<{ times: CommitTimes; rate: number }> {
  const records = WORKLOADS['w1']!.records(Infinity)[Symbol.iterator]();
  const make = (count: number): BenchRecord[] => Array.from({ length: count }, () => records.next().value!);
  make(Math.round(millions * 1e6));
  const feed = await Feed.start(broker.log, target, { perSecond: PER_SECOND, tickMillis: 100, make });
  await delay(SETTLE_MILLIS);
  const before = await commitCounts(pod);
  const rate = await cpuRateOf(pod.pid, watchMillis);
  const times = commitTimes(before, await commitCounts(pod));
  await feed.stop();
  return { times, rate };
}
