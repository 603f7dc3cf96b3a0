import { describe, expect, test } from '@jest/globals';
import { turnstileLines } from './turnstile-lines.ts';

const linesOf = (count: number, seed: number): string[] => [...turnstileLines(count, seed)].flat();

describe('turnstileLines', () => {
  const lines = linesOf(50_000, 3);

  test('depends on the seed alone', () => {
    expect(linesOf(1000, 3)).toEqual(lines.slice(0, 1000));
    expect(linesOf(1000, 4)).not.toEqual(lines.slice(0, 1000));
    expect(lines).toHaveLength(50_000);
  });

  test('repeats about one line in a hundred', () => {
    const repeated = lines.length - new Set(lines).size;
    expect(repeated).toBeGreaterThan(300);
    expect(repeated).toBeLessThan(700);
  });

  test('breaks about one line in a thousand, by columns, numbers and times', () => {
    const good = /^R\d{3},STATION \d+,[A-Z0-9]+,2024-07-2\d \d\d:\d\d:\d\d,\d+,\d+$/;
    const broken = lines.filter((line) => !good.test(line));
    expect(broken.length).toBeGreaterThan(20);
    expect(broken.length).toBeLessThan(100);
    expect(new Set(broken.map((line) => line.split(',').length))).toEqual(new Set([5, 6, 7]));
  });

  test('is out of order by up to a minute, and by far more now and then', () => {
    let latest = -Infinity;
    const behind = lines.flatMap((line) => {
      const time = Date.parse(`${line.split(',')[3]!.replace(' ', 'T')}Z`);
      if (Number.isNaN(time)) return [];
      latest = Math.max(latest, time);
      return [(latest - time) / 1000];
    });
    const between = (least: number, most: number): number => behind.filter((by) => by >= least && by < most).length;
    expect(between(1, 62)).toBeGreaterThan(25_000);
    expect(between(8 * 60, 32 * 60)).toBeGreaterThan(60);
    expect(between(32 * 60, Infinity)).toBe(0);
  });
});
