/**
 * Kafka's own Java client for tests: java/StreamJobClient.java, compiled once per user, version and source. What it
 * writes our code must read, and the other way round. One call is one JVM (half a second), so put many cases into one.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache-folder.ts';
import { answers, jars, moveInto, whyNoKafka } from './provision.ts';
import type { KafkaVersion } from './provision.ts';

/** Headers as [key, value]; keys may repeat. */
export type JavaHeaders = readonly (readonly [string, Uint8Array | null])[];

export type JavaRecord = Readonly<{
  /** −1 in what is produced: the client's partitioner chooses. */
  partition: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
  /** Milliseconds; absent in what is produced: now. */
  timestamp?: number;
  headers?: JavaHeaders;
}>;

export type ConsumedRecord = Required<JavaRecord> & Readonly<{ offset: number }>;

export type ProduceOptions = Readonly<{
  brokers: readonly string[];
  topic: string;
  compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  acks?: 'all' | '1' | '0';
  /** Bytes of a batch at most. */
  batch?: number;
  /** Milliseconds that a batch waits for more records. */
  linger?: number;
  /** All records are one transaction of this id. */
  transactionalId?: string;
  /** What becomes of the transaction; `leave` ends the process in the middle of it. Absent: commit. */
  end?: 'commit' | 'abort' | 'leave';
}>;

export type ConsumeOptions = Readonly<{
  brokers: readonly string[];
  topic: string;
  /** Absent: read_committed. */
  isolation?: 'read_committed' | 'read_uncommitted';
  /** Absent: all. */
  partitions?: readonly number[];
}>;

const SOURCE = path.join(import.meta.dirname, 'java', 'StreamJobClient.java');
const NEWEST: KafkaVersion = '4.1.1';
const FLAGS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const LOGGING = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';

const run = promisify(execFile);
const compiled = new Map<KafkaVersion, Promise<string>>();

/** Why the client cannot be built or run on this machine, or undefined. */
export function whyNoJavaClient(version: KafkaVersion = NEWEST): string | undefined {
  if (!answers('javac', ['-version'])) return 'needs a Java 17 compiler for the Java client';
  return whyNoKafka(version);
}

/** Runs a subcommand with these lines on stdin; the lines that it printed. */
export async function runJavaClient(
  args: readonly string[],
  input: readonly string[],
  version: KafkaVersion = NEWEST,
): Promise<string[]> {
  const child = spawn('java', ['-cp', await classpath(version), LOGGING, ...FLAGS, 'StreamJobClient', ...args]);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => {}); // It ended early: its exit code and stderr say why.
  child.stdin.end(input.map((line) => `${line}\n`).join(''));
  const [code, output, problem] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`StreamJobClient ${args.join(' ')} failed:\n${problem.slice(-4000)}`);
  return output.split('\n').slice(0, -1);
}

/** Writes the records with the Java producer; where each went, in their order. Offset −1 with acks 0. */
export async function produceWithJava(
  options: ProduceOptions,
  records: readonly JavaRecord[],
): Promise<{ partition: number; offset: number }[]> {
  const lines = await runJavaClient(['produce', ...named(options)], records.map(lineOf));
  return lines.map((line) => {
    const [partition, offset] = line.split('\t');
    return { partition: Number(partition), offset: Number(offset) };
  });
}

/** What the Java consumer reads from the topic's start to where it ends now. */
export async function consumeWithJava(options: ConsumeOptions): Promise<ConsumedRecord[]> {
  return (await runJavaClient(['consume', ...named(options)], [])).map(recordOf);
}

function named(options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
}

function lineOf({ partition, key, value, timestamp, headers = [] }: JavaRecord): string {
  const pairs = headers.map(([name, bytes]) => `${Buffer.from(name).toString('base64')}:${nullable(bytes)}`);
  return [partition, nullable(key), nullable(value), timestamp ?? '-', pairs.join(',')].join('\t');
}

function recordOf(line: string): ConsumedRecord {
  const [partition, offset, key, value, timestamp, headers] = line.split('\t');
  return {
    partition: Number(partition),
    offset: Number(offset),
    key: bytesOf(key!),
    value: bytesOf(value!),
    timestamp: Number(timestamp),
    headers: (headers ? headers.split(',') : []).map((pair) => {
      const [name, bytes] = pair.split(':');
      return [Buffer.from(name!, 'base64').toString(), bytesOf(bytes!)] as const;
    }),
  };
}

const nullable = (bytes: Uint8Array | null): string => (bytes ? Buffer.from(bytes).toString('base64') : '-');

const bytesOf = (field: string): Uint8Array | null =>
  field === '-' ? null : Uint8Array.from(Buffer.from(field, 'base64'));

async function classpath(version: KafkaVersion): Promise<string> {
  if (!compiled.has(version)) compiled.set(version, compile(version));
  return `${path.join(await jars(version), '*')}${path.delimiter}${await compiled.get(version)!}`;
}

async function compile(version: KafkaVersion): Promise<string> {
  const source = createHash('sha256')
    .update(await readFile(SOURCE))
    .digest('hex')
    .slice(0, 12);
  const folder = path.join(cacheFolder, `java-client-${version}-${source}`);
  if (existsSync(folder)) return folder;
  const kafka = path.join(await jars(version), '*');
  await mkdir(cacheFolder, { recursive: true });
  const scratch = await mkdtemp(path.join(cacheFolder, 'java-client-compiling-'));
  try {
    await run('javac', ['-encoding', 'UTF-8', '--release', '17', '-cp', kafka, '-d', scratch, SOURCE]);
    await moveInto(folder, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}
