/**
 * A broker's jars, fetched once per user and version with Maven from the pom beside this file. Nothing is installed into
 * the system and no root is needed; Java 17 and Maven are.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache-folder.ts';

/** The oldest and the newest broker that the tests run against. */
export const KAFKA_VERSIONS = ['3.9.1', '4.1.1'] as const;

export type KafkaVersion = (typeof KAFKA_VERSIONS)[number];

const POM = path.join(import.meta.dirname, 'pom.xml');

const run = promisify(execFile);

/** Another pom is another folder, so that two checkouts do not fight over one. */
function jarsFolder(version: KafkaVersion): string {
  const pom = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  return path.join(cacheFolder, `kafka-${version}-${pom}`);
}

/** Why a broker can be neither found nor fetched or run on this machine, or undefined. */
export function whyNoKafka(version: KafkaVersion): string | undefined {
  if (!answers('java', ['-version'])) return 'needs Java 17 or newer to run a Kafka broker';
  if (existsSync(jarsFolder(version)) || answers('mvn', ['--version'])) return undefined;
  return 'needs Maven to fetch a Kafka broker';
}

/** The folder of the jars; fetches them if they are missing: half a minute the first time, no time afterwards. */
export async function jars(version: KafkaVersion): Promise<string> {
  const folder = jarsFolder(version);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const scratch = await mkdtemp(path.join(cacheFolder, `kafka-${version}-fetching-`));
  try {
    const target = ['dependency:copy-dependencies', `-DoutputDirectory=${scratch}`, `-Dkafka.version=${version}`];
    await run('mvn', ['--quiet', '--batch-mode', '--file', POM, ...target], { maxBuffer: 16 << 20 });
    await moveInto(folder, scratch);
  } catch (cause) {
    throw new Error(`cannot fetch the jars of Kafka ${version}: ${whatMavenSaid(cause)}`, { cause });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

/** Whole or not at all; if another process was faster, its folder is as good. */
export async function moveInto(folder: string, scratch: string): Promise<void> {
  try {
    await rename(scratch, folder);
  } catch (cause) {
    if (!existsSync(folder)) throw cause;
  }
}

/** Whether the program can be run at all. */
export function answers(program: string, flags: readonly string[]): boolean {
  try {
    execFileSync(program, flags, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function whatMavenSaid(cause: unknown): string {
  const { stdout } = cause as { stdout?: unknown };
  return typeof stdout === 'string' && stdout !== '' ? stdout.slice(-2000) : String(cause);
}
