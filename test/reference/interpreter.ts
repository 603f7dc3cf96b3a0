/**
 * What a job means, as docs/semantics.md says it and as plainly as it can be said: all records at once, no batches, no
 * state to save, no speed. The engine shares no code with it; the property test holds the two together.
 */
import { parse } from '@marcbachmann/cel-js';
import { parseDuration } from '../../crds/duration.ts';
import type { Step, StreamJob, Window } from '../../crds/stream-job.ts';
import { aggregateOf } from './aggregates.ts';
import { aggregatedField, fieldsShown, fits, numericTypeOf, zeroOf } from './fields.ts';
import { readerOf } from './reader.ts';
import type { BadReason } from './reader.ts';
import { celInput, celResult, compare, identity, magnitude, plain, plus } from './values.ts';
import type { Fields, Plain, Value } from './values.ts';
import { latenessOf, windowsOf } from './windows.ts';
import type { Span, Windows } from './windows.ts';

export type Position = Readonly<{ partition: number; offset: number }>;
export type InputRecord = Position & Readonly<{ key: Buffer | null; value: Buffer | null }>;
export type BadRecord = Position & Readonly<{ reason: BadReason }>;
/** Without a window there are no bounds. */
export type ResultRow = Readonly<{ windowStart?: number; windowEnd?: number; values: Readonly<Record<string, Plain>> }>;
export type Interpretation = Readonly<{
  rows: ResultRow[];
  late: Position[];
  bad: BadRecord[];
  duplicates: Position[];
}>;

/** A good record on its way. Of its partition: `closed` is the closed bound before it, `latest` the largest time up to it. */
type Row = Position & Readonly<{ time: number; closed: number; latest: number; fields: Fields }>;
type Group = { span: Span; key: Value[]; rows: Row[] };

const byPosition = (a: Position, b: Position): number => a.partition - b.partition || a.offset - b.offset;
const valuesOf = (name: string, rows: readonly Row[]): Value[] => rows.map(({ fields }) => fields[name]!);
const pick = (names: readonly string[], { fields }: Row): Value[] => names.map((name) => fields[name]!);

export function interpret(job: StreamJob, records: readonly InputRecord[], options: { now: number }): Interpretation {
  const { steps, window } = job.spec;
  const windows = window && windowsOf(window);
  const result: Interpretation = { rows: [], late: [], bad: [], duplicates: [] };
  let rows = accept(job, records.toSorted(byPosition), options.now, result);
  if (window) rows.sort((a, b) => a.time - b.time || byPosition(a, b));
  for (const [index, step] of steps.entries()) {
    if (step.deduplicate) rows = deduplicate(windows, step.deduplicate, rows, result);
    else if (step.delta) rows = delta(job, index, step.delta, rows);
    else rows = filterOrMap(step, rows, result);
  }
  for (const list of [result.late, result.bad, result.duplicates]) list.sort(byPosition);
  return { ...result, rows: window ? aggregate(window, rows) : project(fieldsShown(job), rows) };
}

/** Sections 1 to 3: decodes each partition's records in offset order, and judges which are late. */
function accept(job: StreamJob, records: readonly InputRecord[], now: number, result: Interpretation): Row[] {
  const read = readerOf(job, now);
  const { delay, isLate, closedBy } = latenessOf(job.spec);
  const latestOf = new Map<number, number>();
  const rows: Row[] = [];
  for (const { partition, offset, value } of records) {
    const { fields, time, reason } = read(value);
    if (reason) {
      result.bad.push({ partition, offset, reason });
      continue;
    }
    const before = latestOf.get(partition) ?? -Infinity;
    const latest = Math.max(before, time);
    latestOf.set(partition, latest);
    const closed = closedBy(before - delay);
    if (isLate(time, closed)) result.late.push({ partition, offset });
    else rows.push({ partition, offset, time, closed, latest, fields });
  }
  return rows;
}

