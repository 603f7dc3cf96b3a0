/** Taxi rides: every figure of the pipelines that needs no join, by manifests made of the taxi examples. */
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { PlannedJob } from '../../job-runtime/cli/judgement.ts';
import { example, exampleText, planned, run } from '../examples/local-job.ts';
import { dataFile, describeWithData } from '../harness/skip.ts';
import { ALL_COLUMNS, answerOf, expectedAnswerOf } from './answers.ts';

const RIDES = 'taxi/rides.csv';

/** The rides with this window, in the order of event time or of the file. */
function ridesJob(window: object, order: 'eventTime' | 'file', ...flags: readonly string[]): PlannedJob {
  const { spec, ...document } = parse(exampleText('taxi-per-vendor')) as { spec: object };
  const producer = { source: { file: { path: dataFile(RIDES), order } } };
  return planned({ ...document, spec: { ...spec, producer, window } }, [...ALL_COLUMNS, ...flags]);
}

type Row = Readonly<Record<string, string | number>>;

async function rowsOf(job: PlannedJob): Promise<Row[]> {
  return (await answerOf(job)).rows.map((row) => JSON.parse(row) as Row);
}

/** All rides of the file in one window, or in several in which none is late. */
const PATIENT = { type: 'tumbling', size: '8760h', watermark: { delay: '8760h' } };
const RIDES_EACH = { rides: { count: '*' } };

describeWithData('taxi rides', [RIDES], () => {
  test.each([
    ['VendorID', '2:179 1:87'],
    ['payment_type', '1:157 2:106 4:2 3:1'],
    ['DOLocationID', '74:11 186:10 75:9 263:9'],
    ['PULocationID', '137:19 263:16'],
  ])('rides by %s, the most frequent: %s', async (field, expected) => {
    const rows = await rowsOf(ridesJob({ ...PATIENT, groupBy: [field], aggregate: RIDES_EACH }, 'file'));
    rows.sort((a, b) => Number(b['rides']) - Number(a['rides']) || Number(a[field]) - Number(b[field]));
    const most = rows.slice(0, expected.split(' ').length).map((row) => `${row[field]}:${row['rides']}`);
    expect(most.join(' ')).toBe(expected);
    expect(rows.reduce((sum, row) => sum + Number(row['rides']), 0)).toBe(266);
  });

  test('29 rides of 40 and more go to one topic, 237 to the other', async () => {
    const { summary } = await run(example('taxi-branch', '--input', dataFile(RIDES)));
    expect(summary.outputs).toEqual([
      '29 records in topic rides-expensive (embedded: gone with this run)',
      '237 records in topic rides-cheap (embedded: gone with this run)',
    ]);
  });

  test('the sum of all amounts is exact', async () => {
    const { rows } = await answerOf(ridesJob({ ...PATIENT, aggregate: { total: { sum: 'total_amount' } } }, 'file'));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain('"total":5685.80}');
  });

  test('rides per pick-up hour', async () => {
    const rows = await rowsOf(ridesJob({ ...PATIENT, size: '1h', aggregate: RIDES_EACH }, 'file'));
    expect(rows.map((row) => `${String(row['window.start']).slice(5, 13)}h:${row['rides']}`)).toEqual([
      '06-30 18h:3',
      '06-30 23h:2',
      '07-01 00h:236',
      '07-01 01h:25',
    ]);
  });

  const WINDOWS = [
    {
      name: 'tumbling windows of 10 s with a grace of 5 s',
      window: { type: 'tumbling', size: '10s', allowedLateness: '5s' },
      sorted: [191, 266],
      asTheyCame: [12, 13, 253],
    },
    {
      name: 'hopping windows of 10 min by 5 min per vendor',
      window: { type: 'sliding', size: '10m', slide: '5m', groupBy: ['VendorID'] },
      sorted: [55, 532],
      asTheyCame: [22, 44, 237],
    },
    {
      name: 'sessions with a gap of 60 s per payment type',
      window: { type: 'session', gap: '60s', groupBy: ['payment_type'] },
      sorted: [63, 266],
      asTheyCame: [12, 12, 254],
    },
    {
      name: 'sessions with a gap of 5 min per pick-up zone',
      window: { type: 'session', gap: '5m', groupBy: ['PULocationID'] },
      sorted: [184, 266],
      asTheyCame: [12, 12, 254],
    },
  ];

  test.each(WINDOWS)(
    '$name, in the order of event time: $sorted results and rides in them',
    async ({ window, sorted }) => {
      const job = ridesJob({ ...window, aggregate: RIDES_EACH }, 'eventTime');
      const answer = await answerOf(job);
      const rides = answer.rows.reduce((sum, row) => sum + Number((JSON.parse(row) as Row)['rides']), 0);
      expect([answer.rows.length, rides]).toEqual(sorted);
      expect(answer.late).toBe(0);
      expect(answer).toEqual(await expectedAnswerOf(job));
    },
  );

  test.each(WINDOWS)(
    '$name, as they came: $asTheyCame results, rides in them and late ones',
    async ({ window, asTheyCame }) => {
      const answer = await answerOf(ridesJob({ ...window, aggregate: RIDES_EACH }, 'file', '--partitions', '1'));
      const rides = answer.rows.reduce((sum, row) => sum + Number((JSON.parse(row) as Row)['rides']), 0);
      expect([answer.rows.length, rides, answer.late]).toEqual(asTheyCame);
    },
  );

  test.each(
    WINDOWS.flatMap(({ name, window }) =>
      [1, 2, 5].flatMap((partitions) => ['0s', '2m', '20m'].map((delay) => ({ name, window, partitions, delay }))),
    ),
  )(
    '$name, as they came into $partitions partitions, with a delay of $delay: as the interpreter has it',
    async (given) => {
      const window = { ...given.window, aggregate: RIDES_EACH, watermark: { delay: given.delay } };
      const job = ridesJob(window, 'file', '--partitions', String(given.partitions));
      const answer = await answerOf(job);
      expect(answer.records).toBe(266);
      expect(answer.late).toBeGreaterThan(0);
      expect(answer).toEqual(await expectedAnswerOf(job));
    },
  );
});
