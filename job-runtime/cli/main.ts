#!/usr/bin/env node
/** The command line program: hands the process to `execute`, and ends with its exit code. */
import { readFileSync } from 'node:fs';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { Kafka } from '../../crds/topic.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import { LocalRun } from '../local/local-run.ts';
import type { ReadCredentials } from '../log/kafka-credentials.ts';
import type { Log } from '../log/log.ts';
import { outputFailure } from '../sinks/output-failure.ts';
import { execute } from './execute.ts';
import { failureOf, printFailure } from './failure.ts';
import { EXIT } from './world.ts';
import type { ClusterRunOptions, Run, Screen, World } from './world.ts';

const { stdin, stdout, stderr, env, argv } = process;

const stop = new AbortController();
/** What made writing to stdout impossible, the first of it. */
let stdoutError: NodeJS.ErrnoException | undefined;

function screen(stream: NodeJS.WriteStream): Screen {
  const isTerminal = stream.isTTY === true && env['TERM'] !== 'dumb';
  const colours = isTerminal && (env['NO_COLOR'] ?? '') === '';
  return { stream, isTerminal, colours, width: () => stream.columns || 80 };
}

/** The first asks for a stop, the second does not ask. */
function onStopSignal(): void {
  if (!stop.signal.aborted) {
    stop.abort();
    return;
  }
  if (stderr.isTTY) stderr.write('\n');
  // Exiting waits for reads that are under way, of a pipe that nobody writes to for one: a third kills.
  process.removeListener('SIGINT', onStopSignal);
  process.removeListener('SIGTERM', onStopSignal);
  process.exit(EXIT.killed);
}

function stopSignal(): AbortSignal {
  process.on('SIGINT', onStopSignal);
  process.on('SIGTERM', onStopSignal);
  return stop.signal;
}

/** A run with a console sink meets the error too, and fails by it; `plan` and its like do not. */
function onExit(exitCode: number): void {
  if (stdoutError === undefined || isReaderGone() || exitCode !== EXIT.done) return;
  const failure = failureOf(outputFailure(stdoutError, 'write to standard output'));
  printFailure(failure, world.stderr);
  process.exitCode = failure.exitCode;
}

/** `| head` has seen enough: no error, and nothing more to say. */
const isReaderGone = (): boolean => (stdoutError ?? (stdout.errored as NodeJS.ErrnoException | null))?.code === 'EPIPE';

/** Loaded when it is asked for: most commands need no Kafka, and its client takes a third of a second. */
async function openLog(kafka: Kafka, read: ReadCredentials): Promise<Log> {
  const { openKafka } = await import('../log/kafka/open-kafka.ts');
  return openKafka(kafka, read, { clientId: 'streamjob' }).log;
}

async function createKafkaRun(job: StreamJob, plan: JobPlan, options: ClusterRunOptions): Promise<Run> {
  const [{ openKafka }, { KafkaRun }] = await Promise.all([
    import('../log/kafka/open-kafka.ts'),
    import('../pod/kafka-run.ts'),
  ]);
  const cluster = openKafka(options.kafka, options.read, { clientId: 'streamjob' });
  return new KafkaRun(job, plan, { ...options, cluster });
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const world: World = {
  stdin,
  stdout: screen(stdout),
  stderr: screen(stderr),
  version,
  now: Date.now,
  elapsed: () => performance.now(),
  stopSignal,
  isReaderGone,
  createRun: (job, plan, options) => new LocalRun(job, plan, options),
  createKafkaRun,
  openLog,
};

stdout.on('error', (error) => {
  stdoutError ??= error;
});
// With nobody to tell it to there is nothing to say.
stderr.on('error', () => undefined);
process.on('exit', onExit);
process.on('uncaughtException', (error) => {
  const failure = failureOf(error);
  printFailure(failure, world.stderr);
  process.exit(failure.exitCode);
});

process.exitCode = await execute(argv.slice(2), world);
