/**
 * `make bench-kafka CASE=w1,rest`: jobs on a real broker with real processes, on this machine (docs/benchmarks.md).
 * Tables go to stdout as they stand in the docs, what happens meanwhile to stderr.
 * Environment: CASE (absent: prints what there is), SIZE in millions of records (default 1; above it, steady costs are
 * the slope between 1 and SIZE), SECONDS to watch what is steady (default 30), BENCH_NODE_FLAGS for the consumers.
 */
import { WORKLOADS } from '../workloads.ts';
import { openBroker } from './broker.ts';
import type { BenchCase } from './case.ts';
import { recoveryCase } from './recovery-case.ts';
import { restCase } from './rest-case.ts';
import { shuffleCase } from './shuffle-case.ts';
import { wideCase } from './wide-case.ts';
import { workloadCase } from './workload-case.ts';

const CASES: Readonly<Record<string, BenchCase>> = {
  ...Object.fromEntries(
    Object.entries(WORKLOADS).map(([name, { title }]): [string, BenchCase] => [
      name,
      { title, run: (context) => workloadCase(name, context) },
    ]),
  ),
  rest: { title: 'memory, CPU and connections of a consumer without work', run: restCase },
  recovery: { title: 'from kill -9 with 100,000 open groups until records flow again', run: recoveryCase },
  wide: { title: 'one consumer on 64 partitions', run: wideCase },
  shuffle: { title: 'broker’s CPU and delay of a shuffle with windows of 1 s, 5,000 records/s', run: shuffleCase },
};

function listCases(): void {
  process.stdout.write('make bench-kafka CASE=NAME[,NAME…]|all [SIZE=5] [SECONDS=30]\n');
  for (const [name, { title }] of Object.entries(CASES)) process.stdout.write(`  ${name.padEnd(10)} ${title}\n`);
}

async function runCase(name: string): Promise<void> {
  const broker = await openBroker();
  const begin = performance.now();
  const note = (line: string): void =>
    void process.stderr.write(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
  const write = (text: string): void => void process.stdout.write(text);
  const millions = Number(process.env['SIZE'] || 1);
  const watchMillis = Number(process.env['SECONDS'] || 30) * 1000;
  try {
    await CASES[name]!.run({ broker, millions, watchMillis, write, note });
    process.stdout.write('\n');
  } finally {
    await broker.close();
  }
}

const chosen = (process.env['CASE'] ?? '').split(',').filter(Boolean);
const names = chosen.includes('all') ? Object.keys(CASES) : chosen;
const unknown = names.filter((name) => !CASES[name]);
if (unknown.length > 0 || names.length === 0) {
  if (unknown.length > 0) process.stderr.write(`there is no case ${unknown.join(', ')}\n`);
  listCases();
  process.exitCode = unknown.length > 0 ? 2 : 0;
} else for (const name of names) await runCase(name);
