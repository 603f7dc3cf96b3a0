import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { consumedRate, DOWN_WINDOW_MILLIS, lagSeconds, scaleByLag } from './lag-scaling.ts';
import type { Scaling, ScalingInput } from './lag-scaling.ts';
import type { PodFacts, ProgressFacts } from './observed.ts';
import { NOW, podOf, progressAt } from './observed.test-kit.ts';

const EARLIER = NOW - 15_000;
const SECONDS = 15;

/** Of one partition that is read at `rate` records per second: a lag that takes `seconds` to work off. */
const waiting = (seconds: number, at = NOW, rate = 100): Pick<ScalingInput, 'progress' | 'earlier'> => ({
  progress: progressAt(at, [[SECONDS * rate, SECONDS * rate + seconds * rate]]),
  earlier: progressAt(at - SECONDS * 1000, [[0, 0]]),
});

const pods = (count: number, facts: Partial<PodFacts> = {}): PodFacts[] =>
  Array.from({ length: count }, (_, index) => podOf({ name: `pod-${index}`, ...facts }));

const input = (facts: Partial<ScalingInput>): ScalingInput => ({
  now: NOW,
  tasks: 12,
  bounds: { least: 1, most: 12 },
  current: 2,
  lagSeconds: 60,
  consumers: pods(facts.current ?? 2),
  memory: { recommended: [] },
  progress: undefined,
  earlier: undefined,
  ...facts,
});

const replicas = (facts: Partial<ScalingInput>): number => scaleByLag(input(facts)).replicas;

describe('scaling by lag', () => {
  it.each<{ name: string; facts: Partial<ScalingInput>; want: number }>([
    { name: 'begins with the least', facts: { current: undefined, bounds: { least: 3, most: 12 } }, want: 3 },
    { name: 'doubles at most, however long records wait', facts: waiting(6000), want: 4 },
    { name: 'adds in proportion', facts: { ...waiting(90), current: 4 }, want: 6 },
    { name: 'stays where records wait as long as they may', facts: waiting(60), want: 2 },
    { name: 'adds no pod that would make none of the others faster', facts: { ...waiting(70), current: 6 }, want: 6 },
    {
      name: 'adds no such pod at the upper bound either',
      facts: { ...waiting(600), current: 6, bounds: { least: 1, most: 7 } },
      want: 6,
    },
    {
      name: 'never goes above the upper bound',
      facts: { ...waiting(600), current: 4, bounds: { least: 1, most: 5 } },
      want: 4,
    },
    {
      name: 'never has more pods than tasks',
      facts: { ...waiting(6000), tasks: 3, bounds: { least: 1, most: 3 } },
      want: 3,
    },
    { name: 'comes down at once where the bound does', facts: { current: 9, bounds: { least: 1, most: 5 } }, want: 5 },
    { name: 'comes up at once where the bound does', facts: { bounds: { least: 4, most: 5 } }, want: 4 },
    { name: 'holds what runs while nothing is known', facts: {}, want: 2 },
    { name: 'holds it while no rate is known', facts: { progress: progressAt(NOW, [[5, 9000]]) }, want: 2 },
    { name: 'holds it when the last poll is old', facts: { ...waiting(6000, NOW - 90_000) }, want: 2 },
    {
      name: 'holds it while no position moves',
      facts: { progress: progressAt(NOW, [[5, 9000]]), earlier: progressAt(EARLIER, [[5, 9000]]) },
      want: 2,
    },
    {
      name: 'holds it while a partition has no position',
      facts: {
        progress: progressAt(NOW, [
          [5, 9000],
          [undefined, 9],
        ]),
        earlier: progressAt(EARLIER, [
          [4, 9],
          [undefined, 9],
        ]),
      },
      want: 2,
    },
    {
      name: 'holds it when a partition was added',
      facts: {
        progress: progressAt(NOW, [
          [5, 9000],
          [1, 9],
        ]),
        earlier: progressAt(EARLIER, [[4, 9]]),
      },
      want: 2,
    },
    {
      name: 'holds it while a pod is not ready',
      facts: { ...waiting(6000), consumers: [podOf(), podOf({ isReady: false })] },
      want: 2,
    },
    { name: 'holds it while a pod is missing', facts: { ...waiting(6000), consumers: pods(1) }, want: 2 },
    { name: 'holds it while a pod is one too many', facts: { ...waiting(6000), consumers: pods(3) }, want: 2 },
    {
      name: 'does not count pods that are about to go',
      facts: { ...waiting(6000), consumers: [...pods(2), podOf({ isDeleting: true, isReady: false })] },
      want: 4,
    },
    {
      name: 'holds it while a pod is younger than what the rates are of',
      facts: { ...waiting(6000), consumers: pods(2, { createdAt: NOW - 5000 }) },
      want: 2,
    },
  ])('$name', ({ facts, want }) => {
    expect(replicas(facts)).toBe(want);
  });

  it('acts once on what one poll tells, though the new pods are ready before the next one', () => {
    const first = scaleByLag(input({ ...waiting(6000) }));
    const again = scaleByLag(input({ ...waiting(6000), current: 4, consumers: pods(4), memory: first.memory }));
    expect([first.replicas, again.replicas]).toEqual([4, 4]);
  });
});

