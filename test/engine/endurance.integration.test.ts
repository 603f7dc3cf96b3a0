/**
 * What random small cases cannot show: much state, long runs, floods. Times are limits that a linear engine keeps many
 * times over and a quadratic one misses by far; sizes are of states written whole.
 */
import { describe, expect, test } from '@jest/globals';
import { FIELDS } from '../builders/stream-job.ts';
import type { SpecPatch } from '../builders/stream-job.ts';
import { TaskChain } from './task-chain.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** A broker's default for the largest message. */
const MESSAGE_LIMIT = 1_000_000;

const UNKEYED = { format: 'csv', fields: FIELDS, eventTime: 'TIME' };
const SUM = { SUM: { sum: 'VALUE' } };
const window = (more: object): object => ({ groupBy: ['KEY'], aggregate: SUM, ...more });
const csv = (time: number, key: string, value: number = 1): string => `${time},${key},${value}`;

/** Runs `work` and gives its seconds. */
function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

describe('much state', () => {
  test.each<{ what: string; spec: SpecPatch }>([
    { what: 'in one task', spec: {} },
    { what: 'behind a shuffle', spec: { schema: UNKEYED } },
  ])('200,000 groups of one window come out once each, also after a restore, $what', ({ spec }) => {
    const count = 200_000;
    const chain = new TaskChain({ ...spec, window: window({ type: 'tumbling', size: '1h' }) }, 'SUM');
    chain.feed(0, count, (i) => csv(i % 1000, `k${i}`, 1)).restore();
    chain.feed(0, count, (i) => csv(i % 1000, `k${count - 1 - i}`, 2)).end();
    expect(chain.output).toMatchObject({ count, sum: 3 * count });
    expect(chain.longestMessage).toBeLessThan(MESSAGE_LIMIT);
  });

  test('200,000 open sessions come out once each, also after a restore', () => {
    const count = 200_000;
    const chain = new TaskChain({ window: window({ type: 'session', gap: '1s', watermark: { delay: '1h' } }) }, 'SUM');
    chain.feed(0, count, (i) => csv(i, `k${i}`)).restore();
    expect(chain.stateBytes).toBeLessThan(count * 32);
    chain.feed(0, count, (i) => csv(i + 999, `k${i}`)).end();
    expect(chain.output).toMatchObject({ count, sum: 2 * count });
  });

  test('one group with 50,000 open sessions takes no longer per record than many groups', () => {
    const chain = new TaskChain({ window: window({ type: 'session', gap: '1s', watermark: { delay: '48h' } }) });
    const took = seconds(() => chain.feed(0, 50_000, (i) => csv(i * 2000, 'k')).end());
    expect(chain.output.count).toBe(50_000);
    expect(took).toBeLessThan(3);
  });

  test('20,000 held records with long keys come out one step of the watermark after the other', () => {
    const spec = {
      steps: [{ name: 'change', delta: { by: ['KEY'], fields: { CHANGE: 'VALUE' } } }],
      window: {
        ...window({ type: 'session', gap: '1s', watermark: { delay: '20s' } }),
        aggregate: { SUM: { sum: 'CHANGE' } },
      },
    };
    const chain = new TaskChain(spec, 'SUM');
    const padding = 'x'.repeat(200);
    chain.feed(0, 40_000, (i) => csv(i, `${padding}${i % 1000}`, i), 100).end();
    expect(chain.output).toMatchObject({ count: 40_000, sum: 1000 * 39_000 });
  });

  test('keys of 100 KB travel, and come back from a restore', () => {
    const chain = new TaskChain({ schema: UNKEYED, window: window({ type: 'tumbling', size: '1h' }) }, 'SUM');
    const key = (i: number): string => `${i % 50}`.padEnd(100_000, 'x');
    chain.feed(0, 100, (i) => csv(i, key(i), 1), 50).restore();
    expect(chain.longestMessage).toBeLessThan(MESSAGE_LIMIT);
    chain.end();
    expect(chain.output).toMatchObject({ count: 50, sum: 100 });
  });

  test('groups with sketches of kilobytes fit the messages of a broker', () => {
    const aggregate = { N: { countDistinct: 'VALUE' } };
    const spec = { schema: UNKEYED, window: { ...window({ type: 'tumbling', size: '1h' }), aggregate } };
    const chain = new TaskChain(spec, 'N');
    chain.feed(0, 400_000, (i) => csv(1, `k${i % 1000}`, i), 400_000).end();
    expect(chain.longestMessage).toBeLessThan(MESSAGE_LIMIT);
    expect(chain.output.count).toBe(1000);
    expect(Math.abs(chain.output.sum / 400_000 - 1)).toBeLessThan(0.02);
  });
});

