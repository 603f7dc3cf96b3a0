/**
 * The engine's tasks over whole weeks, by schedules that nobody would choose: batches of one record and of thousands,
 * tasks that go on from their log after every k-th commit. Each answer is the interpreter's.
 */
import { expect, test } from '@jest/globals';
import { dataFile, describeWithData } from '../harness/skip.ts';
import type { Schedule } from '../reference/engine-runner.ts';
import { ALL_COLUMNS, PATIENCE_MILLIS } from './answers.ts';
import { inPlainNode } from './plain-node.ts';

const OLD_WEEK = 'mta/turnstile_230603.csv.gz';
const NEW_WEEK = 'mta/240106.csv.gz';

const SCHEDULES: readonly Schedule[] = [
  { seed: 1, batchSizes: [5000], restoreEvery: 1, shufflePartitions: 3 },
  { seed: 2, batchSizes: [1, 7, 4096, 100], restoreEvery: 3, shufflePartitions: 1 },
  { seed: 3, batchSizes: [331, 20_000], restoreEvery: 2, shufflePartitions: 2 },
  { seed: 4, batchSizes: [65_536], restoreEvery: undefined, shufflePartitions: 5 },
];

interface Case {
  readonly name: string;
  readonly example: string;
  readonly flags: readonly string[];
  readonly isSorted: boolean;
}

const WITHOUT_KEY = ['--set', 'spec.producer.key='];
const IN_FILE_ORDER = ['--set', 'spec.producer.source.file.order=file', '--set', 'spec.window.watermark.delay=84h'];
const SLIDING =
  'type: sliding, size: 8h, slide: 4h, watermark: {delay: 84h}, groupBy: [STATION], aggregate: {n: {count: "*"}, most: {max: ENTRIES}, last: {last: EXITS}}';

const CASES: readonly Case[] = [
  {
    name: 'sums of 5 minutes by device, shuffled',
    example: 'turnstile-replay',
    flags: ['--input', dataFile(OLD_WEEK), ...WITHOUT_KEY],
    isSorted: true,
  },
  {
    name: 'sliding windows by station, in file order',
    example: 'turnstile-replay',
    flags: ['--input', dataFile(OLD_WEEK), ...IN_FILE_ORDER, ...ALL_COLUMNS, '--set', `spec.window={${SLIDING}}`],
    isSorted: false,
  },
  {
    name: 'riders per station and hour',
    example: 'riders',
    flags: ['--input', dataFile(NEW_WEEK)],
    isSorted: true,
  },
  {
    name: 'riders per station and hour, in file order, without a key',
    example: 'riders',
    flags: ['--input', dataFile(NEW_WEEK), ...IN_FILE_ORDER, ...WITHOUT_KEY],
    isSorted: false,
  },
];

describeWithData('turnstile weeks by any schedule', [OLD_WEEK, NEW_WEEK], () => {
  test.each(CASES)(
    '$name: any batches, and a restore after every k-th, give what the interpreter gives',
    async ({ example, flags, isSorted }) => {
      const { expected, found } = await inPlainNode('answersBySchedule', example, flags, SCHEDULES);
      expect(found).toEqual(SCHEDULES.map(() => expected));
      expect(expected.records).toBeGreaterThan(250_000);
      expect(expected.late > 1000).toBe(!isSorted);
    },
    PATIENCE_MILLIS,
  );
});
