import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { zoneOf } from '../../formats/time-zone.ts';
import type { WindowAssigner } from './assigner.ts';
import { EpochAssigner, ZonedAssigner } from './assigner.ts';

const HOUR = 3_600_000;
const holding = (assigner: WindowAssigner, time: number): [number, number][] => {
  const windows: [number, number][] = [];
  for (let window = assigner.first(time); window <= assigner.last(time); window++)
    windows.push([assigner.start(window), assigner.end(window)]);
  return windows;
};

describe('EpochAssigner', () => {
  //  0    5    10   15
  //  [---------)         size 10, slide 5
  //       [---------)
  it.each([
    { name: 'takes the start of a window in', size: 10, slide: 10, offset: 0, time: 10, want: [[10, 20]] },
    { name: 'leaves the end of a window out', size: 10, slide: 10, offset: 0, time: 9, want: [[0, 10]] },
    { name: 'shifts by the offset', size: 10, slide: 10, offset: 3, time: 2, want: [[-7, 3]] },
    {
      name: 'puts a record into each sliding window',
      size: 10,
      slide: 5,
      offset: 0,
      time: 7,
      want: [
        [0, 10],
        [5, 15],
      ],
    },
    {
      name: 'slides by what does not divide the size',
      size: 10,
      slide: 4,
      offset: 0,
      time: 9,
      want: [
        [0, 10],
        [4, 14],
        [8, 18],
      ],
    },
    { name: 'goes on before 1970', size: 10, slide: 10, offset: 0, time: -1, want: [[-10, 0]] },
  ])('$name', ({ size, slide, offset, time, want }) => {
    expect(holding(new EpochAssigner(size, slide, offset), time)).toEqual(want);
  });

  it('agrees with the definition: every window that holds the instant, and no other', () => {
    const grid = fc.record({
      size: fc.integer({ min: 1, max: 50 }),
      slide: fc.integer({ min: 1, max: 50 }),
      offset: fc.integer({ min: -60, max: 60 }),
    });
    fc.assert(
      fc.property(grid, fc.integer({ min: -500, max: 500 }), ({ size, slide, offset }, time) => {
        fc.pre(slide <= size);
        const want: [number, number][] = [];
        for (let k = -700; k < 700; k++)
          if (k * slide + offset <= time && time < k * slide + offset + size)
            want.push([k * slide + offset, k * slide + offset + size]);
        const assigner = new EpochAssigner(size, slide, offset);
        expect(holding(assigner, time)).toEqual(want);
        expect(assigner.end(assigner.lastEndedBy(time))).toBeLessThanOrEqual(time);
        expect(assigner.end(assigner.lastEndedBy(time) + 1)).toBeGreaterThan(time);
      }),
    );
  });

  it('passes infinities through', () => {
    const assigner = new EpochAssigner(10, 10, 0);
    expect(assigner.end(assigner.lastEndedBy(Infinity))).toBe(Infinity);
    expect(assigner.end(assigner.lastEndedBy(-Infinity))).toBe(-Infinity);
  });
});

describe('ZonedAssigner', () => {
  const daily = new ZonedAssigner(new EpochAssigner(24 * HOUR, 24 * HOUR, 0), zoneOf('America/New_York'));
  const hourly = new ZonedAssigner(new EpochAssigner(HOUR, HOUR, 0), zoneOf('America/New_York'));

  it.each([
    { name: 'an ordinary day has 24 hours', at: '2024-07-22T12:00:00Z', hours: 24 },
    { name: 'the day of the jump has 23', at: '2024-03-10T12:00:00Z', hours: 23 },
    { name: 'the day of the repeated hour has 25', at: '2024-11-03T12:00:00Z', hours: 25 },
  ])('$name', ({ at, hours }) => {
    const [[start, end]] = holding(daily, Date.parse(at)) as [[number, number]];
    expect((end - start) / HOUR).toBe(hours);
  });

  it('puts both passes of a repeated hour into one window', () => {
    const [[start, end]] = holding(hourly, Date.parse('2024-11-03T05:30:00Z')) as [[number, number]];
    expect((end - start) / HOUR).toBe(2);
    expect(holding(hourly, Date.parse('2024-11-03T06:30:00Z'))).toEqual([[start, end]]);
  });

  it('leaves no instant out and gives none to two windows', () => {
    const zones = fc.constantFrom('America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Kathmandu');
    const around = fc
      .integer({ min: Date.UTC(2024, 0, 1) / 60000, max: Date.UTC(2025, 0, 1) / 60000 })
      .map((minutes) => minutes * 60000);
    fc.assert(
      fc.property(zones, around, fc.integer({ min: 1, max: 30 }), (zone, time, hours) => {
        const assigner = new ZonedAssigner(new EpochAssigner(hours * HOUR, hours * HOUR, 0), zoneOf(zone));
        const windows = holding(assigner, time).filter(([start, end]) => start <= time && time < end);
        expect(windows).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});
