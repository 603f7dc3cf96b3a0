/** Keys longer than any buffer was made for: whoever meets the first one must find it whole. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Workbench } from '../builders/local-run.ts';
import { FIELDS } from '../builders/stream-job.ts';

const LONG = 'x'.repeat(5000);
const CHANGE = { name: 'change', delta: { by: ['KEY'], fields: { CHANGE: 'VALUE' } } };
const ONCE = { name: 'once', deduplicate: { by: ['KEY'] } };
const TUMBLING = { type: 'tumbling', size: '1h' };
let bench: Workbench;

beforeEach(() => {
  bench = new Workbench();
});

afterEach(() => {
  bench.remove();
});

describe('a key of 5,000 bytes', () => {
  test.each([
    { what: 'a tumbling window', window: TUMBLING, sum: 'VALUE', steps: [], keyed: true, want: 37 },
    { what: 'a session', window: { type: 'session', gap: '1s' }, sum: 'VALUE', steps: [], keyed: true, want: 37 },
    { what: 'a delta', window: TUMBLING, sum: 'CHANGE', steps: [CHANGE], keyed: true, want: 5 },
    { what: 'a deduplicate', window: TUMBLING, sum: 'VALUE', steps: [ONCE], keyed: true, want: 10 },
    { what: 'a window behind a shuffle of groups', window: TUMBLING, sum: 'VALUE', steps: [], keyed: false, want: 37 },
    {
      what: 'a delta behind a shuffle of records',
      window: TUMBLING,
      sum: 'CHANGE',
      steps: [CHANGE],
      keyed: false,
      want: 5,
    },
  ])('is one group in $what, from its first record on', async ({ window, sum, steps, keyed, want }) => {
    const lines = [`1,${LONG},10`, `2,${LONG},12`, `3,${LONG},15`];
    const input = bench.file('input.csv', `${lines.join('\n')}\n`);
    await bench.run({
      schema: { format: 'csv', fields: FIELDS, eventTime: 'TIME', ...(keyed && { key: { fields: ['KEY'] } }) },
      producer: { source: { file: { path: input } } },
      steps,
      window: { ...window, groupBy: ['KEY'], aggregate: { SUM: { sum } } },
      sink: { console: { format: 'csv', columns: ['KEY', 'SUM'] } },
    });
    expect(bench.printed).toBe(`KEY,SUM\n${LONG},${want}\n`);
  });
});
