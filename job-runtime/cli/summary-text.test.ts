import { describe, expect, test } from '@jest/globals';
import { jobOf } from '../../test/reference/job.ts';
import type { RunProgress, RunSummary } from '../local/summary.ts';
import { paintFor } from './paint.ts';
import { RateMeter, progressText } from './progress-text.ts';
import { summaryLines, warningsOf } from './summary-text.ts';

const schema = {
  format: 'csv',
  fields: [
    { name: 'user', type: 'string' },
    { name: 'at', type: 'timestamp' },
  ],
  eventTime: 'at',
};
const window = { type: 'tumbling', size: '5m', groupBy: ['user'], aggregate: { n: { count: '*' } } };
const WINDOWED = jobOf({
  schema,
  window,
  sink: { file: { path: 'out' } },
  producer: { source: { web: {} }, key: ['user'] },
});
const PRINTED = jobOf({ schema });

const SUMMARY: RunSummary = {
  records: 253_237,
  filtered: 0,
  duplicates: 12,
  rows: 252_450,
  rejected: new Map([
    ['BadValue', 3],
    ['Late', 1000],
    ['Malformed', 2],
  ]),
  keyMismatches: 0,
  stopped: false,
  outputs: ['12 files in out'],
  run: undefined,
  deadLetters: { count: 5, path: 'out/job_dead-letters.jsonl' },
};
const EMPTY: RunSummary = {
  ...SUMMARY,
  records: 10,
  rows: 0,
  duplicates: 0,
  rejected: new Map(),
  deadLetters: { count: 0, path: undefined },
};

const plain = paintFor(false);

describe('the summary', () => {
  test('is a table, aligned by the digits', () => {
    expect(summaryLines(WINDOWED, SUMMARY, 3.21, plain).join('\n')).toBe(`reference: done
  records in    253,237
  filtered out        0
  duplicates         12
  late            1,000
  bad                 5  3 BadValue, 2 Malformed
  rows out      252,450
  seconds           3.2  78,890 records/s
  results       12 files in out
  dead letters  5 records in out/job_dead-letters.jsonl`);
  });

  test('says where printed results went, and that dead letters without a folder are not kept', () => {
    const summary = { ...SUMMARY, outputs: [], deadLetters: { count: 1, path: undefined } };
    expect(summaryLines(PRINTED, summary, 3, plain).slice(-2)).toEqual([
      '  results       printed on standard output',
      '  dead letters  1 record counted, not kept: only a file sink has a folder for them',
    ]);
  });

  test('has colours where they are wanted', () => {
    expect(summaryLines(PRINTED, SUMMARY, 3, paintFor(true))[0]).toBe('\u001B[1mreference: done\u001B[22m');
  });

  test('warns of nothing where nothing is strange', () => {
    expect(warningsOf(WINDOWED, SUMMARY)).toEqual([]);
  });

  test.each<[string, Partial<RunSummary>, string]>([
    ['no records', { records: 0 }, 'no records came: the source holds none'],
    [
      'all filtered',
      { filtered: 10 },
      'no rows came out: all records were filtered out: do the filters of spec.steps say what is meant?',
    ],
    [
      'most bad',
      { filtered: 2, rejected: new Map([['MissingField', 8]]) },
      'no rows came out: 8 of 10 records were bad (MissingField): does spec.schema fit the records?',
    ],
    ['nothing rejected', {}, 'no rows came out, though no record was rejected'],
    [
      'keys that are not as declared',
      { rows: 1, keyMismatches: 2 },
      '2 sampled records had another key than spec.producer.key says, so results may be wrong: correct it, or set spec.window.shuffle to always',
    ],
    [
      'a stop',
      { rows: 1, stopped: true },
      'stopped before the end of the input: the windows that were open came out as far as they were, and are partial; their files have _partial in the name',
    ],
  ])('warns of %s', (_, changes, warning) => {
    expect(warningsOf(WINDOWED, { ...EMPTY, ...changes })).toEqual([warning]);
  });
});

test('a warning names what the manifest says of a cluster and a local run leaves out', () => {
  const job = jobOf({
    schema,
    window,
    kafka: { brokers: ['broker:9092'] },
    stopAt: { position: 'latest' },
    sink: { console: {} },
  });
  expect(warningsOf(job, SUMMARY)).toEqual([
    'spec.kafka, spec.stopAt had no part in this run: a local run has a log of its own, which starts empty',
  ]);
});

describe('the progress line', () => {
  const PROGRESS: RunProgress = {
    records: 1_234_567,
    source: { done: 429, total: 1000, unit: 'bytes' },
    rows: 99,
    late: 3,
    bad: 1,
    watermark: Date.parse('2023-06-03T04:00:00Z'),
  };

  test.each<[string, Partial<RunProgress>, number, string]>([
    [
      'percent where the end is known',
      {},
      120,
      '42 %  1,234,567 records  350,000/s  99 rows  3 late  1 bad  watermark 2023-06-03 04:00:00Z',
    ],
    [
      'a count where it is not',
      { source: { done: 5, total: undefined, unit: 'records' }, late: 0, bad: 0, watermark: -Infinity },
      120,
      '1,234,567 records  350,000/s  99 rows',
    ],
    ['what fits the terminal', {}, 45, '42 %  1,234,567 records  350,000/s  99 rows'],
    ['something even where nothing fits', {}, 3, '42 '],
  ])('shows %s', (_, changes, width, expected) => {
    expect(progressText({ ...PROGRESS, ...changes }, 350_000, width)).toBe(expected);
  });

  test('measures the rate of the last seconds', () => {
    const meter = new RateMeter(0, 5000);
    expect(meter.observe(1000, 1000)).toBe(1000);
    expect(meter.observe(1000, 4000)).toBe(250);
    expect(meter.observe(1000, 9000)).toBe(0);
  });
});
