/**
 * A manifest with flags as the command line takes them, run in this process: what it printed, the files that it wrote,
 * and the records that its topic held. Judging and running are the program's own; only the clock is the test's.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { parseCommandLine } from '../../job-runtime/cli/arguments.ts';
import { judge } from '../../job-runtime/cli/judgement.ts';
import type { PlannedJob } from '../../job-runtime/cli/judgement.ts';
import { override } from '../../job-runtime/cli/overrides.ts';
import { LocalRun } from '../../job-runtime/local/local-run.ts';
import type { RunSummary } from '../../job-runtime/local/summary.ts';
import { Partitioner } from '../../job-runtime/log/partitioner.ts';
import { createSource } from '../../job-runtime/sources/registry.ts';
import type { InputRecord } from '../reference/interpreter.ts';

/** After all the data of the tests. */
export const NOW: number = Date.UTC(2026, 0, 1);

export const EXAMPLES: string = path.join(import.meta.dirname, '..', '..', 'examples');

export interface Outcome {
  readonly summary: RunSummary;
  /** What the console sink printed. */
  readonly printed: string;
}

export function exampleText(name: string): string {
  return readFileSync(path.join(EXAMPLES, `${name}.yaml`), 'utf8');
}

/** An example as it runs with these flags. */
export function example(name: string, ...flags: readonly string[]): PlannedJob {
  return planned(parse(exampleText(name)), flags);
}

/** Throws with all that the program would complain of. */
export function planned(document: unknown, flags: readonly string[]): PlannedJob {
  const commandLine = parseCommandLine(['run', 'job.yaml', ...flags]);
  if (commandLine.kind !== 'command') throw new RangeError(JSON.stringify(commandLine));
  const changed = override(document, commandLine.flags);
  const judged = judge(changed.document);
  const problems = 'problems' in judged ? judged.problems.map(({ path: at, message }) => `${at}: ${message}`) : [];
  if ('problems' in judged || changed.complaints.length > 0)
    throw new RangeError([...changed.complaints, ...problems].join('\n'));
  return judged;
}

export async function run({ job, plan }: PlannedJob, now: () => number = () => NOW): Promise<Outcome> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const localRun = new LocalRun(job, plan, { unpaced: true, stdout, now, sleep: async () => undefined });
  const summary = await localRun.run(new AbortController().signal);
  return { summary, printed: Buffer.concat(chunks).toString() };
}

/** The lines that a job printed: one for each result, and a header with `format: csv`. */
export async function printedLines(job: PlannedJob): Promise<string[]> {
  const { printed } = await run(job);
  return printed.split('\n').slice(0, -1);
}

/** The records of the job's topic, as its producer writes them into its partitions. */
export async function recordsOf({ job }: PlannedJob): Promise<InputRecord[]> {
  const partitioner = new Partitioner(job.spec.topic.partitions);
  const offsets = Array.from({ length: job.spec.topic.partitions }, () => 0);
  const records: InputRecord[] = [];
  const append = (key: Uint8Array | null, value: Uint8Array | null): void => {
    const partition = partitioner.partition(key);
    const copy = (bytes: Uint8Array | null): Buffer | null => bytes && Buffer.from(bytes);
    records.push({ partition, offset: offsets[partition]!++, key: copy(key), value: copy(value) });
  };
  const source = createSource(job, { now: NOW, paced: false });
  await source.open();
  while (!(await source.read(10_000, NOW, { append })).done);
  await source.close();
  return records;
}

/** The values of these records, as text. */
export async function textsOf(job: PlannedJob): Promise<string[]> {
  return (await recordsOf(job)).map(({ value }) => value!.toString());
}

/** A folder's files by name. */
export function filesIn(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder).sort();
  return new Map(names.map((name) => [name, readFileSync(path.join(folder, name))]));
}

/** All rows of a folder's csv files, sorted; dead letters aside. Fails where a file lacks this header. */
export function rowsIn(folder: string, header: string): string[] {
  const rows: string[] = [];
  for (const [name, bytes] of filesIn(folder)) {
    if (name.endsWith('_dead-letters.jsonl')) continue;
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    if (!text.startsWith(`${header}\n`)) throw new Error(`${name} starts with ${text.slice(0, 200)}`);
    rows.push(...csvRows(text.slice(header.length + 1)));
  }
  return rows.sort();
}

/** A newline in quotes ends no row. */
const csvRows = (text: string): string[] => text.match(/(?:"(?:[^"]|"")*"|[^"\n])+(?=\n)/g) ?? [];
