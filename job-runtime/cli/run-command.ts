/** `streamjob run`: a job in this process, from its manifest to its summary. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { Flags } from './arguments.ts';
import { printFailure } from './failure.ts';
import { loadJob } from './load.ts';
import { isUnpaced } from './overrides.ts';
import { LogReporter, TextReporter } from './reporter.ts';
import type { Reporter } from './reporter.ts';
import { EXIT } from './world.ts';
import type { Run, World } from './world.ts';

export async function runCommand(file: string, flags: Flags, world: World): Promise<number> {
  const log = flags.get('log')?.at(-1) ?? (world.stderr.isTerminal ? 'text' : 'json');
  if (log !== 'text' && log !== 'json') {
    printFailure({ lines: [`--log must be text or json; got ${log}`] }, world.stderr);
    return EXIT.wrongInput;
  }
  const planned = await loadJob(file, flags, world);
  if (!planned) return EXIT.wrongInput;
  const { job, plan } = planned;
  if (!job.spec.producer) {
    printFailure(
      { lines: ['the job has no source of records: add spec.producer, or feed it from a file with --input FILE'] },
      world.stderr,
    );
    return EXIT.wrongInput;
  }
  const signal = world.stopSignal();
  const run = world.createRun(job, plan, {
    unpaced: isUnpaced(flags) || !isPaced(job),
    stdout: world.stdout.stream,
    now: world.now,
    sleep,
  });
  const reporter = log === 'text' ? new TextReporter(world, job) : new LogReporter(world, job);
  await runAndReport(run, reporter, signal, world);
  return EXIT.done;
}

async function runAndReport(run: Run, reporter: Reporter, signal: AbortSignal, world: World): Promise<void> {
  const onStop = (): void => reporter.stopping();
  signal.addEventListener('abort', onStop, { once: true });
  const start = world.elapsed();
  reporter.start(() => run.progress());
  try {
    const summary = await run.run(signal);
    reporter.end();
    if (!world.isReaderGone()) reporter.summary(summary, Math.max(1, world.elapsed() - start) / 1000);
  } finally {
    signal.removeEventListener('abort', onStop);
    reporter.end();
  }
}

/** Whether the manifest lets records come over time; else nothing of the run depends on the clock. */
function isPaced({ spec }: StreamJob): boolean {
  const { turnstile, web, bids, file } = spec.producer!.source;
  return (spec.producer!.rate ?? (turnstile ?? web ?? bids ?? file)?.speed) !== undefined;
}

/** A stop cuts it short and is no error: whoever slept looks at the signal next. */
async function sleep(millis: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(millis, undefined, signal && { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