describe('sliding windows that overlap much', () => {
  const hourBySecond = window({ type: 'sliding', size: '1h', slide: '1s' });

  test('an hour that slides by a second closes in the time that its rows take', () => {
    const chain = new TaskChain({ window: hourBySecond }, 'SUM');
    const took = seconds(() => chain.feed(0, 120_000, (i) => csv(Math.floor(i / 20) * 1000, `k${i % 20}`)).end());
    // 6,000 seconds of 20 groups: each record is counted in 3,600 windows.
    expect(chain.output).toMatchObject({ count: (6000 + 3599) * 20, sum: 120_000 * 3600 });
    expect(took).toBeLessThan(15);
  });

  test('the same holds for updates at every commit', () => {
    const spec = { window: { ...hourBySecond, emit: 'updates' }, sink: { kafka: { topic: 'out' } } };
    const chain = new TaskChain(spec, 'SUM');
    const took = seconds(() => chain.feed(0, 5000, (i) => csv(i * 1000, 'k'), 500).end());
    expect(chain.output.count).toBeGreaterThan(5000 + 3599);
    expect(took).toBeLessThan(15);
  });

  test('a flood of records that are late for some of their windows leaves no panes of their own behind', () => {
    const chain = new TaskChain({ window: window({ type: 'sliding', size: '10m', slide: '1s', groupBy: [] }) }, 'SUM');
    const lag = (i: number): number => (i % 20 === 0 ? 0 : Math.imul(i, 2654435761) >>> 0) % 599_000;
    chain.feed(0, 60_000, (i) => csv(600_000 + Math.floor(i / 20) * 1000 - lag(i), 'k'), 500);
    // One pane for each of the last 600 seconds, and not one for each pair of a second and a lag.
    expect(chain.stateBytes).toBeLessThan(600 * 40 * 2);
    chain.end();
    expect(chain.output.sum).toBeGreaterThan(60_000 * 200);
  });
});

describe('long runs keep no more than is open', () => {
  const steady: { what: string; spec: SpecPatch; bytes: number }[] = [
    { what: 'tumbling windows', spec: { window: window({ type: 'tumbling', size: '1s' }) }, bytes: 50 * KIB },
    {
      what: 'sliding windows',
      spec: { window: window({ type: 'sliding', size: '10s', slide: '1s' }) },
      bytes: 200 * KIB,
    },
    { what: 'sessions', spec: { window: window({ type: 'session', gap: '5ms' }) }, bytes: 10 * KIB },
    {
      what: 'a deduplicate without a window',
      spec: { steps: [{ name: 'd', deduplicate: { by: ['KEY', 'TIME'], within: '1s' } }] },
      bytes: 100 * KIB,
    },
    {
      what: 'a deduplicate in windows',
      spec: {
        steps: [{ name: 'd', deduplicate: { by: ['KEY', 'VALUE'] } }],
        window: window({ type: 'tumbling', size: '1s' }),
      },
      bytes: 150 * KIB,
    },
    {
      what: 'a delta',
      spec: {
        steps: [{ name: 'd', delta: { by: ['KEY'], fields: { CHANGE: 'VALUE' }, timeToLive: '1s' } }],
        window: { ...window({ type: 'tumbling', size: '1s' }), aggregate: { SUM: { sum: 'CHANGE' } } },
      },
      bytes: 150 * KIB,
    },
    { what: 'a shuffle', spec: { schema: UNKEYED, window: window({ type: 'tumbling', size: '1s' }) }, bytes: 50 * KIB },
  ];

  test.each(steady)('$what', ({ spec, bytes }) => {
    const chain = new TaskChain(spec);
    const record = (i: number): string => csv(i, `k${Math.floor(i / 3)}`, i);
    const sizes = [1, 2, 3, 4, 5].map((part) => chain.feed((part - 1) * 60_000, part * 60_000, record).stateBytes);
    expect(Math.max(...sizes)).toBeLessThan(bytes);
    expect(chain.restore().stateBytes).toBe(sizes.at(-1));
  });

  test('the state after a flood is as small as before it', () => {
    const chain = new TaskChain({ steps: [{ name: 'd', deduplicate: { by: ['KEY'], within: '1s' } }] });
    chain.feed(0, 300_000, (i) => csv(0, `flood${i}`));
    expect(chain.stateBytes).toBeGreaterThan(4 * MIB);
    const took = seconds(() => chain.feed(0, 100_000, (i) => csv(5000 + i * 10, `k${i}`), 100));
    expect(chain.stateBytes).toBeLessThan(10 * KIB);
    expect(took).toBeLessThan(10);
  });
});

describe('batches of any size', () => {
  test('a batch of 200,000 between batches of one changes nothing', () => {
    const chain = new TaskChain({ window: window({ type: 'tumbling', size: '10s' }) }, 'SUM');
    chain.feed(0, 10, (i) => csv(i, `k${i}`), 1);
    chain.feed(0, 200_000, (i) => csv(i, `k${i % 5000}`), 200_000);
    chain.feed(0, 10, (i) => csv(200_000 + i, `k${i}`), 1).end();
    expect(chain.output).toMatchObject({ count: 20 * 5000 + 10, sum: 200_020, late: 0 });
  });
});