/** Section 4, from here on. With a window, the rows stand in the order (event time, partition, offset). */
function filterOrMap({ filter, map }: Step, rows: readonly Row[], result: Interpretation): Row[] {
  const condition = parse(filter ?? 'true');
  const settings = Object.entries(map?.set ?? {}).map(([name, text]) => ({ name, expression: parse(text) }));
  const passed: Row[] = [];
  for (const row of rows) {
    const input = celInput(row.fields);
    try {
      const set = settings.map(({ name, expression }) => [name, celResult(expression(input))] as const);
      const fields = Object.entries({ ...row.fields, ...Object.fromEntries(set) })
        .map(([name, value]) => [map?.rename?.[name] ?? name, value] as const)
        .filter(([name]) => !map?.drop?.includes(name));
      const keeps = celResult(condition(input));
      if (keeps === null) throw new TypeError('null is neither true nor false');
      if (keeps) passed.push({ ...row, fields: Object.fromEntries(fields) });
    } catch {
      result.bad.push({ partition: row.partition, offset: row.offset, reason: 'ExpressionError' });
    }
  }
  return passed;
}

type Deduplicate = NonNullable<Step['deduplicate']>;
function deduplicate(
  windows: Windows | undefined,
  step: Deduplicate,
  rows: readonly Row[],
  result: Interpretation,
): Row[] {
  const remembered = new Map<string, number>();
  const within = parseDuration(step.within ?? '0s');
  return rows.filter((row) => {
    const key = identity(pick(step.by, row));
    const time = remembered.get(key) ?? -Infinity;
    const isNear = Math.abs(row.time - time) <= within && row.latest <= time + within;
    const isDuplicate = time > -Infinity && (windows ? row.time < windows.holding(time).at(-1)!.end : isNear);
    if (isDuplicate) result.duplicates.push({ partition: row.partition, offset: row.offset });
    else remembered.set(key, row.time);
    return !isDuplicate;
  });
}

function delta(job: StreamJob, index: number, step: NonNullable<Step['delta']>, rows: readonly Row[]): Row[] {
  const previous = new Map<string, Row>();
  const timeToLive = parseDuration(step.timeToLive);
  return rows.map((row) => {
    const key = identity(pick(step.by, row));
    const last = previous.get(key);
    previous.set(key, row);
    const changes = Object.entries(step.fields).map(([out, name]) => {
      const [from, to] = [last?.fields[name] ?? null, row.fields[name]!];
      const type = numericTypeOf(job, index, name, to);
      const change =
        from === null || to === null || row.time - last!.time > timeToLive ? zeroOf(type) : plus(to, from, -1);
      return [out, fits(type, change) && magnitude(change) <= (step.maxChange ?? Infinity) ? change : zeroOf(type)];
    });
    return { ...row, fields: { ...row.fields, ...(Object.fromEntries(changes) as Fields) } };
  });
}

/** Sections 5 and 6: each window and group once, ordered by (end, start, group). */
function aggregate(window: Window, rows: readonly Row[]): ResultRow[] {
  const { groupBy, type } = window;
  const windows = windowsOf(window);
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  for (const row of rows) {
    const key = pick(groupBy, row);
    for (const span of windows.holding(row.time).filter(({ end }) => end > row.closed)) {
      const id = identity(type === 'session' ? key : [span.start, span.end, ...key]);
      let group = open.get(id);
      if (!group || span.start >= group.span.end) groups.push((group = { span, key, rows: [] }));
      open.set(id, group);
      group.span = { start: group.span.start, end: span.end };
      group.rows.push(row);
    }
  }
  const byKey = (a: Group, b: Group): number =>
    a.key.map((value, index) => compare(value, b.key[index]!)).find((order) => order !== 0) ?? 0;
  groups.sort((a, b) => a.span.end - b.span.end || a.span.start - b.span.start || byKey(a, b));
  return groups.map(({ span, key, rows: members }) => ({
    windowStart: span.start,
    windowEnd: span.end,
    values: Object.fromEntries([
      ...groupBy.map((name, index) => [name, plain(key[index]!)] as const),
      ...Object.entries(window.aggregate).map(
        ([name, of]) => [name, plain(aggregateOf(of, valuesOf(aggregatedField(of), members)))] as const,
      ),
    ]),
  }));
}

const project = (names: readonly string[], rows: readonly Row[]): ResultRow[] =>
  rows.map((row) => ({ values: Object.fromEntries(names.map((name) => [name, plain(row.fields[name]!)])) }));
