/**
 * `make bench`: the engine alone on the workloads of docs/benchmarks.md. Each run is a process of its own; the steady
 * cost is the slope between a smaller and a larger run, so that start-up and compilation stay apart. Results are checked
 * against a plain program before a speed is printed.
 * Environment: BENCH_RECORDS (default 1000000,5000000), BENCH_WORKLOADS (default all).
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Measured } from './run-workload.ts';
import { WORKLOADS } from './workloads.ts';

const [few = 1_000_000, many = 5_000_000] = (process.env['BENCH_RECORDS'] ?? '').split(',').filter(Boolean).map(Number);
const names = process.env['BENCH_WORKLOADS']?.split(',') ?? Object.keys(WORKLOADS);

function measure(name: string, records: number): Measured {
  const script = path.join(import.meta.dirname, 'run-workload.ts');
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, name, String(records)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`workload ${name} failed: ${stderr}`);
  return JSON.parse(stdout) as Measured;
}

function row(name: string): { readonly cells: readonly string[]; readonly isEqual: boolean } {
  const small = measure(name, few);
  const large = measure(name, many);
  const perMillion = ((large.cpuSeconds - small.cpuSeconds) / (many - few)) * 1e6;
  const isEqual = small.isEqual && large.isEqual;
  const cells = [
    WORKLOADS[name]!.title,
    perMillion.toFixed(2),
    small.cpuSeconds.toFixed(2),
    Math.round(many / large.seconds).toLocaleString('en'),
    `${Math.round(large.peakMegabytes)} MB`,
    large.rows.toLocaleString('en'),
    isEqual ? 'equal' : 'WRONG',
  ];
  return { cells, isEqual };
}

const header = [
  'workload',
  'CPU-s per M',
  `whole ${few / 1e6} M run, CPU-s`,
  'records/s',
  'peak memory',
  'result rows',
  'against a plain program',
];
const widths = [34, 12, 24, 12, 12, 12, 24];
const line = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
process.stdout.write(`${line(header)}\n`);
let allEqual = true;
for (const name of names) {
  const { cells, isEqual } = row(name);
  allEqual &&= isEqual;
  process.stdout.write(`${line(cells)}\n`);
}
process.exitCode = allEqual ? 0 : 1;
