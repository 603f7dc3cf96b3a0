/** Times and offsets at the ends of what there is. */
import { describe, expect, test } from '@jest/globals';
import { batchOf } from '../builders/records.ts';
import { FIELDS, TUMBLING, planOf } from '../builders/stream-job.ts';
import { restoreInto, stateOf } from '../builders/task-state.ts';
import { TaskResults } from '../builders/task-results.ts';
import { SourceTask } from '../../job-runtime/engine/source-task.ts';

const YEAR_1 = Date.parse('0001-01-01T00:00:00Z');
const YEAR_9999 = Date.parse('9999-12-31T23:59:59.999Z');

function resultsOf(window: object, values: readonly string[], from = 0): unknown[][] {
  const plan = planOf({ window: { ...TUMBLING, ...window } });
  const results = new TaskResults(plan);
  let task = new SourceTask(plan, 0, 0, results);
  values.forEach((value, i) => {
    task.onBatch(batchOf([value], { from: from + i }), Infinity);
    task = restoreInto(new SourceTask(plan, 0, 0, results), stateOf(task));
  });
  task.raise(Infinity);
  return results.take();
}

describe('times', () => {
  test.each([
    { what: 'the first instant of the year 1', time: YEAR_1 },
    { what: 'the last instant before 1970', time: -1 },
    { what: 'the epoch', time: 0 },
    { what: 'the last instant of the year 9999', time: YEAR_9999 },
  ])('a record at $what is in windows of every type', ({ time }) => {
    const record = [`${time},a,5`];
    const start = Math.floor(time / 10) * 10;
    expect(resultsOf({}, record)).toEqual([[start, start + 10, 'a', 5]]);
    expect(resultsOf({ type: 'session', size: undefined, gap: '7ms' }, record)).toEqual([[time, time + 7, 'a', 5]]);
    const sliding = resultsOf({ type: 'sliding', slide: '1ms' }, record);
    expect(sliding.map(([from]) => from)).toEqual(Array.from({ length: 10 }, (_, i) => time - 9 + i));
  });

  test('a window of ten years begins at a multiple of its size, before 1970 too', () => {
    const size = 87_600 * 3_600_000;
    expect(resultsOf({ size: '87600h' }, [`${YEAR_1},a,5`])).toEqual([
      [Math.floor(YEAR_1 / size) * size, Math.floor(YEAR_1 / size) * size + size, 'a', 5],
    ]);
  });

  test('windows go on across 1970 in order', () => {
    const values = [-25, -11, -10, -1, 0, 9, 10].map((time) => `${time},a,1`);
    expect(resultsOf({}, values)).toEqual([
      [-30, -20, 'a', 1],
      [-20, -10, 'a', 1],
      [-10, 0, 'a', 2],
      [0, 10, 'a', 2],
      [10, 20, 'a', 1],
    ]);
  });

  test('days of a zone are days of that zone in the year 1 and before summer time was invented', () => {
    const window = { size: '24h', timezone: 'America/New_York' };
    const rows = resultsOf(window, [
      `${Date.parse('0001-06-01T12:00:00Z')},a,1`,
      `${Date.parse('1850-06-01T12:00:00Z')},a,1`,
    ]);
    // Local mean time there: 4:56:02 behind UTC.
    expect(rows.map(([start]) => new Date(start as number).toISOString().slice(11, 19))).toEqual([
      '04:56:02',
      '04:56:02',
    ]);
  });
});

describe('offsets near 2^53', () => {
  const high = 2 ** 53 - 4;

  test('order equal times, and survive restores', () => {
    const window = { aggregate: { FIRST: { first: 'VALUE' }, LAST: { last: 'VALUE' } } };
    expect(resultsOf(window, ['1,a,10', '1,a,20', '1,a,30'], high)).toEqual([[0, 10, 'a', 10, 30]]);
  });

  test('order held records', () => {
    const plan = planOf({
      steps: [{ name: 'change', delta: { by: ['KEY'], fields: { CHANGE: 'VALUE' } } }],
      window: { ...TUMBLING, aggregate: { CHANGES: { max: 'CHANGE' } } },
      schema: { format: 'csv', fields: FIELDS, eventTime: 'TIME', key: { fields: ['KEY'] } },
    });
    const results = new TaskResults(plan);
    const task = new SourceTask(plan, 0, 0, results);
    task.onBatch(batchOf(['1,a,10', '1,a,17', '1,a,19'], { from: high }), Infinity);
    task.raise(Infinity);
    expect(results.take()).toEqual([[0, 10, 'a', 7]]);
    expect(task.position).toBe(2 ** 53 - 1);
  });
});
