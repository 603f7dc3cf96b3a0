/** `streamjob run`: a job in this process, from its manifest to its summary. */
import { randomInt } from 'node:crypto';
import { RUN } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import { pauseFor } from '../pause.ts';
import type { Flags } from './arguments.ts';
import { printFailure } from './failure.ts';
import { clusterOf } from './kafka/cluster.ts';
import { loadJob } from './load.ts';
import { isUnpaced } from './overrides.ts';
import { LogReporter, TextReporter } from './reporter.ts';
import type { Reporter } from './reporter.ts';
import { EXIT } from './world.ts';
import type { ClusterRunOptions, Run, World } from './world.ts';

export async function runCommand(file: string, flags: Flags, world: World): Promise<number> {
  const log = flags.get('log')?.at(-1) ?? (world.stderr.isTerminal ? 'text' : 'json');
  if (log !== 'text' && log !== 'json') {
    printFailure({ lines: [`--log must be text or json; got ${log}`] }, world.stderr);
    return EXIT.wrongInput;
  }
  const planned = await loadJob(file, flags, world);
  if (!planned) return EXIT.wrongInput;
  const { job, plan } = planned;
  const where = placeOf(flags, job);
  if (typeof where === 'string') {
    printFailure({ lines: [where] }, world.stderr);
    return EXIT.wrongInput;
  }
  const reporter = log === 'text' ? new TextReporter(world, job) : new LogReporter(world, job);
  const signal = world.stopSignal();
  const onStop = (): void => reporter.stopping(where.cluster !== undefined);
  signal.addEventListener('abort', onStop, { once: true });
  try {
    const run = await createRun({ job, plan, isUnpaced: isUnpaced(flags) || !isPaced(job) }, where, reporter, world);
    await runAndReport(run, reporter, signal, world);
  } finally {
    signal.removeEventListener('abort', onStop);
  }
  return EXIT.done;
}

interface Planned {
  readonly job: StreamJob;
  readonly plan: JobPlan;
  readonly isUnpaced: boolean;
}

async function createRun(
  { job, plan, isUnpaced: unpaced }: Planned,
  { cluster }: Place,
  reporter: Reporter,
  world: World,
): Promise<Run> {
  const options = { unpaced, stdout: world.stdout.stream, now: world.now, sleep: pauseFor };
  if (!cluster) return world.createRun(job, plan, options);
  return world.createKafkaRun(job, plan, { ...options, ...cluster, say: (line) => reporter.say(line) });
}

async function runAndReport(run: Run, reporter: Reporter, signal: AbortSignal, world: World): Promise<void> {
  const start = world.elapsed();
  reporter.start(() => run.progress());
  try {
    const summary = await run.run(signal);
    reporter.end();
    if (!world.isReaderGone()) reporter.summary(summary, Math.max(1, world.elapsed() - start) / 1000);
  } finally {
    reporter.end();
  }
}

type Place = { readonly cluster?: Pick<ClusterRunOptions, 'kafka' | 'read' | 'identity'> };

/** The embedded log, or a cluster and the run's identity there; or what is wrong with the flags, in one line. */
function placeOf(flags: Flags, job: StreamJob): Place | string {
  if (flags.has('kafka')) return clusterPlace(flags, job);
  const lost = ['run', 'namespace', 'secrets'].find((flag) => flags.has(flag));
  if (lost !== undefined) return `--${lost} is for a run on a cluster: give its brokers with --kafka HOST:PORT,…`;
  if (job.spec.producer) return {};
  return 'the job has no source of records: add spec.producer, or feed it from a file with --input FILE';
}

function clusterPlace(flags: Flags, { spec, metadata }: StreamJob): Place | string {
  const cluster = clusterOf(flags, spec.kafka);
  if ('complaint' in cluster) return cluster.complaint;
  const run = flags.get('run')?.at(-1) ?? randomRun();
  if (!RUN.test(run)) return `--run must be 1 to 16 lower-case letters and digits; got ${run}`;
  const namespace = flags.get('namespace')?.at(-1) ?? metadata.namespace ?? 'default';
  const { name } = metadata;
  return { cluster: { ...cluster, identity: { namespace, name, run, uid: `cli-${namespace}-${name}` } } };
}

/** Eight letters and digits. */
const randomRun = (): string => randomInt(36 ** 7, 36 ** 8).toString(36);

/** Whether the manifest lets records come over time; else nothing of the run depends on the clock. */
function isPaced({ spec }: StreamJob): boolean {
  if (!spec.producer) return true;
  const { turnstile, web, bids, file } = spec.producer.source;
  return (spec.producer.rate ?? (turnstile ?? web ?? bids ?? file)?.speed) !== undefined;
}
