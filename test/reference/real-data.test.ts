/** The interpreter against figures that independent scripts computed from the taxi rides beside the project. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { dataFile, describeWithData } from '../harness/skip.ts';
import { NOW, recordsOf } from './data-records.ts';
import { interpret } from './interpreter.ts';
import type { InputRecord, Interpretation, ResultRow } from './interpreter.ts';
import { jobOf } from './job.ts';

describeWithData('taxi rides', ['taxi/rides.csv'], () => {
  let header: string[];
  let records: InputRecord[];
  beforeAll(() => {
    header = readFileSync(dataFile('taxi/rides.csv'), 'utf8').split('\n', 1)[0]!.trim().split(',');
    records = recordsOf('taxi/rides.csv');
  });

  const TYPES: Readonly<Record<string, object>> = {
    VendorID: { type: 'int' },
    payment_type: { type: 'int' },
    PULocationID: { type: 'int' },
    DOLocationID: { type: 'int' },
    total_amount: { type: 'double' },
    tpep_pickup_datetime: { type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss' },
    tpep_dropoff_datetime: { type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss' },
  };
  function rides(spec: object, types = TYPES): Interpretation {
    const fields = header.map((name) => ({ name, type: 'string', ...types[name] }));
    const schema = { format: 'csv', fields, eventTime: 'tpep_pickup_datetime' };
    return interpret(jobOf({ schema, ...spec }), records, { now: NOW });
  }

  /** All rides in one window, or in windows of `size` in which none is late. */
  const patient = { type: 'tumbling', size: '8760h', watermark: { delay: '8760h' } };
  const count = { rides: { count: '*' } };
  const ridesOf = ({ values }: ResultRow): number => Number(values['rides']);

  function countsBy(field: string): [number, number][] {
    const { rows } = rides({ window: { ...patient, groupBy: [field], aggregate: count } });
    const counts = rows.map((row): [number, number] => [Number(row.values[field]), ridesOf(row)]);
    return counts.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  }

  test.each([
    ['VendorID', '2:179 1:87'],
    ['payment_type', '1:157 2:106 4:2 3:1'],
    ['DOLocationID', '74:11 186:10 75:9 263:9'],
    ['PULocationID', '137:19 263:16'],
  ])('the most frequent values of %s', (field, expected) => {
    const places = expected.split(' ').length;
    expect(
      countsBy(field)
        .slice(0, places)
        .map((pair) => pair.join(':'))
        .join(' '),
    ).toBe(expected);
  });

  test.each([
    ['total_amount >= 40.0', 29],
    ['total_amount < 40.0', 237],
  ])('the branch %s', (filter, rows) => {
    expect(rides({ steps: [{ name: 'branch', filter }] }).rows).toHaveLength(rows);
  });

  test('the sum of all amounts', () => {
    const exact = { ...TYPES, total_amount: { type: 'decimal(2)' } };
    const { rows } = rides({ window: { ...patient, aggregate: { total: { sum: 'total_amount' } } } }, exact);
    expect(rows.map(({ values }) => values['total'])).toEqual([568_580n]);
  });

  test('pick-ups per hour', () => {
    const { rows } = rides({ window: { ...patient, size: '1h', aggregate: count } });
    const hours = rows.map((row) => `${new Date(row.windowStart!).toISOString().slice(5, 13)}:${ridesOf(row)}`);
    expect(hours).toEqual(['06-30T18:3', '06-30T23:2', '07-01T00:236', '07-01T01:25']);
  });

  /** Results, rides in them, rides in the largest, late rides. Two figures each: with nothing late, and as they came. */
  test.each([
    [
      'tumbling windows of 10 s with a grace of 5 s',
      { type: 'tumbling', size: '10s', allowedLateness: '5s' },
      [191, 266, 4, 0],
      [12, 13, 2, 253],
    ],
    [
      'hopping windows of 10 min by 5 min per vendor',
      { type: 'sliding', size: '10m', slide: '5m', groupBy: ['VendorID'] },
      [55, 532, 40, 0],
      [22, 44, 7, 237],
    ],
    [
      'sessions with a gap of 60 s per payment type',
      { type: 'session', gap: '60s', groupBy: ['payment_type'] },
      [63, 266, 39, 0],
      [12, 12, 1, 254],
    ],
    [
      'sessions with a gap of 5 min per pick-up zone',
      { type: 'session', gap: '5m', groupBy: ['PULocationID'] },
      [184, 266, 9, 0],
      [12, 12, 1, 254],
    ],
  ])('%s', (_name, window, inOrder, asTheyCame) => {
    const figuresWith = (delay: string): number[] => {
      const { rows, late } = rides({ window: { ...window, aggregate: count, watermark: { delay } } });
      const counts = rows.map(ridesOf);
      return [rows.length, counts.reduce((sum, rides) => sum + rides, 0), Math.max(...counts), late.length];
    };
    expect(figuresWith('8760h')).toEqual(inOrder);
    expect(figuresWith('0s')).toEqual(asTheyCame);
  });
});
