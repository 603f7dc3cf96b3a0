/** The week 230603 in the order of event time: how it is spread over partitions and stages does not show in the results. */
import { expect, test } from '@jest/globals';
import { dataFile, describeWithData } from '../harness/skip.ts';
import { PATIENCE_MILLIS } from './answers.ts';
import { inPlainNode } from './plain-node.ts';

const WEEK = 'mta/turnstile_230603.csv.gz';

const PLANS = [
  { name: 'keyed by device, without a shuffle', flags: [], stages: 1 },
  { name: 'keyed by device, with a shuffle', flags: ['--set', 'spec.window.shuffle=always'], stages: 2 },
  { name: 'without a key, so with a shuffle', flags: ['--set', 'spec.producer.key='], stages: 2 },
];
const RUNS = PLANS.flatMap((plan) => [1, 2, 4, 7].map((partitions) => ({ ...plan, partitions })));

describeWithData('the turnstile week 230603 on 1, 2, 4 and 7 partitions', [WEEK], () => {
  test.each([
    ['5-minute windows by device', [], 252_450],
    ['hours by station', ['--set', 'spec.window.size=60m', '--set', 'spec.window.groupBy=[STATION]'], 20_126],
  ])(
    '%s: the results are the same, with and without a shuffle',
    async (name, window, groups) => {
      const byStation = name.includes('station');
      const answers = [];
      for (const { partitions, flags } of RUNS) {
        const all = ['--input', dataFile(WEEK), '--partitions', String(partitions), ...window, ...flags];
        answers.push(await inPlainNode('localAnswer', 'turnstile-replay', all, []));
      }
      const [first] = answers;
      expect(first).toMatchObject({ records: 253_237, late: 0, bad: 0, groups });
      expect(answers).toEqual(RUNS.map(({ stages }) => ({ ...first, stages: byStation ? 2 : stages })));
    },
    PATIENCE_MILLIS,
  );
});
