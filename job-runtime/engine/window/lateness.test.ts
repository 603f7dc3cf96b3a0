/** The closed bound of each type of window, and what it makes late. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EpochAssigner } from './assigner.ts';
import { gridLateness, sessionLateness } from './lateness.ts';

describe('gridLateness', () => {
  //  0         10        20
  //  [---------)[---------)   tumbling by 10
  const tumbling = gridLateness(new EpochAssigner(10, 10, 0), 3, true);

  test.each([
    { watermark: 12, bound: 0 },
    { watermark: 13, bound: 10 },
    { watermark: 22, bound: 10 },
    { watermark: 23, bound: 20 },
    { watermark: -8, bound: -20 },
    { watermark: -7, bound: -10 },
    { watermark: -Infinity, bound: -Infinity },
    { watermark: Infinity, bound: Infinity },
  ])('tumbling, allowed lateness 3: watermark $watermark closes up to $bound', ({ watermark, bound }) => {
    expect(tumbling.closedBound(watermark)).toBe(bound);
    expect(tumbling.lateBefore(bound)).toBe(bound);
  });

  //  0    5    10   15   20
  //  [---------)              sliding: size 10, slide 5
  //       [---------)
  //            [---------)
  const sliding = gridLateness(new EpochAssigner(10, 5, 0), 0, false);
  const strict = gridLateness(new EpochAssigner(10, 5, 0), 0, true);

  test('a sliding record is late once all its windows have closed', () => {
    expect(sliding.closedBound(12)).toBe(10);
    expect(sliding.lateBefore(10)).toBe(5);
    expect(sliding.lastClosed(10)).toBe(0);
  });

  test('behind a step that needs order it is late once one of its windows has closed', () => {
    expect(strict.lateBefore(10)).toBe(10);
  });

  test('before anything closed nothing is late', () => {
    expect(sliding.lateBefore(-Infinity)).toBe(-Infinity);
    expect(sliding.lastClosed(-Infinity)).toBe(-Infinity);
  });

  test('after the end everything is late', () => {
    expect(sliding.lateBefore(Infinity)).toBe(Infinity);
    expect(sliding.lastClosed(Infinity)).toBe(Infinity);
  });

  test('says truly when the bound can move next', () => {
    const grid = fc
      .record({ size: fc.integer({ min: 1, max: 30 }), slide: fc.integer({ min: 1, max: 30 }), lateness: fc.nat(20) })
      .filter(({ size, slide }) => slide <= size);
    fc.assert(
      fc.property(grid, fc.integer({ min: -200, max: 200 }), ({ size, slide, lateness }, watermark) => {
        const subject = gridLateness(new EpochAssigner(size, slide, 0), lateness, false);
        const bound = subject.closedBound(watermark);
        const change = subject.nextChange(bound);
        expect(subject.closedBound(change - 1)).toBe(bound);
        expect(subject.closedBound(change)).toBeGreaterThan(bound);
      }),
    );
  });
});

describe('sessionLateness', () => {
  const sessions = sessionLateness(7);

  test('the bound is the watermark less the allowed lateness', () => {
    expect(sessions.closedBound(20)).toBe(13);
    expect(sessions.lateBefore(13)).toBe(13);
  });

  test('sessions have no numbers, and their bound may move with every record', () => {
    expect(sessions.lastClosed(13)).toBe(-Infinity);
    expect(sessions.nextChange(13)).toBe(-Infinity);
  });
});
