import { expect, test } from '@jest/globals';
import { Random } from './random.ts';

const numbersOf = (seed: number, index: number): number[] => {
  const random = new Random(seed);
  random.start(index);
  return Array.from({ length: 4 }, () => random.bits());
};

test('the numbers of a record depend on seed and index alone', () => {
  const random = new Random(7);
  for (const index of [0, 1, 2]) {
    random.start(index);
    for (let drawn = 0; drawn <= index; drawn++) random.bits();
  }
  random.start(1);
  expect(Array.from({ length: 4 }, () => random.bits())).toEqual(numbersOf(7, 1));
  expect(numbersOf(7, 1)).not.toEqual(numbersOf(8, 1));
});

test('no two records share their numbers, nor those of the next one shifted', () => {
  const seen = new Set<string>();
  for (let index = 0; index < 20_000; index++) seen.add(numbersOf(1, index).join());
  seen.add(numbersOf(1, 2 ** 32).join());
  expect(seen.size).toBe(20_001);
});

test('below is even enough', () => {
  const random = new Random(1);
  const counts = new Array<number>(6).fill(0);
  for (let index = 0; index < 60_000; index++) {
    random.start(index);
    counts[random.below(6)]!++;
  }
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});
