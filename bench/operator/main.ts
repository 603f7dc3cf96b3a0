/**
 * `make scale JOBS=100,1000`: one operator, as it ships (scripts/bundle.ts), with so many jobs, on a real API server and
 * a real Kafka. Nothing runs the pods: what is measured is the operator. A table goes to stdout as it stands in
 * docs/benchmarks.md, what happens meanwhile to stderr. Environment: JOBS (default 100,500,1000), SECONDS of quiet
 * (default 60).
 */
import { bundle } from '../../scripts/bundle.ts';
import { megabytes, seconds, Table } from '../kafka/table.ts';
import { measure } from './measure.ts';

const sizes = (process.env['JOBS'] || '100,500,1000').split(',').map(Number);
const quietMillis = Number(process.env['SECONDS'] || 60) * 1000;
const begin = performance.now();
const note = (line: string): void =>
  void process.stderr.write(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);

const program = await bundle('operator');
const table = new Table(
  [
    'jobs',
    'all converged',
    'CPU for that',
    'change → applied p50',
    'p95',
    'writes in the quiet',
    'CPU in the quiet',
    'memory',
    'peak',
  ],
  (text) => void process.stdout.write(text),
);
for (const count of sizes) {
  const found = await measure({ program, jobs: count, quietMillis, note });
  table.row(
    count,
    seconds(found.convergedMillis, 1),
    `${found.convergedCpuSeconds.toFixed(1)} s`,
    seconds(found.appliedMillis.p50),
    seconds(found.appliedMillis.p95),
    `${found.quietWrites} in ${quietMillis / 1000} s`,
    `${(found.quietCpuRate * 100).toFixed(1)} % of a core`,
    megabytes(found.residentMegabytes),
    megabytes(found.peakMegabytes),
  );
}
