/** Whether two answers to one job are the same, as far as docs/semantics.md makes them the same. */
import type { Aggregate, StreamJob } from '../../crds/stream-job.ts';
import { fieldsShown } from './fields.ts';
import type { Interpretation, ResultRow } from './interpreter.ts';
import type { Plain } from './values.ts';

/** What differs, in a line each; none: they agree. */
export function differences(job: StreamJob, expected: Interpretation, actual: Interpretation): string[] {
  const lists = (['late', 'bad', 'duplicates'] as const).flatMap((name) =>
    listDifferences(name, expected[name].map(textOf), actual[name].map(textOf)),
  );
  return [...lists, ...rowDifferences(job, sorted(job, expected.rows), sorted(job, shown(job, actual.rows)))];
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member));

function listDifferences(name: string, expected: readonly string[], actual: readonly string[]): string[] {
  const missing = expected.filter((item) => !actual.includes(item)).map((item) => `${name}: missing ${item}`);
  const extra = actual.filter((item) => !expected.includes(item)).map((item) => `${name}: unexpected ${item}`);
  const repeated = actual
    .filter((item, index) => actual.indexOf(item) !== index)
    .map((item) => `${name}: twice ${item}`);
  return [...missing, ...extra, ...repeated];
}

/** Without a window the sink's columns are all that anybody sees; what is in others need not be parsed. */
function shown(job: StreamJob, rows: readonly ResultRow[]): readonly ResultRow[] {
  if (job.spec.window) return rows;
  return rows.map(({ values }) => ({
    values: Object.fromEntries(fieldsShown(job).map((name) => [name, values[name]!])),
  }));
}

/** By window and group; without a window, by all that they hold. */
function identityOf({ spec }: StreamJob, { windowStart, windowEnd, values }: ResultRow): string {
  return textOf(spec.window ? [windowEnd, windowStart, ...spec.window.groupBy.map((name) => values[name])] : values);
}

const sorted = (job: StreamJob, rows: readonly ResultRow[]): ResultRow[] =>
  rows
    .map((row) => ({ row, id: identityOf(job, row) }))
    .sort((a, b) => Number(a.id > b.id) - Number(a.id < b.id))
    .map(({ row }) => row);

function rowDifferences(job: StreamJob, expected: readonly ResultRow[], actual: readonly ResultRow[]): string[] {
  const ids = actual.map((row) => identityOf(job, row));
  const places = job.spec.window
    ? listDifferences(
        'rows',
        expected.map((row) => identityOf(job, row)),
        ids,
      )
    : [];
  if (places.length > 0 || expected.length !== actual.length)
    return [...places, `rows: expected ${expected.length}, got ${actual.length}`];
  return expected.flatMap((row, index) =>
    Object.keys({ ...row.values, ...actual[index]!.values })
      .filter((name) => !isSame(job.spec.window?.aggregate[name], row.values[name], actual[index]!.values[name]))
      .map((name) => `rows: ${name} in ${textOf(row)}: got ${textOf(actual[index]!.values[name])}`),
  );
}

/** Double sums and means to 1e-9; the two sketches within their errors; all else to the bit. */
function isSame(aggregate: Aggregate | undefined, expected: Plain | undefined, actual: Plain | undefined): boolean {
  const tolerance = aggregate && expected != null && actual != null ? toleranceOf(aggregate, expected) : 0;
  return tolerance === 0 ? Object.is(expected, actual) : Math.abs(Number(expected) - Number(actual)) <= tolerance;
}

function toleranceOf({ percentile, countDistinct, avg, sum }: Aggregate, expected: Plain): number {
  const size = Math.abs(Number(expected));
  if (percentile) return 0.01 * size + 1e-9;
  if (countDistinct !== undefined) return Math.max(1, 0.03 * size);
  return (avg ?? sum) !== undefined && typeof expected === 'number' ? 1e-9 * Math.max(1, size) : 0;
}
