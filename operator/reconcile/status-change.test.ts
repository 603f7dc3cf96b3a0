import { describe, expect, it } from '@jest/globals';
import type { StreamJobStatus } from '../../crds/status.ts';
import { statusChange } from './status-change.ts';

const MONDAY = '2024-01-01T00:00:00.000Z';
const TUESDAY = '2024-01-02T00:00:00.000Z';
const condition = {
  type: 'Ready',
  status: 'True' as const,
  reason: 'Ready',
  message: 'all pods work',
  observedGeneration: 1,
  lastTransitionTime: MONDAY,
};
const BEFORE: StreamJobStatus = {
  observedGeneration: 1,
  phase: 'Running',
  run: 'abc',
  ready: '2/2',
  replicas: 2,
  partitions: 4,
  lag: 7,
  watermark: MONDAY,
  rates: { consumed: 5 },
  progress: [{ topic: 'rides', partition: 0, offset: 5, lag: 7 }],
  conditions: [condition],
  lastError: { message: 'it ended', pod: 'a', time: MONDAY },
};

describe('a change of the status', () => {
  it.each<{ name: string; after: Partial<StreamJobStatus>; want: string }>([
    { name: 'nothing is different', after: {}, want: 'none' },
    { name: 'lag moves', after: { lag: 8 }, want: 'numbers' },
    { name: 'the watermark moves', after: { watermark: TUESDAY }, want: 'numbers' },
    { name: 'rates move', after: { rates: { consumed: 6 } }, want: 'numbers' },
    { name: 'a rate comes', after: { rates: { consumed: 5, produced: 1 } }, want: 'numbers' },
    { name: 'dead letters are counted', after: { deadLetters: 1 }, want: 'numbers' },
    {
      name: 'an offset moves',
      after: { progress: [{ topic: 'rides', partition: 0, offset: 6, lag: 7 }] },
      want: 'numbers',
    },
    { name: 'a message says it otherwise', after: { conditions: [{ ...condition, message: 'all' }] }, want: 'numbers' },
    {
      name: 'another pod reports the same error',
      after: { lastError: { message: 'it ended', pod: 'b', time: TUESDAY } },
      want: 'numbers',
    },
    { name: 'a reason is another', after: { conditions: [{ ...condition, reason: 'Completed' }] }, want: 'news' },
    {
      name: 'a condition flips',
      after: { conditions: [{ ...condition, status: 'False', lastTransitionTime: TUESDAY }] },
      want: 'news',
    },
    {
      name: 'a condition comes',
      after: { conditions: [condition, { ...condition, type: 'SpecValid' }] },
      want: 'news',
    },
    {
      name: 'another generation was judged',
      after: { conditions: [{ ...condition, observedGeneration: 2 }] },
      want: 'news',
    },
    { name: 'the phase is another', after: { phase: 'Failed' }, want: 'news' },
    { name: 'a pod becomes ready', after: { ready: '3/3' }, want: 'news' },
    { name: 'the scale subresource counts another pod', after: { replicas: 3 }, want: 'news' },
    { name: 'the run is another', after: { run: 'abd' }, want: 'news' },
    {
      name: 'another error is told',
      after: { lastError: { message: 'it broke', pod: 'a', time: TUESDAY } },
      want: 'news',
    },
    { name: 'an undefined member comes', after: { deadLetters: undefined }, want: 'none' },
  ])('is $want when $name', ({ after, want }) => {
    expect(statusChange(BEFORE, { ...BEFORE, ...after })).toBe(want);
  });

  it('is news when there was none before', () => {
    expect(statusChange(undefined, {})).toBe('news');
  });

  it('is news when an error is behind', () => {
    const { lastError: _, ...after } = BEFORE;
    expect(statusChange(BEFORE, after)).toBe('news');
  });

  it('is none when members come in another order', () => {
    const turned = Object.fromEntries(Object.entries(BEFORE).toReversed()) as StreamJobStatus;
    expect(statusChange(BEFORE, turned)).toBe('none');
  });
});
