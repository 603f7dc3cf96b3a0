import { describe, expect, it } from '@jest/globals';
import { parseRate } from './rate.ts';

describe('parseRate', () => {
  it.each([
    ['0.1/s', 0.1],
    ['500/s', 500],
    ['30/m', 0.5],
    ['36/h', 0.01],
  ])('reads %s as %d records per second', (text, perSecond) => {
    expect(parseRate(text)).toBeCloseTo(perSecond, 12);
  });

  it.each(['', '5', '/s', '5/d', '-1/s', '1./s'])('refuses %j', (text) => {
    expect(() => parseRate(text)).toThrow(RangeError);
  });
});
