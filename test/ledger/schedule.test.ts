import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FAULT_KINDS, outageMillis, scheduleOf } from './schedule.ts';
import type { Fault, ScheduleOptions } from './schedule.ts';

const OPTIONS: ScheduleOptions = {
  seconds: 150,
  seed: 1,
  sessionMillis: 3000,
  outage: { leastMillis: 20_000, mostMillis: 20_000 },
};
const isOutage = ({ kind }: Fault): boolean => kind === 'stopBroker' || kind === 'killBroker';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const anyOptions = fc
  .record({ seconds: fc.integer({ min: 100, max: 3600 }), seed: seeds })
  .map(({ seconds, seed }) => ({
    ...OPTIONS,
    seconds,
    seed,
    outage: { leastMillis: 20_000, mostMillis: 120_000 },
  }));

describe('scheduleOf', () => {
  test('gives the same faults for the same seed, and others for another', () => {
    expect(scheduleOf(OPTIONS)).toEqual(scheduleOf(OPTIONS));
    expect(scheduleOf(OPTIONS)).not.toEqual(scheduleOf({ ...OPTIONS, seed: 2 }));
  });

  test('does at least twelve things in 150 seconds, and every kind of them', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const faults = scheduleOf({ ...OPTIONS, seed });
        expect(faults.length).toBeGreaterThanOrEqual(12);
        expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
      }),
    );
  });

  test('is in the order of time, within the time, and freezes for longer than a session', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const faults = scheduleOf(options);
        const times = faults.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times.every((at) => at >= 0 && at < options.seconds * 1000)).toBe(true);
        const frozen = faults.filter(({ kind }) => kind === 'freezeConsumer');
        expect(frozen.every(({ lasts }) => lasts > options.sessionMillis)).toBe(true);
      }),
    );
  });

  test('has the broker back before it takes it away again, and before the end', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const faults = scheduleOf(options).filter(isOutage);
        faults.forEach(({ at, lasts }, index) => {
          expect(at + lasts).toBeLessThan(faults[index + 1]?.at ?? options.seconds * 1000);
        });
        expect(outageMillis(faults)).toBe(faults.reduce((sum, { lasts }) => sum + lasts, 0));
      }),
    );
  });
});
