/**
 * The interpreter against figures that an independent script computed from the turnstile weeks beside the project: a
 * quarter of a million records each, hence not among the unit tests.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { describeWithData } from '../harness/skip.ts';
import { NOW, recordsOf } from './data-records.ts';
import { interpret } from './interpreter.ts';
import type { InputRecord, ResultRow } from './interpreter.ts';
import { jobOf } from './job.ts';

/** Sortable text of a DATE `MM/dd/yyyy` and a TIME. */
const instantKey = (date: string, time: string): string => `${date.slice(6)}${date.slice(0, 5)}${time}`;

const total = (rows: readonly ResultRow[], column: string): bigint =>
  rows.reduce((sum, { values }) => sum + BigInt(values[column] as bigint), 0n);

const TURNSTILE_FIELDS = [
  ...['UNIT', 'SCP', 'STATION', 'LINENAME', 'DIVISION'].map((name) => ({ name, type: 'string' })),
  { name: 'DATE', type: 'date', format: 'MM/dd/yyyy' },
  { name: 'TIME', type: 'string' },
  { name: 'DESC', type: 'string' },
  { name: 'ENTRIES', type: 'long' },
  { name: 'EXITS', type: 'long' },
  { name: 'TIMESTAMP', type: 'timestamp', format: 'MM/dd/yyyy HH:mm:ss', from: ['DATE', 'TIME'] },
];
const SUMS = { ENTRIES: { sum: 'ENTRIES' }, EXITS: { sum: 'EXITS' } };

describeWithData(
  'the turnstile week 230603, replayed in the order of event time',
  ['mta/turnstile_230603.csv.gz'],
  () => {
    let records: InputRecord[];
    beforeAll(() => {
      records = recordsOf('mta/turnstile_230603.csv.gz', (columns) => instantKey(columns[7]!, columns[8]!));
    });

    const fields = [
      { name: 'ROW', type: 'string' },
      { name: 'CA', type: 'string', from: ['C/A'] },
      ...TURNSTILE_FIELDS,
    ];
    const byDevice = ['CA', 'UNIT', 'SCP', 'STATION', 'LINENAME', 'DIVISION', 'DATE', 'DESC'];
    test.each([
      [5, byDevice, 252_450],
      [60, byDevice, 218_964],
      [240, byDevice, 210_355],
      [5, ['STATION'], 28_545],
      [60, ['STATION'], 20_126],
      [240, ['STATION'], 15_903],
    ])('windows of %i minutes by %j have %i groups', (minutes, groupBy, groups) => {
      const job = jobOf({
        schema: { format: 'csv', fields, eventTime: 'TIMESTAMP' },
        window: { type: 'tumbling', size: `${minutes}m`, watermark: { delay: '5m' }, groupBy, aggregate: SUMS },
      });
      const { rows, late, bad } = interpret(job, records, { now: NOW });
      expect({ groups: rows.length, late: late.length, bad: bad.length }).toEqual({ groups, late: 0, bad: 0 });
      expect([total(rows, 'ENTRIES'), total(rows, 'EXITS')]).toEqual([8_760_388_086_918n, 7_008_894_925_712n]);
    });
  },
);

describeWithData('riders per station and hour in the week 240106', ['mta/240106.csv.gz'], () => {
  const absolute = (name: string): string => `${name} < 0 ? -${name} : ${name}`;

  test('are the changes of each device since its last reading, and some devices count down', () => {
    const fields = [{ name: 'ROW', type: 'string' }, { name: 'CA', type: 'string' }, ...TURNSTILE_FIELDS];
    const job = jobOf({
      schema: { format: 'csv', fields, eventTime: 'TIMESTAMP' },
      steps: [
        {
          name: 'riders',
          delta: { by: ['CA', 'UNIT', 'SCP'], fields: { ENTRIES: 'ENTRIES', EXITS: 'EXITS' }, maxChange: 7200 },
        },
        { name: 'down-is-up', map: { set: { ENTRIES: absolute('ENTRIES'), EXITS: absolute('EXITS') } } },
      ],
      window: { type: 'tumbling', size: '1h', groupBy: ['STATION'], aggregate: SUMS },
    });
    const records = recordsOf('mta/240106.csv.gz', (columns) => instantKey(columns[7]!, columns[8]!));
    const { rows, late, bad } = interpret(job, records, { now: NOW });
    expect({ groups: rows.length, late: late.length, bad: bad.length }).toEqual({ groups: 20_024, late: 0, bad: 0 });
    expect([total(rows, 'ENTRIES'), total(rows, 'EXITS')]).toEqual([11_191_644n, 20_490_665n]);
  });
});
