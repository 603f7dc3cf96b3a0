/** The examples on generators: each result is computed anew from the generator's own records, by a plain loop. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Scratch } from '../../job-runtime/sources/sources.test-kit.ts';
import { example, printedLines, rowsIn, run, textsOf } from './local-job.ts';

/** By the text of a row without its last column. */
type Counts = Map<string, number>;
const add = (counts: Counts, key: string, by = 1): unknown => counts.set(key, (counts.get(key) ?? 0) + by);

const objects = <T>(lines: readonly string[]): T[] => lines.map((line) => JSON.parse(line) as T);
const seconds = (millis: number): string => new Date(millis).toISOString().slice(0, 19).replace('T', ' ');
const sortedPairs = (counts: Counts): string[] => [...counts].map(([key, count]) => `${key},${count}`).sort();

const scratch = new Scratch();
beforeAll(() => scratch.make());
afterAll(() => scratch.remove());

const NIGHT = ['--count', '360', '--seed', '7', '--start', '2024-07-22T03:30:00Z'];
const TURNSTILE_HEADER = 'CA,UNIT,SCP,STATION,LINENAME,DIVISION,DATE,TIME,DESC,ENTRIES,EXITS';

/** Sums of 5 minutes, on the clock of New York, which shows the time of the records. */
function turnstileSums(records: readonly string[]): string[] {
  const [entries, exits]: [Counts, Counts] = [new Map(), new Map()];
  for (const record of records) {
    const [ca, unit, scp, station, lines, division, , , desc, into, out, , at] = record.split(',');
    const end = (Math.floor(Date.parse(`${at!.replace(' ', 'T')}Z`) / 300_000) + 1) * 300_000;
    const [year, month, day, time] = seconds(end).split(/[- ]/);
    const group = [ca, unit, scp, station, lines, division, `${month}/${day}/${year}`, time, desc].join(',');
    add(entries, group, Number(into));
    add(exits, group, Number(out));
  }
  return [...entries].map(([group, sum]) => `${group},${sum},${exits.get(group)}`).sort();
}

test('mta-turnstile sums entries and exits of each turnstile and 5 minutes; a window that ends at midnight is of the new day', async () => {
  const folder = scratch.path('mta');
  const { summary } = await run(example('mta-turnstile', ...NIGHT, '--sink', `file:${folder}`));
  const expected = turnstileSums(await textsOf(example('mta-turnstile', ...NIGHT)));
  expect(rowsIn(folder, TURNSTILE_HEADER)).toEqual(expected);
  expect(expected.filter((row) => row.includes('07/22/2024,00:00:00'))).toHaveLength(8);
  expect(summary).toMatchObject({ records: 360, duplicates: 0, rows: expected.length });
});

test('mta-turnstile takes a record that comes again, or wrapped in quotes, for the one that it is', async () => {
  const records = await textsOf(example('mta-turnstile', ...NIGHT));
  const sent = records.flatMap((record, index) => {
    const form = index % 7 === 0 ? JSON.stringify(record) : record;
    return index % 10 === 0 ? [form, record] : [form];
  });
  const input = await scratch.write('again.csv', `${sent.join('\n')}\n`);
  const folder = scratch.path('again');
  const { summary } = await run(example('mta-turnstile', '--input', input, '--sink', `file:${folder}`));
  expect(rowsIn(folder, TURNSTILE_HEADER)).toEqual(turnstileSums(records));
  expect(summary).toMatchObject({ records: 396, duplicates: 36 });
});

interface Activity {
  readonly user: string;
  readonly page: string;
  readonly type: string;
  readonly time: string;
}

test('page-views counts the views of each page and minute, and who saw it', async () => {
  const job = example('page-views', '--count', '9000', '--start', '2024-07-22T00:00:30Z');
  const views: Counts = new Map();
  const visitors = new Map<string, Set<string>>();
  for (const { user, page, type, time } of objects<Activity>(await textsOf(job))) {
    if (type !== 'view') continue;
    const group = `${time.slice(0, 16).replace('T', ' ')}:00,${page}`;
    add(views, group);
    visitors.set(group, (visitors.get(group) ?? new Set()).add(user));
  }
  type Row = Readonly<Record<'window.start' | 'page', string> & { views: number; visitors: number }>;
  const rows = objects<Row>(await printedLines(job));
  const groupOf = (row: Row): string => `${row['window.start']},${row.page}`;
  expect(rows.map((row) => `${groupOf(row)},${row.views}`).sort()).toEqual(sortedPairs(views));
  const errors = rows.map((row) => Math.abs(row.visitors - visitors.get(groupOf(row))!.size));
  // The sketch is an estimate, which for so few is seldom wrong and never by more than one.
  expect(Math.max(...errors)).toBeLessThanOrEqual(1);
  expect(errors.filter((error) => error > 0).length).toBeLessThan(rows.length / 50);
});

