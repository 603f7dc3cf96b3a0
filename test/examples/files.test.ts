/** The examples on files, on small files with the quirks of the real ones, against results worked out by hand. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Scratch } from '../../job-runtime/sources/sources.test-kit.ts';
import { example, printedLines, rowsIn, run } from './local-job.ts';

const fixture = (name: string): string => path.join(import.meta.dirname, 'fixtures', name);

/** As the real files come: one gzip member after the other, cut wherever it was. */
function inMembers(name: string, bytes: number): Buffer {
  const content = readFileSync(fixture(name));
  const count = Math.ceil(content.length / bytes);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => gzipSync(content.subarray(index * bytes, (index + 1) * bytes))),
  );
}

const scratch = new Scratch();
beforeAll(() => scratch.make());
afterAll(() => scratch.remove());

test('turnstile-replay sums 5-minute windows and stamps each with its end, whatever the header looks like', async () => {
  const input = await scratch.write('turnstiles.csv.gz', inMembers('turnstiles.csv', 100));
  const folder = scratch.path('turnstile-replay');
  const { summary } = await run(example('turnstile-replay', '--input', input, '--sink', `file:${folder}`));
  expect(summary).toMatchObject({ records: 18, rows: 12, keyMismatches: 0 });
  // No number, and no such day.
  expect([...summary.rejected]).toEqual([['BadValue', 2]]);
  expect(summary.deadLetters).toMatchObject({ count: 2 });
  const a = 'A002,R051,02-00-00,59 ST,NQR456W,BMT';
  const b = 'A006,R079,00-00-01,"5 AV/59 ""ST""\nNORTH",NQRW,BMT';
  const c = 'R127,R105,00-05-01,14 ST,123FLM,IRT';
  const header = 'CA,UNIT,SCP,STATION,LINENAME,DIVISION,DATE,TIME,DESC,ENTRIES,EXITS';
  expect(rowsIn(folder, header)).toEqual([
    `${a},05/27/2023,00:05:00,REGULAR,2040,985`,
    `${a},05/27/2023,04:05:00,REGULAR,4100,1981`,
    `${a},05/27/2023,04:10:00,REGULAR,2052,991`,
    `${a},05/27/2023,08:05:00,RECOVR AUD,2061,1001`,
    `${a},05/27/2023,08:05:00,REGULAR,2060,1001`,
    `${a},05/28/2023,00:00:00,REGULAR,2500,1300`,
    `${a},05/28/2023,00:05:00,REGULAR,2510,1310`,
    `${b},05/27/2023,00:05:00,REGULAR,210,420`,
    `${b},05/27/2023,04:05:00,REGULAR,120,240`,
    `${c},05/27/2023,00:05:00,REGULAR,4294356800,4294356801`,
    `${c},05/27/2023,04:05:00,REGULAR,9007199254740995,9007199254740994`,
    `${c},05/27/2023,08:05:00,REGULAR,0,0`,
  ]);
});

test('riders are the changes of registers; a reset, a first reading and one after a week of silence are nobody', async () => {
  const folder = scratch.path('riders');
  const flags = ['--input', fixture('registers.csv'), '--sink', `file:${folder}`];
  const { summary } = await run(example('riders', ...flags));
  expect({ records: summary.records, rejected: [...summary.rejected] }).toEqual({ records: 13, rejected: [] });
  expect(rowsIn(folder, 'window.start,STATION,ENTERED,LEFT')).toEqual([
    '2023-12-20 00:00:00,CANAL ST,0,0',
    '2023-12-27 00:00:00,CANAL ST,50,50',
    '2023-12-30 03:00:00,34 ST-HERALD SQ,0,0',
    '2023-12-30 03:00:00,59 ST,40,20',
    '2023-12-30 07:00:00,34 ST-HERALD SQ,7200,0',
    '2023-12-30 07:00:00,59 ST,130,90',
    '2023-12-30 11:00:00,34 ST-HERALD SQ,0,0',
    '2023-12-30 15:00:00,34 ST-HERALD SQ,55,100',
    '2024-01-03 00:00:00,CANAL ST,0,0',
  ]);
});

