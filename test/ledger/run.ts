/** One run from its input to its books. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { Faults } from './faults.ts';
import { Fleet } from './fleet.ts';
import { JOB_NAMES, jobOf, manifestOf } from './jobs.ts';
import type { JobOptions } from './jobs.ts';
import { Ledger } from './ledger.ts';
import type { Account } from './ledger.ts';
import type { Plan } from './plan.ts';
import { logFacts, summary } from './summary.ts';
import { turnstileLines } from './turnstile-lines.ts';
import { Watch } from './watch.ts';

export interface RunContext {
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const CONSUMERS = 3;
/** The longest between the last fault, or the last record, and the end of the run. */
const PATIENCE_MILLIS = 150_000;

/** Resolves with whether the books balance. */
export async function run(plan: Plan, { folder, say, signal }: RunContext): Promise<boolean> {
  const begin = Date.now();
  const told = (line: string): void => say(`${((Date.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  told(
    `seed ${plan.seed}: ${plan.records} records at ${plan.rate}/s, ${plan.schedule.length} faults, a commit every ${plan.commitMillis} ms`,
  );
  const inputFile = path.join(folder, 'input.csv');
  await writeInput(inputFile, plan);
  const fleet = fleetOf(plan, folder);
  try {
    await fleet.startBroker();
    const options = { brokers: fleet.brokers, inputFile, rate: plan.rate, idleTimeout: `${plan.idleSeconds}s` };
    const done = await work(plan, fleet, { options, told, signal });
    told('everybody is stopped; reading back');
    const accounts = await books(plan, fleet, options);
    const isBalanced = accounts.every(({ examples }) => examples.length === 0) && fleet.surprises.length === 0;
    say(summary({ plan, fleet, accounts, ...done, logs: await logFacts(fleet.everybody) }));
    return isBalanced;
  } catch (error) {
    say(fleet.surprises.join('\n'));
    throw error;
  } finally {
    await fleet.close();
  }
}

interface WorkContext {
  readonly options: JobOptions;
  readonly told: (line: string) => void;
  readonly signal: AbortSignal;
}

/** From the first process to the last: everything but the books. */
async function work(
  plan: Plan,
  fleet: Fleet,
  { options, told, signal }: WorkContext,
): Promise<{ readonly faults: Faults; readonly commits: number }> {
  for (const job of JOB_NAMES) await fleet.writeManifest(job, manifestOf(job, options));
  await fleet.startProducer();
  for (const job of JOB_NAMES) for (let i = 0; i < CONSUMERS; i++) await fleet.startConsumer(job);
  const watch = new Watch(fleet);
  const faults = new Faults(fleet, told);
  let lastMove = Date.now();
  const moved = (line: string, ahead = 0): void => {
    lastMove = Math.max(lastMove, Date.now() + ahead);
    told(line);
  };
  const deadline = (): number => {
    signal.throwIfAborted();
    return lastMove + PATIENCE_MILLIS;
  };
  try {
    await watch.untilRunning(deadline);
    moved('everybody works', plan.seconds * 1000);
    await together(signal, [
      (either) => faults.run(plan.schedule, either).then(() => moved('no more faults')),
      () => watch.untilProduced(deadline).then(() => moved('all is produced')),
    ]);
    await watch.untilDone(deadline);
    await fleet.stopAll();
    return { faults, commits: watch.commitCount };
  } finally {
    await watch.close();
  }
}

/** As Promise.all, but when one fails the others are told, and waited for. */
async function together(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const all = works.map((work) => work(either));
  try {
    await Promise.all(all);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(all);
    throw error;
  }
}

async function books(plan: Plan, fleet: Fleet, options: JobOptions): Promise<Account[]> {
  const ledger = new Ledger(fleet.brokers);
  const accounts = [await ledger.producer(turnstileLines(plan.records, plan.seed))];
  for (const job of JOB_NAMES) accounts.push(...(await ledger.job(job, jobOf(manifestOf(job, options)))));
  return accounts;
}

function fleetOf({ sessionMillis, commitMillis }: Plan, folder: string): Fleet {
  return new Fleet({
    folder,
    kafka: { version: '4.1.1', dataDir: path.join(folder, 'kafka') },
    env: { STREAMJOB_SESSION_TIMEOUT: `${sessionMillis}ms`, STREAMJOB_COMMIT_INTERVAL: `${commitMillis}ms` },
  });
}

async function writeInput(file: string, { records, seed }: Plan): Promise<void> {
  const out = createWriteStream(file);
  for (const batch of turnstileLines(records, seed)) {
    if (!out.write(batch.map((line) => `${line}\n`).join(''))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}
