import { expect, test } from '@jest/globals';
import { BackOff, pauseFor } from './pause.ts';

const BOUNDS = { shortestMillis: 50, longestMillis: 300 };
const LONG_MILLIS = 600_000;

test('pauses double up to the longest, and begin again after a success', () => {
  const backOff = new BackOff(BOUNDS, () => 1);
  const next = (): number => backOff.nextMillis();
  expect([next(), next(), next(), next(), next()]).toEqual([50, 100, 200, 300, 300]);
  backOff.reset();
  expect([next(), next()]).toEqual([50, 100]);
});

test('chance makes a pause at most half as long, and does not slow down how they grow', () => {
  const backOff = new BackOff(BOUNDS, () => 0);
  expect([backOff.nextMillis(), backOff.nextMillis()]).toEqual([25, 50]);
});

test('a pause is over in time', async () => {
  await expect(pauseFor(1)).resolves.toBeUndefined();
});

test('a stop ends a pause, whether it comes before or meanwhile, and is no error', async () => {
  await expect(pauseFor(LONG_MILLIS, AbortSignal.abort())).resolves.toBeUndefined();
  const stop = new AbortController();
  const pause = pauseFor(LONG_MILLIS, stop.signal);
  stop.abort();
  await expect(pause).resolves.toBeUndefined();
});
