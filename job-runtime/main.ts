/** The program of a job's pods: `main.ts consumer` or `main.ts producer`, told by its environment what to work on. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { terminationLog } from './config/settings.ts';
import { isStreamJobError } from './errors.ts';
import { runConsumerPod } from './pod/consumer-pod.ts';
import type { Pod, Role } from './pod/pod.ts';
import { createPod } from './pod/pod.ts';
import { runProducerPod } from './pod/producer-pod.ts';
import { terminationMessage } from './telemetry/termination.ts';

const EXIT = { done: 0, failed: 1, wrongInput: 2 } as const;

const { argv, env, pid, stdout, stderr } = process;
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function roleOf(argument: string | undefined): Role | undefined {
  return argument === 'consumer' || argument === 'producer' ? argument : undefined;
}

/** The first asks for a stop at the next commit, the second does not ask. */
function stopSignal(pod: Pod): AbortSignal {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(EXIT.failed);
    pod.events.stopping(name);
    stop.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stop.signal;
}

function fail(error: unknown, mask: (text: string) => string = (text) => text): void {
  const file = terminationLog(env, existsSync);
  if (file === undefined) return;
  try {
    writeFileSync(file, terminationMessage(error, mask));
  } catch {
    // The log has the reason too, and is still to get it.
  }
}

async function run(role: Role): Promise<number> {
  const pod = await createPod({ role, environment: env, pid, stderr, now: Date.now });
  const signal = stopSignal(pod);
  const { httpPort } = pod.settings;
  pod.events.started({ version, role, uid: pod.identity.uid, ...(httpPort > 0 && { httpPort }) });
  try {
    if (role === 'consumer') await runConsumerPod(pod, stdout, signal);
    else await runProducerPod(pod, signal);
    pod.events.stopped();
    return EXIT.done;
  } catch (error) {
    const isOurs = isStreamJobError(error);
    fail(error, pod.mask);
    pod.events.failed(isOurs ? error.code : 'Unexpected', isOurs ? error.message : stackOf(error));
    return isOurs && error.code === 'ConfigInvalid' ? EXIT.wrongInput : EXIT.failed;
  } finally {
    await pod.cluster.close();
  }
}

/** Of a mistake in this program the place is worth more than the words. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const role = roleOf(argv[2]);
if (!role) {
  stderr.write('streamjob: say which role this pod has: consumer or producer\n');
  process.exitCode = EXIT.wrongInput;
} else {
  try {
    process.exitCode = await run(role);
  } catch (error) {
    fail(error);
    stderr.write(`streamjob: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = isStreamJobError(error, 'ConfigInvalid') ? EXIT.wrongInput : EXIT.failed;
  }
}
