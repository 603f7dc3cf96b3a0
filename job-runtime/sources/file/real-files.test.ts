/** The real files beside the project: multi-member gzip, blanks in the header, no order in time. */
import { expect, test } from '@jest/globals';
import { dataFile, describeWithData } from '../../../test/harness/skip.ts';
import { NOW, readOnce, sourceOf } from '../sources.test-kit.ts';

const schemaOf = (area: string): object => ({
  format: 'csv',
  csv: { header: true },
  eventTime: 'TIMESTAMP',
  fields: [
    { name: 'CA', type: 'string', from: [area] },
    ...['UNIT', 'SCP', 'STATION', 'LINENAME', 'DIVISION'].map((name) => ({ name, type: 'string' })),
    { name: 'TIMESTAMP', type: 'timestamp', from: ['DATE', 'TIME'], format: 'MM/dd/yyyy HH:mm:ss' },
    { name: 'DESC', type: 'string' },
    { name: 'ENTRIES', type: 'long' },
    { name: 'EXITS', type: 'long' },
  ],
});

/** A shared machine may be slow; usually it takes well below a second. */
const PATIENCE_MILLIS = 60_000;
const ENTRIES = 9;

/** What is asked of all records, without making 250,000 strings of them. */
class Tally {
  records = 0;
  stepsBack = 0;
  entries = 0;
  first = '';
  private lastTime = -Infinity;

  append(key: Uint8Array | null, value: Uint8Array | null, time: number): void {
    if (this.records++ === 0) this.first = `${Buffer.from(key!).toString()} → ${Buffer.from(value!).toString()}`;
    if (time < this.lastTime) this.stepsBack++;
    this.lastTime = time;
    this.entries += numberIn(value!, ENTRIES);
  }
}

function numberIn(line: Uint8Array, column: number): number {
  let at = 0;
  for (let before = 0; before < column; at++) if (line[at] === 44) before++;
  let number = 0;
  for (; line[at] !== 44; at++) number = number * 10 + line[at]! - 48;
  return number;
}

async function replay(file: string, area: string, order: string): Promise<Tally> {
  const source = sourceOf(schemaOf(area), {
    source: { file: { path: dataFile(file), order } },
    key: ['CA', 'UNIT', 'SCP'],
  });
  await source.open();
  const tally = new Tally();
  while (!(await source.read(10_000, NOW, tally)).done);
  await source.close();
  return tally;
}

const FILES = [
  { file: 'mta/240106.csv.gz', area: 'CA', rows: 250_816 },
  { file: 'mta/240113.csv.gz', area: 'CA', rows: 253_022 },
  { file: 'mta/turnstile_230603.csv.gz', area: 'C/A', rows: 253_237 },
];

describeWithData(
  'the MTA files',
  FILES.map(({ file }) => file),
  () => {
    test.each(FILES)(
      '$file: $rows rows, of all members; time jumps back thousands of times',
      async ({ file, area, rows }) => {
        const tally = await replay(file, area, 'file');
        expect(tally.records).toBe(rows);
        expect(tally.stepsBack).toBeGreaterThan(4000);
      },
      PATIENCE_MILLIS,
    );

    test(
      'sorted, time never jumps back and nothing is lost',
      async () => {
        const sorted = await replay('mta/turnstile_230603.csv.gz', 'C/A', 'eventTime');
        expect(sorted).toMatchObject({ records: 253_237, stepsBack: 0, entries: 8_760_388_086_918 });
        expect(sorted.first).toBe(
          'A002,R051,02-00-00 → A002,R051,02-00-00,59 ST,NQR456W,BMT,05/27/2023,00:00:00,REGULAR,2040,985',
        );
      },
      PATIENCE_MILLIS,
    );
  },
);

describeWithData('the taxi file', ['taxi/rides.csv'], () => {
  test('266 rides, the last without a newline', async () => {
    const schema = {
      format: 'csv',
      csv: { header: true },
      eventTime: 'pickup',
      fields: [
        { name: 'VendorID', type: 'int' },
        { name: 'pickup', type: 'timestamp', from: ['tpep_pickup_datetime'], format: 'yyyy-MM-dd HH:mm:ss' },
        { name: 'total_amount', type: 'decimal(2)' },
      ],
    };
    const source = sourceOf(schema, { source: { file: { path: dataFile('taxi/rides.csv') } } });
    await source.open();
    const { records, done } = await readOnce(source, 1000);
    await source.close();
    expect(done).toBe(true);
    expect(records).toHaveLength(266);
    const cents = records.reduce((sum, { value }) => sum + Math.round(Number(value.split(',')[2]) * 100), 0);
    expect(cents).toBe(568_580);
  });
});