test('web-sessions ends a visit after 15 minutes without a click', async () => {
  const job = example('web-sessions', '--count', '4000', '--rate', '1/s', '--start', '2024-07-22T00:00:00Z');
  const byUser = Map.groupBy(objects<Activity>(await textsOf(job)), ({ user }) => user);
  const expected: string[] = [];
  for (const [user, activities] of byUser) {
    let visit: Activity[] = [];
    for (const [index, activity] of activities.entries()) {
      visit.push(activity);
      const end = Date.parse(activity.time) + 900_000;
      const next = activities[index + 1];
      if (next && Date.parse(next.time) < end) continue;
      const [entry, exit] = [visit[0]!, visit.at(-1)!];
      expected.push([seconds(Date.parse(entry.time)), seconds(end), user, visit.length, entry.page, exit.page].join());
      visit = [];
    }
  }
  const rows = (await printedLines(job)).map((line) => Object.values(JSON.parse(line) as object).join());
  expect(rows.sort()).toEqual(expected.sort());
  expect(expected.length).toBeGreaterThan(byUser.size);
});

interface Bid {
  readonly auction: number;
  readonly price: number;
  readonly dateTime: number;
}

const BIDS = ['--count', '6000', '--seed', '3', '--start', '2024-07-22T00:00:00Z'];

test('bids-in-euros gives every bid again, its price in euros', async () => {
  const job = example('bids-in-euros', ...BIDS);
  const expected = objects<Bid>(await textsOf(job)).map((bid) => ({ ...bid, price: bid.price * 0.908 }));
  const rows = objects<Bid>(await printedLines(job));
  expect(rows).toHaveLength(6000);
  expect(rows.map((row) => JSON.stringify(row)).sort()).toEqual(expected.map((bid) => JSON.stringify(bid)).sort());
});

test('bids-selected gives auction and price of the bids on some auctions', async () => {
  const job = example('bids-selected', ...BIDS);
  const expected = objects<Bid>(await textsOf(job)).filter(({ auction }) => auction % 123 === 0);
  const [header, ...rows] = await printedLines(job);
  expect(header).toBe('auction,price');
  expect(expected.length).toBeGreaterThan(10);
  expect(rows.sort()).toEqual(expected.map(({ auction, price }) => `${auction},${price}`).sort());
});

test('hot-items counts the bids of each auction in the five windows of 10 seconds that hold each', async () => {
  const job = example('hot-items', '--count', '20000', '--rate', '1000/s', '--start', '2024-07-22T00:00:01Z');
  const expected: Counts = new Map();
  for (const { auction, dateTime } of objects<Bid>(await textsOf(job))) {
    const last = Math.floor(dateTime / 2000) * 2000;
    for (let start = last - 8000; start <= last; start += 2000)
      add(expected, `${seconds(start)},${seconds(start + 10_000)},${auction}`);
  }
  const [header, ...rows] = await printedLines(job);
  expect(header).toBe('window.start,window.end,auction,bids');
  expect(rows.sort()).toEqual(sortedPairs(expected));
});

test('people are split at $ where the quotes of JSON are gone, and an address keeps its newline', async () => {
  const job = example('people', '--count', '100', '--seed', '5');
  const sent = await textsOf(job);
  const expected = sent.map((text) => {
    const record = text.startsWith('"') ? (JSON.parse(text) as string) : text;
    const [name, address, data] = record.split('$');
    return JSON.stringify({ name, address: address!.slice(1, -1), data });
  });
  const lines = await printedLines(job);
  expect(lines.sort()).toEqual(expected.sort());
  expect(lines.every((line) => /"address":"[^"\\]+\\n[^"\\]+, [A-Z]{2} \d{5}/.test(line))).toBe(true);
  expect(sent.filter((text) => text.startsWith('"')).length).toBeGreaterThan(10);
});