test('taxi-branch sends rides of 40.00 and more one way and the others another', async () => {
  const { summary } = await run(example('taxi-branch', '--input', fixture('rides.csv')));
  expect(summary.outputs).toEqual([
    '2 records in topic rides-expensive (embedded: gone with this run)',
    '5 records in topic rides-cheap (embedded: gone with this run)',
  ]);
});

test('taxi-per-vendor gives count, sum, mean and median of each vendor and day', async () => {
  const lines = await printedLines(example('taxi-per-vendor', '--input', fixture('rides.csv')));
  expect(lines[0]).toBe('window.start,VendorID,rides,total,mean,median');
  const rows = lines.slice(1).map((line) => line.split(','));
  expect(rows.map((row) => row.slice(0, 5).join(',')).sort()).toEqual([
    '2020-06-30 00:00:00,2,1,5.00,5',
    '2020-07-01 00:00:00,1,4,70.51,17.6275',
    '2020-07-01 00:00:00,2,2,95.09,47.545',
  ]);
  const medians = rows.map(([day, vendor, , , , median]) => ({ of: `${day!.slice(5, 10)} ${vendor}`, median }));
  const exact: Readonly<Record<string, number>> = { '06-30 2': 5, '07-01 1': 10, '07-01 2': 39.99 };
  const errors = medians.map(({ of, median }) => Math.abs(Number(median) / exact[of]! - 1));
  expect(Math.max(...errors)).toBeLessThan(0.01);
});

test('taxi-hopping counts a ride in each of the two windows that hold it', async () => {
  const lines = await printedLines(example('taxi-hopping', '--input', fixture('rides.csv')));
  expect(lines[0]).toBe('window.start,window.end,VendorID,rides');
  expect(lines.slice(1).sort()).toEqual([
    '2020-06-30 23:50:00,2020-07-01 00:00:00,2,1',
    '2020-06-30 23:55:00,2020-07-01 00:05:00,1,1',
    '2020-06-30 23:55:00,2020-07-01 00:05:00,2,1',
    '2020-07-01 00:00:00,2020-07-01 00:10:00,1,2',
    '2020-07-01 00:00:00,2020-07-01 00:10:00,2,1',
    '2020-07-01 00:05:00,2020-07-01 00:15:00,1,2',
    '2020-07-01 00:05:00,2020-07-01 00:15:00,2,2',
    '2020-07-01 00:10:00,2020-07-01 00:20:00,1,2',
    '2020-07-01 00:10:00,2020-07-01 00:20:00,2,1',
    '2020-07-01 00:15:00,2020-07-01 00:25:00,1,1',
  ]);
});

test('taxi-sessions joins pickups of a zone less than 5 minutes apart, and not those exactly 5 minutes apart', async () => {
  const lines = await printedLines(example('taxi-sessions', '--input', fixture('rides.csv')));
  const sessions = lines.map((line) => Object.values(JSON.parse(line) as object).join(' | '));
  expect(sessions.sort()).toEqual([
    '2020-06-30 23:59:59 | 2020-07-01 00:04:59 | 263 | 1 | 2020-06-30 23:59:59 | 2020-06-30 23:59:59',
    '2020-07-01 00:04:59 | 2020-07-01 00:14:59 | 137 | 3 | 2020-07-01 00:04:59 | 2020-07-01 00:09:59',
    '2020-07-01 00:10:00 | 2020-07-01 00:19:59 | 263 | 2 | 2020-07-01 00:10:00 | 2020-07-01 00:14:59',
    '2020-07-01 00:19:59 | 2020-07-01 00:24:59 | 263 | 1 | 2020-07-01 00:19:59 | 2020-07-01 00:19:59',
  ]);
});
