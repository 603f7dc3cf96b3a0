/** What a consumer takes while nothing comes: memory, CPU, connections. */
import { setTimeout as delay } from 'node:timers/promises';
import { cpuRateOf } from './broker.ts';
import type { CaseContext } from './case.ts';
import { workloadJob } from './jobs.ts';
import { load } from './load.ts';
import { allRead, BenchPod } from './pod.ts';
import { connectionsOf, peakMegabytesOf, residentMegabytesOf } from './process-meter.ts';
import { WORKLOADS } from '../workloads.ts';
import { megabytes, Table } from './table.ts';

const RECORDS = 10_000;
const SETTLE_MILLIS = 10_000;

export async function restCase({ broker, watchMillis, write }: CaseContext): Promise<void> {
  const columns = [
    'tasks of one consumer at rest',
    'memory',
    'peak so far',
    'CPU-s per minute',
    'broker’s CPU-s per minute, beyond idle',
    'connections',
  ];
  const table = new Table(columns, write);
  for (const partitions of [4, 64]) {
    const name = `rest-${partitions}`;
    const place = { brokers: broker.brokers, name, topic: name, partitions };
    await load(broker.log, { topic: name, partitions, roundRobin: false }, WORKLOADS['w1']!.records(RECORDS));
    const idle = await cpuRateOf(broker.pid, watchMillis / 3);
    const pod = await BenchPod.start(workloadJob(place, 'w1', false));
    await pod.until(allRead, 100);
    await delay(SETTLE_MILLIS);
    const [own, ofBroker] = await Promise.all([cpuRateOf(pod.pid, watchMillis), cpuRateOf(broker.pid, watchMillis)]);
    table.row(
      partitions,
      megabytes(residentMegabytesOf(pod.pid)),
      megabytes(peakMegabytesOf(pod.pid)),
      (own * 60).toFixed(2),
      ((ofBroker - idle) * 60).toFixed(2),
      connectionsOf(pod.pid, broker.port),
    );
    await pod.stop();
  }
}
