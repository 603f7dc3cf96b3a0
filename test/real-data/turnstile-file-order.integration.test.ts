/**
 * The week 230603 as the file has it: device after device, so that time jumps back by up to a week. Which records are
 * late depends on the partition that each is in; the interpreter gets the same partitions.
 */
import { expect, test } from '@jest/globals';
import { dataFile, describeWithData } from '../harness/skip.ts';
import { PATIENCE_MILLIS } from './answers.ts';
import { inPlainNode } from './plain-node.ts';

const WEEK = 'mta/turnstile_230603.csv.gz';

describeWithData('the turnstile week 230603 in file order', [WEEK], () => {
  test.each([
    ['keyed by device, 4 partitions, 5 minutes of patience', ['--partitions', '4'], 1],
    [
      'without a key, 3 partitions, half a week of patience, by station',
      [
        ...['--partitions', '3', '--set', 'spec.producer.key='],
        ...['--set', 'spec.window.watermark.delay=72h', '--set', 'spec.window.allowedLateness=12h'],
        ...['--set', 'spec.window.size=60m', '--set', 'spec.window.groupBy=[STATION]'],
      ],
      2,
    ],
  ])(
    '%s: late records and groups are those of the interpreter',
    async (_name, changes, stages) => {
      const flags = ['--input', dataFile(WEEK), '--set', 'spec.producer.source.file.order=file', ...changes];
      const answer = await inPlainNode('localAnswer', 'turnstile-replay', flags, []);
      const expected = await inPlainNode('expectedAnswer', 'turnstile-replay', flags);
      expect(answer).toEqual({ ...expected, stages, sums: [] });
      expect(answer.records).toBe(253_237);
      expect(answer.late).toBeGreaterThan(100_000);
      expect(answer.groups).toBeGreaterThan(100);
    },
    PATIENCE_MILLIS,
  );
});
