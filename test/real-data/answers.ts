/**
 * Answers over whole files, in a form that can be compared quickly: one text per result row, sorted. The local run
 * prints its rows, the interpreter and the engine's tasks give values; `printedRows` brings the latter to the former.
 */
import { createHash } from 'node:crypto';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { PlannedJob } from '../../job-runtime/cli/judgement.ts';
import { NOW, recordsOf, run } from '../examples/local-job.ts';
import { interpret } from '../reference/interpreter.ts';
import type { Interpretation, ResultRow } from '../reference/interpreter.ts';
import type { Plain } from '../reference/values.ts';

/** A shared machine may be slow. */
export const PATIENCE_MILLIS = 300_000;

export interface Answer {
  readonly records: number;
  readonly late: number;
  readonly bad: number;
  /** Sorted. */
  readonly rows: readonly string[];
}

/** Prints all columns of a result as JSON, whatever the manifest's sink is. */
export const ALL_COLUMNS = ['--sink', 'console', '--set', 'spec.sink.console={format: json}'];

/** Of a job with ALL_COLUMNS. */
export async function answerOf(job: PlannedJob): Promise<Answer> {
  const { summary, printed } = await run(job);
  const rejected = [...summary.rejected.values()].reduce((sum, count) => sum + count, 0);
  const late = summary.rejected.get('Late') ?? 0;
  const rows = printed.split('\n').slice(0, -1).sort();
  return { records: summary.records, late, bad: rejected - late, rows };
}

/** What the interpreter says of the records that the job's own producer puts into the job's own partitions. */
export async function expectedAnswerOf(planned: PlannedJob): Promise<Answer> {
  const records = await recordsOf(planned);
  const { rows, late, bad } = interpret(planned.job, records, { now: NOW });
  return { records: records.length, late: late.length, bad: bad.length, rows: printedRows(planned.job, rows) };
}

/** What can be compared and printed at once. */
export interface Digest {
  readonly records: number;
  readonly late: number;
  readonly bad: number;
  readonly groups: number;
  /** A hash of all rows. */
  readonly rows: string;
}

/** An answer with its rows as one short text: long lists that differ take minutes to print. */
export function digest({ rows, ...figures }: Answer): Digest {
  return { ...figures, groups: rows.length, rows: hash(rows) };
}

/** The same of values; which records are late, bad or duplicates goes into the hash. */
export function digestOf({ rows, late, bad, duplicates }: Interpretation, records: number): Digest {
  const texts = rows.map(({ windowStart, windowEnd, values }) =>
    [windowStart, windowEnd, ...Object.values(values)].map(String).join('|'),
  );
  const places = [late, bad, duplicates].map((list) => list.map(({ partition, offset }) => `${partition}/${offset}`));
  const lines = [...texts.sort(), ...places.flat()];
  return { records, late: late.length, bad: bad.length, groups: rows.length, rows: hash(lines) };
}

const hash = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex');

/** The sum of a whole-number column, exact. */
export function total(rows: readonly string[], column: string): bigint {
  const pattern = new RegExp(`"${column}":(-?\\d+)`);
  return rows.reduce((sum, row) => sum + BigInt(pattern.exec(row)![1]!), 0n);
}

/** The rows as the console sink prints them, sorted. For groups and aggregates of texts, whole numbers and days. */
function printedRows({ spec }: StreamJob, rows: readonly ResultRow[]): string[] {
  const days = new Set(spec.schema.fields.filter(({ type }) => type === 'date').map(({ name }) => name));
  const text = (name: string, value: Plain): string => {
    if (days.has(name)) return JSON.stringify(dayText(value as number));
    return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  };
  const members = ({ windowStart, windowEnd, values }: ResultRow): string[] => [
    `"window.start":"${instantText(windowStart!)}"`,
    `"window.end":"${instantText(windowEnd!)}"`,
    ...Object.entries(values).map(([name, value]) => `"${name}":${text(name, value)}`),
  ];
  return rows.map((row) => `{${members(row).join(',')}}`).sort();
}

const instantText = (millis: number): string => new Date(millis).toISOString().slice(0, 19).replace('T', ' ');

/** `MM/dd/yyyy`, as the turnstile files write it. */
function dayText(millis: number): string {
  const [year, month, day] = instantText(millis).slice(0, 10).split('-');
  return `${month}/${day}/${year}`;
}
