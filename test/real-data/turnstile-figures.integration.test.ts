/** The published week 230603 by the turnstile-replay example: the figures that an independent script computed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Scratch } from '../../job-runtime/sources/sources.test-kit.ts';
import { filesIn, rowsIn } from '../examples/local-job.ts';
import { dataFile, describeWithData } from '../harness/skip.ts';
import { PATIENCE_MILLIS } from './answers.ts';
import { inPlainNode } from './plain-node.ts';

const WEEK = 'mta/turnstile_230603.csv.gz';
const SUMS = [8_760_388_086_918n, 7_008_894_925_712n];
const BY_STATION = ['--set', 'spec.window.groupBy=[STATION]'];
const FILE_NAME = /^turnstile-replay_[0-3]_\d{8}T\d{6}Z_\d{8}T\d{6}Z_00000\.csv\.gz$/;

describeWithData('the turnstile week 230603, replayed in the order of event time', [WEEK], () => {
  const scratch = new Scratch();
  beforeAll(() => scratch.make());
  afterAll(() => scratch.remove());

  test(
    'the example writes 252,450 groups of 5 minutes into gzip files, one for each window of a task',
    async () => {
      const folder = scratch.path('out');
      await inPlainNode('printedBy', 'turnstile-replay', ['--input', dataFile(WEEK), '--sink', `file:${folder}`]);
      expect([...filesIn(folder).keys()].filter((name) => !FILE_NAME.test(name))).toEqual([]);
      const rows = rowsIn(folder, 'CA,UNIT,SCP,STATION,LINENAME,DIVISION,DATE,TIME,DESC,ENTRIES,EXITS');
      expect(rows).toHaveLength(252_450);
      const sumOf = (column: number): bigint => rows.reduce((sum, row) => sum + BigInt(row.split(',')[column]!), 0n);
      expect([sumOf(9), sumOf(10)]).toEqual(SUMS);
    },
    PATIENCE_MILLIS,
  );

  test.each([
    ['5m', 'device', [], 252_450],
    ['60m', 'device', [], 218_964],
    ['240m', 'device', [], 210_355],
    ['5m', 'station', BY_STATION, 28_545],
    ['60m', 'station', BY_STATION, 20_126],
    ['240m', 'station', BY_STATION, 15_903],
  ])(
    'windows of %s by %s: no record is late, and none is lost',
    async (size, _by, groupBy, groups) => {
      const flags = ['--input', dataFile(WEEK), '--set', `spec.window.size=${size}`, ...groupBy];
      const answer = await inPlainNode('localAnswer', 'turnstile-replay', flags, ['ENTRIES', 'EXITS']);
      expect(answer).toMatchObject({ records: 253_237, late: 0, bad: 0, groups, sums: SUMS });
    },
    PATIENCE_MILLIS,
  );
});