/** Polls every 15 seconds, each of which says how long records wait. */
function poll(seconds: readonly (number | undefined)[], from: number): Scaling & { at: number[] } {
  let scaling: Scaling = { replicas: from, memory: { recommended: [] } };
  const at: number[] = [];
  seconds.forEach((wait, index) => {
    const now = NOW + index * 15_000;
    const { replicas: current, memory } = scaling;
    const consumers = pods(current);
    scaling = scaleByLag(input({ now, current, consumers, memory, ...(wait !== undefined && waiting(wait, now)) }));
    if (scaling.replicas < current) at.push(index * 15_000);
  });
  return { ...scaling, at };
}

describe('scaling down', () => {
  const polls = (count: number, wait: number | undefined): (number | undefined)[] =>
    Array.from({ length: count }, () => wait);

  it('waits for ten minutes of little lag', () => {
    const { at } = poll(polls(60, 1), 6);
    expect(at[0]).toBeGreaterThanOrEqual(DOWN_WINDOW_MILLIS);
  });

  it('goes on step by step, ten minutes each', () => {
    const { at, replicas: end } = poll(polls(300, 0), 6);
    for (const [index, step] of at.entries())
      expect(step - (at[index - 1] ?? 0)).toBeGreaterThanOrEqual(DOWN_WINDOW_MILLIS);
    expect(end).toBe(1);
  });

  it('does not come while records wait for a good part of what they may', () => {
    expect(poll(polls(100, 30), 6)).toMatchObject({ replicas: 6, at: [] });
  });

  it('does not come while records wait too long, though fewer pods would do as well', () => {
    expect(poll(polls(100, 70), 7)).toMatchObject({ replicas: 7, at: [] });
  });

  it('begins anew after a peak', () => {
    const { at } = poll([...polls(30, 1), 50, ...polls(60, 1)], 6);
    expect(at[0]).toBeGreaterThanOrEqual(30 * 15_000 + DOWN_WINDOW_MILLIS);
  });

  it('never comes of not knowing', () => {
    expect(poll(polls(200, undefined), 6).at).toEqual([]);
    const { at } = poll([...polls(10, 1), ...polls(20, undefined)], 6);
    expect(at).toEqual([]);
  });

  it('comes for a quiet job that is asked about every five minutes and looked at every ten', () => {
    let memory: Scaling['memory'] = { recommended: [] };
    const counts = [0, 600_000, 1_200_000].map((after) => {
      const now = NOW + after;
      const scaling = scaleByLag(
        input({ now, current: 6, consumers: pods(6), memory, progress: progressAt(now - 290_000, [[5, 5]]) }),
      );
      memory = scaling.memory;
      return scaling.replicas;
    });
    expect(counts).toEqual([6, 4, expect.any(Number)]);
  });
});

describe('how long records wait', () => {
  it.each<{ name: string } & Partial<Parameters<typeof lagSeconds>[0]> & { want: number | undefined }>([
    { name: 'is nothing without lag, also where no rate is known', progress: progressAt(NOW, [[5, 5]]), want: 0 },
    { name: 'is lag over rate', ...waiting(30), want: 30 },
    { name: 'is not known without data', want: undefined },
    {
      name: 'is not known when offsets were set back',
      progress: progressAt(NOW, [[5, 90]]),
      earlier: progressAt(EARLIER, [[50, 90]]),
      want: undefined,
    },
    {
      name: 'is not known of two polls of one instant',
      progress: progressAt(NOW, [[5, 90]]),
      earlier: progressAt(NOW, [[4, 90]]),
      want: undefined,
    },
  ])('$name', ({ now = NOW, progress, earlier, want }) => {
    expect(lagSeconds({ now, progress, earlier })).toBe(want);
  });

  it('counts the records of the first stage only', () => {
    const both = (at: number, committed: number): ProgressFacts => {
      const { partitions, ...rest } = progressAt(at, [
        [committed, 90],
        [committed * 7, 900],
      ]);
      return { ...rest, partitions: [partitions[0]!, { ...partitions[1]!, topic: 'shuffle' }] };
    };
    expect(consumedRate(both(NOW, 30), both(EARLIER, 0))).toBe(2);
  });
});

describe('scaling under any facts', () => {
  const count = fc.integer({ min: 1, max: 256 });
  const offset = fc.option(fc.nat(1_000_000), { nil: undefined });
  const places = fc.array(fc.tuple(offset, fc.nat(2_000_000)), { minLength: 1, maxLength: 4 });
  const facts = fc.record({ before: places, after: places });
  const size = fc.record({ tasks: count, a: count, b: count, current: fc.option(count, { nil: undefined }) });

  const sized = ({ tasks, a, b, current }: { tasks: number; a: number; b: number; current: number | undefined }) => {
    const most = Math.min(tasks, Math.max(a, b));
    const bounds = { least: Math.min(a, b, most), most };
    const held = Math.min(most, Math.max(bounds.least, current ?? bounds.least));
    return { held, given: { tasks, bounds, current, consumers: pods(current ?? 0) } };
  };

  it('stays within the bounds and at most doubles', () => {
    fc.assert(
      fc.property(size, facts, (drawn, { before, after }) => {
        const { held, given } = sized(drawn);
        const result = replicas({ ...given, progress: progressAt(NOW, after), earlier: progressAt(EARLIER, before) });
        expect(result).toBeGreaterThanOrEqual(held);
        expect(result).toBeLessThanOrEqual(Math.min(given.bounds.most, 2 * held));
      }),
    );
  });

  it('changes nothing without data', () => {
    fc.assert(
      fc.property(size, (drawn) => {
        const { held, given } = sized(drawn);
        expect(replicas(given)).toBe(held);
      }),
    );
  });
});
