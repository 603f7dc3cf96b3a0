/** The operator's program: reads its environment, runs until it is told to stop, and says how it ended. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { clusterCredentials } from './cluster/cluster-credentials.ts';
import { Operator } from './operator.ts';
import { readOptions } from './options.ts';
import { createLogger } from './telemetry/logger.ts';
import { commandOf } from './usage.ts';

const EXIT = { done: 0, failed: 1, wrongInput: 2 } as const;

const { argv, env, pid, stdout, stderr } = process;
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The first asks for an end in order, the second does not ask. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.failed);
    stop.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stop.signal;
}

async function run(): Promise<number> {
  const read = readOptions(env, { operatorVersion: version, hostname: hostname(), pid, readText });
  if ('problems' in read) {
    for (const problem of read.problems) stderr.write(`streamjob-operator: ${problem}\n`);
    return EXIT.wrongInput;
  }
  const { options, settings } = read;
  const logger = createLogger(stderr, {}, { level: settings.logLevel });
  const credentials = await clusterCredentials({
    serviceHost: env['KUBERNETES_SERVICE_HOST'],
    servicePort: env['KUBERNETES_SERVICE_PORT'],
    ...settings.access,
  });
  const operator = new Operator({ credentials, options, settings, logger });
  const namespaces = options.namespaces.length === 0 ? 'all namespaces' : options.namespaces.join(', ');
  logger.info({ version, image: options.image, httpPort: settings.httpPort }, `watching ${namespaces}`);
  const end = await operator.run(stopSignal());
  logger.info(end);
  return end === 'stopped' ? EXIT.done : EXIT.failed;
}

const command = commandOf(argv.slice(2), version);
if ('print' in command) {
  stdout.write(command.print);
} else if ('problem' in command) {
  stderr.write(`streamjob-operator: ${command.problem}\n`);
  process.exitCode = EXIT.wrongInput;
} else {
  try {
    process.exitCode = await run();
  } catch (error) {
    stderr.write(`streamjob-operator: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.failed;
  }
}
