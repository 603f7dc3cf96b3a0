import { describe, expect, it } from '@jest/globals';
import { Duration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1m1m', 120_000],
    ['168h', 604_800_000],
  ])('reads %s as %i milliseconds', (text, millis) => {
    expect(parseDuration(text)).toBe(millis);
  });

  it.each(['', '5', '5 m', '-5m', '1.5h', '1d', 'm'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
    expect(Duration.safeParse(text).success).toBe(false);
  });
});
