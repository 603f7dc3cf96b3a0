/**
 * Cases small enough to be worked out by hand from docs/semantics.md, which is how their expected results came about.
 * The interpreter and the engine, by several schedules, must give them. To add one, add a folder.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseStreamJob } from '../../crds/parse.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { runEngine } from '../reference/engine-runner.ts';
import { interpret } from '../reference/interpreter.ts';
import type { InputRecord, Interpretation, ResultRow } from '../reference/interpreter.ts';

const NOW = Date.UTC(2025, 0, 1);
const folder = import.meta.dirname;
const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

const linesOf = (name: string, file: string): string[] => readFileSync(path.join(folder, name, file), 'utf8').trimEnd().split('\n');

function jobOf(name: string): StreamJob {
  const parsed = parseStreamJob(parse(readFileSync(path.join(folder, name, 'job.yaml'), 'utf8')));
  if ('problems' in parsed) throw new RangeError(parsed.problems.map(({ path: at, message }) => `${at}: ${message}`).join('\n'));
  return parsed.job;
}

function recordOf(line: string): InputRecord {
  const { value, ...position } = JSON.parse(line) as { partition: number; offset: number; value: string | null };
  return { ...position, key: null, value: value === null ? null : Buffer.from(value) };
}

/** An answer in the form of expected.jsonl, in which JSON numbers are as long as they need to be. */
function answerLines(job: StreamJob, { rows, late, bad, duplicates }: Interpretation): string[] {
  const place = ({ partition, offset }: { partition: number; offset: number }): number[] => [partition, offset];
  return [
    ...rows.map((row) => lineOf(rowOf(job, row))),
    ...late.map((record) => lineOf({ late: place(record) })),
    ...bad.map((record) => lineOf({ bad: place(record), reason: record.reason })),
    ...duplicates.map((record) => lineOf({ duplicate: place(record) })),
  ];
}

const lineOf = (answer: object): string =>
  JSON.stringify(answer, (_name, value: unknown) => (typeof value === 'bigint' ? `bigint:${value}` : value)).replace(/"bigint:(-?\d+)"/g, '$1');

const instant = (millis: number): string => new Date(millis).toISOString();

function rowOf({ spec }: StreamJob, { windowStart, windowEnd, values }: ResultRow): object {
  const isTime = (name: string): boolean => !spec.window && name === spec.schema.eventTime;
  const shown = Object.entries(values).map(([name, value]) => [name, isTime(name) ? instant(value as number) : value]);
  const bounds = windowStart === undefined ? {} : { start: instant(windowStart), end: instant(windowEnd!) };
  return { ...bounds, ...(Object.fromEntries(shown) as object) };
}

const SCHEDULES = [
  { seed: 1, batchSizes: [1], restoreEvery: 1, shufflePartitions: 1 },
  { seed: 2, batchSizes: [2, 3], restoreEvery: 2, shufflePartitions: 3 },
  { seed: 3, batchSizes: [100], restoreEvery: undefined, shufflePartitions: 2 },
];

describe.each(cases.map(({ name }) => name))('%s', (name) => {
  const job = jobOf(name);
  const records = linesOf(name, 'input.jsonl').map(recordOf);
  const expected = linesOf(name, 'expected.jsonl').map((line) => line.replace(/("[^"]*(?:\\.[^"]*)*")|\s+/g, '$1'));

  test('the interpreter', () => {
    expect(answerLines(job, interpret(job, records, { now: NOW }))).toEqual(expected);
  });

  test.each(SCHEDULES)('the engine by schedule $seed', (schedule) => {
    const { partitions } = job.spec.topic;
    const lines = answerLines(job, runEngine(job, records, { partitions, now: NOW, schedule }));
    // Of one task the order is given, too.
    const isOneTask = partitions === 1 && schedule.shufflePartitions === 1;
    expect(isOneTask ? lines : lines.sort()).toEqual(isOneTask ? expected : expected.toSorted());
  });
});
