/**
 * A real Kafka broker for tests: one KRaft node as a plain process on loopback. The data folder belongs to the caller, so
 * that a broker can be stopped or killed and started again on what it left behind; `stop` ends the process and leaves
 * the data.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { jars } from './kafka/provision.ts';
import type { KafkaVersion } from './kafka/provision.ts';

export { KAFKA_VERSIONS, whyNoKafka } from './kafka/provision.ts';
export type { KafkaVersion } from './kafka/provision.ts';

export type KafkaOptions = Readonly<{
  version: KafkaVersion;
  /** Absent: a free one. */
  port?: number;
  /** Made if it does not exist; formatted if it is empty. One broker at a time. */
  dataDir: string;
  /** Broker settings on top of those below. */
  properties?: Readonly<Record<string, string>>;
  /** Listeners beside the plain one, by name: their security protocol and port. */
  listeners?: Readonly<Record<string, Readonly<{ protocol: string; port: number }>>>;
  /** For `kafka-storage format`, such as `--add-scram` and a user. */
  formatFlags?: readonly string[];
  /** Heap and collector of the broker's JVM, in place of those below, which are for a small one that starts fast. */
  jvmFlags?: readonly string[];
}>;

export type KafkaBroker = Readonly<{
  /** For a client's `brokers`. */
  brokers: readonly string[];
  pid: number;
  /** Ends the broker and waits for it; more than once is fine. */
  stop: () => Promise<void>;
  /**
   * The same without notice, as a crash would. To start again takes 9 s longer than usual: the controller holds the old
   * registration until `broker.session.timeout.ms` is over.
   */
  kill: () => Promise<void>;
}>;

const START_TIMEOUT_MILLIS = 60_000;
const STOP_TIMEOUT_MILLIS = 20_000;
const HEAP = ['-Xms128m', '-Xmx768m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const LOGGING = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';

/** ApiVersions v0 from a client without a name: length, api key 18, version 0, correlation id 1, null. */
const API_VERSIONS = Buffer.from('0000000a001200000000' + '0001' + 'ffff', 'hex');

const run = promisify(execFile);

/** Fetches the broker if need be, starts it, and resolves once it answers requests. */
export async function startKafka(options: KafkaOptions): Promise<KafkaBroker> {
  const classpath = path.join(await jars(options.version), '*');
  const port = await freePort(options.port);
  await mkdir(options.dataDir, { recursive: true });
  const settings = path.join(options.dataDir, 'server.properties');
  await writeFile(settings, brokerSettings(options, { broker: port, controller: await freePort() }));
  if (!existsSync(path.join(options.dataDir, 'log', 'meta.properties'))) {
    await format(classpath, settings, options.formatFlags);
  }
  const log = path.join(options.dataDir, 'server.log');
  const child = start(['-cp', classpath, LOGGING, ...(options.jvmFlags ?? HEAP), 'kafka.Kafka', settings], log);
  await once(child, 'spawn');
  await untilReady(child, port, log);
  return {
    brokers: [`127.0.0.1:${port}`],
    pid: child.pid!,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  };
}

function brokerSettings(
  { dataDir, properties, listeners = {} }: KafkaOptions,
  ports: Readonly<{ broker: number; controller: number }>,
): string {
  const more = Object.entries(listeners);
  const advertised = [
    `PLAINTEXT://127.0.0.1:${ports.broker}`,
    ...more.map(([name, { port }]) => `${name}://127.0.0.1:${port}`),
  ].join(',');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `${advertised},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': advertised,
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      ...more.map(([name, { protocol }]) => `${name}:${protocol}`),
    ].join(','),
    'log.dirs': path.join(dataDir, 'log'),
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    // Few partitions, so that the coordinators are there at once.
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    ...properties,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function format(classpath: string, settings: string, more: readonly string[] = []): Promise<void> {
  // A cluster id is 16 bytes in URL-safe base64; one that starts with a dash would be taken for a flag.
  const id = Buffer.concat([Buffer.of(0), randomBytes(15)]).toString('base64url');
  const flags = ['format', '-t', id, '-c', settings, ...more];
  await run('java', ['-cp', classpath, LOGGING, 'kafka.tools.StorageTool', ...flags]);
}

/** The output goes to a file: a pipe that nobody reads would stop the broker one day. */
function start(flags: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn('java', flags, { stdio: ['ignore', output, output] });
  closeSync(output);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

/** Waits for the first answer; says what the broker logged if it ended or took too long. */
async function untilReady(child: ChildProcess, port: number, log: string): Promise<void> {
  for (const deadline = Date.now() + START_TIMEOUT_MILLIS; Date.now() < deadline && !hasEnded(child);) {
    if (await answersRequests(port)) return;
    await delay(50);
  }
  await end(child, 'SIGKILL');
  const said = await readFile(log, 'utf8');
  throw new Error(`the Kafka broker on port ${port} did not start:\n${said.slice(-2000)}`);
}

function answersRequests(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(API_VERSIONS));
    const done = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.setTimeout(2000, () => done(false));
  });
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MILLIS);
  await gone;
  clearTimeout(patience);
}

/** The port wanted, or any, after a look whether it is free: a stranger on it would answer in the broker's place. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
