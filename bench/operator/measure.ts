/** One operator and so many jobs: how long until all is there, how soon a change is, and what the quiet costs. */
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../kafka/table.ts';
import { cpuSecondsOf, peakMegabytesOf, residentMegabytesOf } from '../kafka/process-meter.ts';
import { cpuRateOf } from '../kafka/broker.ts';
import { openCluster } from './cluster.ts';
import type { BenchCluster } from './cluster.ts';

export interface Order {
  /** The bundled operator. */
  readonly program: string;
  readonly jobs: number;
  readonly quietMillis: number;
  readonly note: (line: string) => void;
}

export interface Measured {
  /** From the start of the process until every job has its objects and its status. */
  readonly convergedMillis: number;
  readonly convergedCpuSeconds: number;
  readonly appliedMillis: { readonly p50: number; readonly p95: number };
  readonly quietWrites: number;
  /** Of a core. */
  readonly quietCpuRate: number;
  readonly residentMegabytes: number;
  readonly peakMegabytes: number;
}

/** Each of another job. */
const MOST_CHANGES = 60;
/** Goes through the jobs in an order of its own. */
const PRIME = 7919;
const CHANGE_EVERY_MILLIS = 500;
/** Statuses of what just happened are written, and the first polls are over. */
const SETTLE_MILLIS = 75_000;

export async function measure({ program, jobs, quietMillis, note }: Order): Promise<Measured> {
  const cluster = await openCluster();
  try {
    await cluster.createJobs(jobs);
    note(`${jobs} jobs are applied; the operator starts`);
    const begin = performance.now();
    const operator = await cluster.startOperator(program);
    await cluster.converged(jobs);
    const convergedMillis = performance.now() - begin;
    const convergedCpuSeconds = cpuSecondsOf(operator.pid);
    note(`all of ${jobs} converged after ${(convergedMillis / 1000).toFixed(1)} s`);
    await delay(SETTLE_MILLIS);
    const before = await operator.writes();
    const quietCpuRate = await cpuRateOf(operator.pid, quietMillis);
    const quietWrites = (await operator.writes()) - before;
    const residentMegabytes = residentMegabytesOf(operator.pid);
    note('the quiet is over; jobs are changed');
    const applied = await changes(cluster, jobs);
    return {
      convergedMillis,
      convergedCpuSeconds,
      appliedMillis: { p50: percentile(applied, 0.5), p95: percentile(applied, 0.95) },
      quietWrites,
      quietCpuRate,
      residentMegabytes,
      peakMegabytes: peakMegabytesOf(operator.pid),
    };
  } finally {
    await cluster.close();
  }
}

/** From the API server's answer to a change of a spec until its Deployment has the new revision. Sorted. */
async function changes(cluster: BenchCluster, jobs: number): Promise<number[]> {
  const waits: Promise<number>[] = [];
  for (let i = 0; i < Math.min(MOST_CHANGES, jobs); i++) {
    waits.push(cluster.change((i * PRIME) % jobs, i));
    await delay(CHANGE_EVERY_MILLIS);
  }
  return (await Promise.all(waits)).sort((a, b) => a - b);
}
