import { describe, expect, it } from '@jest/globals';
import { mergeConditions } from './conditions.ts';
import type { Condition, Judgement } from './conditions.ts';

const [MONDAY, TUESDAY] = ['2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z'];
const ready: Condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: '',
  observedGeneration: 1,
  lastTransitionTime: MONDAY,
};
const judged: Judgement = { type: 'Ready', status: 'True', reason: 'Completed', message: 'done' };

const merge = (before: readonly Condition[], ...now: Judgement[]): Condition[] =>
  mergeConditions(before, now, { now: TUESDAY, generation: 2 });

describe('mergeConditions', () => {
  it('keeps the time of the last transition while the status stays', () => {
    expect(merge([ready], judged)).toEqual([{ ...judged, observedGeneration: 2, lastTransitionTime: MONDAY }]);
  });

  it('takes the new time when the status flips', () => {
    expect(merge([{ ...ready, status: 'False' }], judged)).toMatchObject([{ lastTransitionTime: TUESDAY }]);
  });

  it('keeps what was not judged, in the order of the types, and what others wrote at the end', () => {
    const other = { ...ready, type: 'example.com/Audited' };
    const types = merge([other, ready], { type: 'SpecValid', status: 'True', reason: 'Valid', message: '' }).map(
      ({ type }) => type,
    );
    expect(types).toEqual(['Ready', 'SpecValid', 'example.com/Audited']);
  });
});
