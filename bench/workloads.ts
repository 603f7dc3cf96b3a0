/** The benchmark's jobs: manifests as a user would write them, and what a plain program finds in the same records. */
import { bidRecords, turnstileRecords } from './data.ts';
import type { BenchRecord } from './data.ts';

export interface Workload {
  readonly title: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly records: (count: number) => Iterable<BenchRecord>;
  /** Keys are ignored and records go round robin. */
  readonly roundRobin: boolean;
  /** Rows and sums of the result columns that a plain program computes. */
  readonly expected: (records: Iterable<BenchRecord>) => Totals;
  /** The result columns that are summed. */
  readonly summed: readonly string[];
}

export interface Totals {
  readonly rows: number;
  readonly sums: readonly number[];
}

const MINUTE = 60_000;
const text = (name: string): object => ({ name, type: 'string' });
const turnstileSchema = {
  format: 'csv',
  fields: [
    ...['AC', 'UNIT', 'SCP', 'STATION', 'LINENAME', 'DIVISION'].map(text),
    { name: 'DATE', type: 'date', format: 'MM-dd-yy' },
    ...['DESC', 'TIME'].map(text),
    { name: 'ENTRIES', type: 'long' },
    { name: 'EXITS', type: 'long' },
    text('ID'),
    { name: 'TIMESTAMP', type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss' },
  ],
  eventTime: 'TIMESTAMP',
};
const turnstileWindow = {
  type: 'tumbling',
  size: '5m',
  watermark: { delay: '5m' },
  groupBy: ['AC', 'UNIT', 'SCP', 'STATION', 'LINENAME', 'DIVISION', 'DATE', 'DESC'],
  aggregate: { ENTRIES: { sum: 'ENTRIES' }, EXITS: { sum: 'EXITS' } },
};
const bidSchema = {
  format: 'json',
  fields: [
    ...['auction', 'bidder', 'price'].map((name) => ({ name, type: 'long' })),
    ...['channel', 'url'].map(text),
    { name: 'dateTime', type: 'timestamp', format: 'epochMillis' },
    text('extra'),
  ],
  eventTime: 'dateTime',
};
const sink = { kafka: { topic: 'results', format: 'json' } };

const turnstiles = { records: turnstileRecords, expected: turnstileTotals, summed: ['ENTRIES', 'EXITS'] };
const bids = { records: bidRecords, roundRobin: true };

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  w1: {
    ...turnstiles,
    title: 'W1 turnstile, keyed',
    roundRobin: false,
    // The record key is in `by`, so duplicates meet in one task; an exact duplicate is equal in all fields anyway.
    spec: {
      schema: { ...turnstileSchema, key: { fields: ['AC', 'UNIT', 'SCP'], encoding: 'joined' } },
      steps: [{ name: 'once', deduplicate: { by: ['AC', 'UNIT', 'SCP', 'ID', 'STATION', 'TIMESTAMP'] } }],
      window: turnstileWindow,
      sink,
    },
  },
  w1b: {
    ...turnstiles,
    title: 'W1b turnstile, shuffled',
    roundRobin: true,
    spec: {
      schema: turnstileSchema,
      steps: [{ name: 'once', deduplicate: { by: ['ID', 'STATION', 'TIMESTAMP'] } }],
      window: turnstileWindow,
      sink,
    },
  },
  q1: {
    ...bids,
    title: 'q1 price × 0.908',
    spec: { schema: bidSchema, steps: [{ name: 'euros', map: { set: { price: 'double(price) * 0.908' } } }], sink },
    expected: (records) =>
      bidTotals(
        records,
        ({ price }) => price * 0.908,
        () => true,
      ),
    summed: ['price'],
  },
  q2: {
    ...bids,
    title: 'q2 auction % 123 = 0',
    spec: {
      schema: bidSchema,
      steps: [{ name: 'some', filter: 'auction % 123 == 0' }],
      sink: { kafka: { ...sink.kafka, columns: ['auction', 'price'] } },
    },
    expected: (records) =>
      bidTotals(
        records,
        ({ price }) => price,
        ({ auction }) => auction % 123 === 0,
      ),
    summed: ['price'],
  },
  w3: {
    ...bids,
    title: 'W3 bids per auction, 10 s by 2 s',
    spec: {
      schema: bidSchema,
      window: {
        type: 'sliding',
        size: '10s',
        slide: '2s',
        watermark: { delay: '1s' },
        groupBy: ['auction'],
        aggregate: { bids: { count: '*' } },
      },
      sink,
    },
    expected: slidingTotals,
    summed: ['bids'],
  },
};

/** Every record counts: none is late by the data's making, and at the end all windows close. */
function turnstileTotals(records: Iterable<BenchRecord>): Totals {
  const seen = new Set<string>();
  const groups = new Set<string>();
  const sums = [0, 0];
  for (const { value } of records) {
    const columns = value.split(',');
    if (seen.has(columns[11]!)) continue;
    seen.add(columns[11]!);
    const time = Date.parse(`${columns[12]!.replace(' ', 'T')}Z`);
    groups.add(`${Math.floor(time / (5 * MINUTE))},${columns.slice(0, 8).join(',')}`);
    sums[0]! += Number(columns[9]);
    sums[1]! += Number(columns[10]);
  }
  return { rows: groups.size, sums };
}

interface Bid {
  readonly auction: number;
  readonly price: number;
  readonly dateTime: number;
}

function bidTotals(records: Iterable<BenchRecord>, price: (bid: Bid) => number, keeps: (bid: Bid) => boolean): Totals {
  let rows = 0;
  let sum = 0;
  for (const { value } of records) {
    const bid = JSON.parse(value) as Bid;
    if (!keeps(bid)) continue;
    rows++;
    sum += price(bid);
  }
  return { rows, sums: [sum] };
}

function slidingTotals(records: Iterable<BenchRecord>): Totals {
  const groups = new Set<string>();
  let counted = 0;
  for (const { value } of records) {
    const { auction, dateTime } = JSON.parse(value) as Bid;
    const last = Math.floor(dateTime / 2000);
    for (let window = last - 4; window <= last; window++) groups.add(`${window},${auction}`);
    counted += 5;
  }
  return { rows: groups.size, sums: [counted] };
}
