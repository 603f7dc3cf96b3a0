/**
 * A workload through the whole path: records that lie in a topic, one consumer, result rows in another topic, exactly
 * once. The rows are compared with a plain program's before a speed is printed.
 */
import type { Totals } from '../workloads.ts';
import { WORKLOADS } from '../workloads.ts';
import type { BenchBroker } from './broker.ts';
import { cpuRateOf } from './broker.ts';
import type { CaseContext } from './case.ts';
import { resultTopic, workloadJob } from './jobs.ts';
import { load } from './load.ts';
import { anyRead, BenchPod } from './pod.ts';
import { cpuSecondsOf, peakMegabytesOf } from './process-meter.ts';
import { readRows } from './read-back.ts';
import { megabytes, seconds, Table } from './table.ts';

const PARTITIONS = 4;
const IDLE_MILLIS = 3000;
/** So that the broker's compiler has seen what is to come. */
const WARM_UP_RECORDS = 200_000;

interface Measured extends Totals {
  readonly records: number;
  readonly cpuSeconds: number;
  readonly brokerCpuSeconds: number;
  readonly wallMillis: number;
  readonly firstRecordMillis: number;
  readonly peakMegabytes: number;
}

export async function workloadCase(name: string, context: CaseContext): Promise<void> {
  const { millions, write, note } = context;
  await measure(context, name, WARM_UP_RECORDS);
  const runs: Measured[] = [];
  for (const count of millions > 1 ? [1, millions] : [millions]) {
    const run = await measure(context, name, Math.round(count * 1e6));
    expectEqual(run, WORKLOADS[name]!.expected(WORKLOADS[name]!.records(run.records)));
    note(`${name}: ${run.records} records, ${run.rows} rows, sums ${run.sums.join(' ')}: equal to the plain program's`);
    runs.push(run);
  }
  print(name, runs, write);
}

async function measure({ broker, note }: CaseContext, workload: string, records: number): Promise<Measured> {
  const { roundRobin, records: make } = WORKLOADS[workload]!;
  const name = `${workload}-${records}`;
  await load(broker.log, { topic: name, partitions: PARTITIONS, roundRobin }, make(records));
  const idleRate = await cpuRateOf(broker.pid, IDLE_MILLIS);
  const brokerBefore = cpuSecondsOf(broker.pid);
  const place = { brokers: broker.brokers, name, topic: name, partitions: PARTITIONS };
  const pod = await BenchPod.start(workloadJob(place, workload, true));
  const firstRead = await pod.until(anyRead);
  const done = await pod.event('done');
  const wallMillis = done.at - pod.startedAt;
  const brokerCpuSeconds = cpuSecondsOf(broker.pid) - brokerBefore - (idleRate * wallMillis) / 1000;
  const cpuSeconds = pod.cpuSeconds();
  const peakMegabytes = peakMegabytesOf(pod.pid);
  await pod.stop();
  note(`start: ${milestones(pod)}, first record ${seconds(firstRead - pod.startedAt)}, done ${seconds(wallMillis)}`);
  return {
    records,
    cpuSeconds,
    brokerCpuSeconds,
    wallMillis,
    firstRecordMillis: firstRead - pod.startedAt,
    peakMegabytes,
    ...(await totals(broker, name, workload)),
  };
}

/** What the consumer has said of itself since it was started. */
function milestones({ events, startedAt }: BenchPod): string {
  return events
    .filter(({ event }) => ['started', 'assigned', 'restored'].includes(event))
    .map(({ event, at }) => `${event} ${seconds(at - startedAt)}`)
    .join(', ');
}

async function totals({ log }: BenchBroker, name: string, workload: string): Promise<Totals> {
  const { summed } = WORKLOADS[workload]!;
  const sums = summed.map(() => 0);
  let rows = 0;
  await readRows(log, resultTopic(name), (row) => {
    rows++;
    summed.forEach((column, i) => (sums[i]! += Number(row[column])));
  });
  return { rows, sums };
}

function expectEqual(found: Measured, expected: Totals): void {
  const isEqual =
    found.rows === expected.rows &&
    found.sums.every((sum, i) => Math.abs(sum - expected.sums[i]!) <= Math.abs(sum) * 1e-9);
  if (isEqual) return;
  const say = ({ rows, sums }: Totals): string => `${rows} rows, sums ${sums.join(' ')}`;
  throw new Error(`the results are wrong: ${say(found)}; a plain program finds ${say(expected)}`);
}

function print(name: string, runs: readonly Measured[], write: (text: string) => void): void {
  const [first, last] = [runs[0]!, runs.at(-1)!];
  const table = new Table(
    [
      'workload',
      'steady CPU-s per M',
      `whole ${first.records / 1e6} M run, CPU-s`,
      `broker’s CPU-s per M`,
      `records/s in the ${last.records / 1e6} M run`,
      'peak memory',
      'start to first record',
      'result rows',
    ],
    write,
  );
  const perMillion = ((last.cpuSeconds - first.cpuSeconds) / (last.records - first.records)) * 1e6;
  table.row(
    WORKLOADS[name]!.title,
    runs.length > 1 ? perMillion.toFixed(2) : '–',
    first.cpuSeconds.toFixed(2),
    ((last.brokerCpuSeconds / last.records) * 1e6).toFixed(2),
    Math.round(last.records / (last.wallMillis / 1000)),
    megabytes(last.peakMegabytes),
    runs.map(({ firstRecordMillis }) => seconds(firstRecordMillis)).join(', '),
    last.rows,
  );
}
