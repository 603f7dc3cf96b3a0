/**
 * What a shuffle costs the broker, and how long a record is under way: from when it is appended to when the result row
 * that it is in is, with windows of one second and a steady stream. The row's time is the broker's.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { shufflePartitionsOf } from '../../job-runtime/engine/stage-plan.ts';
import type { Log } from '../../job-runtime/log/log.ts';
import type { BenchRecord } from '../data.ts';
import { randomOf } from '../data.ts';
import { cpuRateOf } from './broker.ts';
import type { CaseContext } from './case.ts';
import type { CommitTimes } from './commit-times.ts';
import { commitCounts, commitTimes } from './commit-times.ts';
import { quickShuffleJob, resultTopic } from './jobs.ts';
import { Feed } from './load.ts';
import { anyRead, BenchPod } from './pod.ts';
import { readRows } from './read-back.ts';
import { percentile, Table } from './table.ts';

const PER_SECOND = 5000;
const PLACES = 1000;
const TICK_MILLIS = 50;
const SECOND = 1000;
const WARM_UP_MILLIS = 5000;
/** What had come before the consumer is worked off by then, and the broker has opened the files of all partitions. */
const SETTLE_MILLIS = 25_000;

interface Variant {
  readonly partitions: number;
  readonly commitInterval: string;
}

interface Delays {
  readonly rows: number;
  /** Milliseconds, ascending: from the end of the window to the row. */
  readonly fromEnd: Float64Array;
  /** From the mean of its records to the row. */
  readonly fromRecord: Float64Array;
}

interface Measured {
  readonly cpuRate: number;
  /** Beyond what the stream alone costs. */
  readonly brokerRate: number;
  readonly commits: CommitTimes;
  readonly delays: Delays;
}

export async function shuffleCase(context: CaseContext): Promise<void> {
  const columns = [
    'tasks',
    'commit interval',
    'broker’s CPU',
    'consumer’s CPU',
    'commits/s, p50, p95',
    'window’s end to row, p50, p95, most',
    'record to row, p50, p95, most',
    'rows',
  ];
  const table = new Table(columns, context.write);
  for (const partitions of [4, 64])
    for (const commitInterval of ['1s', '200ms']) {
      const measured = await measure(context, { partitions, commitInterval });
      print(table, { partitions, commitInterval }, measured, context.watchMillis);
    }
}

async function measure({ broker, watchMillis, note }: CaseContext, variant: Variant): Promise<Measured> {
  const { partitions, commitInterval } = variant;
  const name = `shuffle-${partitions}-${commitInterval}`;
  const { log } = broker;
  await log.createTopic(resultTopic(name), { partitions, config: { 'message.timestamp.type': 'LogAppendTime' } });
  const options = { perSecond: PER_SECOND, tickMillis: TICK_MILLIS, make: placeRecords() };
  const feed = await Feed.start(log, { topic: name, partitions, roundRobin: true }, options);
  await delay(WARM_UP_MILLIS);
  const baseline = await cpuRateOf(broker.pid, watchMillis / 3);
  const place = { brokers: broker.brokers, name, topic: name, partitions };
  const pod = await BenchPod.start(quickShuffleJob(place), { STREAMJOB_COMMIT_INTERVAL: commitInterval });
  await pod.until(anyRead);
  await delay(SETTLE_MILLIS);
  const before = await commitCounts(pod);
  const from = Date.now();
  const [cpuRate, brokerRate] = await Promise.all([
    cpuRateOf(pod.pid, watchMillis),
    cpuRateOf(broker.pid, watchMillis),
  ]);
  const commits = commitTimes(before, await commitCounts(pod));
  const to = Date.now();
  await delay(WARM_UP_MILLIS);
  await Promise.all([feed.stop(), pod.stop()]);
  const delays = await readDelays(log, resultTopic(name), { from, to });
  note(`${name}: ${delays.rows} rows`);
  return { cpuRate, brokerRate: brokerRate - baseline, commits, delays };
}

/** Their event time is when they are made, which is within some milliseconds when they are appended. */
function placeRecords(): (count: number) => BenchRecord[] {
  const random = randomOf(11);
  return (count) => {
    const now = Date.now();
    return Array.from({ length: count }, () => {
      return { key: null, value: `place-${Math.floor(random() * PLACES)},${now},${now}` };
    });
  };
}

/** Of the rows that were appended between two instants. */
async function readDelays(
  log: Log,
  topic: string,
  { from, to }: Readonly<{ from: number; to: number }>,
): Promise<Delays> {
  const fromEnd: number[] = [];
  const fromRecord: number[] = [];
  await readRows(log, topic, ({ SENT, RECORDS, LAST }, appended) => {
    if (appended < from || appended > to) return;
    fromEnd.push(appended - (Math.floor(Number(LAST) / SECOND) + 1) * SECOND);
    fromRecord.push(appended - Number(SENT) / Number(RECORDS));
  });
  const ascending = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();
  return { rows: fromEnd.length, fromEnd: ascending(fromEnd), fromRecord: ascending(fromRecord) };
}

function print(table: Table, { partitions, commitInterval }: Variant, measured: Measured, watchMillis: number): void {
  const { cpuRate, brokerRate, commits, delays } = measured;
  const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`;
  const spread = (sorted: Float64Array): string =>
    [0.5, 0.95, 1].map((share) => `${(percentile(sorted, share) / 1000).toFixed(2)} s`).join(', ');
  table.row(
    `${partitions} + ${shufflePartitionsOf(partitions)}`,
    commitInterval,
    percent(brokerRate),
    percent(cpuRate),
    `${(commits.count / (watchMillis / 1000)).toFixed(1)}, ${commits.p50}, ${commits.p95}`,
    spread(delays.fromEnd),
    spread(delays.fromRecord),
    delays.rows,
  );
}
