/**
 * The ledger test as a program: `main.ts --seconds 150 --seed 7` runs two jobs on a broker of their own while everything
 * is killed, frozen and taken away by a schedule, and then compares what came out with the reference interpreter. Exits
 * with 0 if the books balance; else the folder with all logs stays, and its name is told.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { planOf } from './plan.ts';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '150' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    records: { type: 'string' },
    'most-outage': { type: 'string', default: '20' },
    calm: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(signal)));

const plan = planOf({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  records: values.records === undefined ? undefined : Number(values.records),
  mostOutageSeconds: Number(values['most-outage']),
  isCalm: values.calm,
});
const folder = await mkdtemp(path.join(tmpdir(), 'streamjob-ledger-'));
let isBalanced = false;
try {
  isBalanced = await run(plan, { folder, say, signal: stop.signal });
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
if ((isBalanced && !values.keep) || stop.signal.aborted) await rm(folder, { recursive: true, force: true });
else
  say(`seed ${plan.seed} ${isBalanced ? 'balances' : 'FAILS'}; manifests, logs and the broker's data are in ${folder}`);
process.exitCode = isBalanced ? 0 : 1;
