import { describe, expect, it } from '@jest/globals';
import { Setback } from './setback.ts';

const REFUSED = { code: 'NotAuthorized', message: 'not allowed' } as const;

describe('Setback', () => {
  it('is none at first', () => {
    expect(new Setback().look(0)).toBeUndefined();
  });

  it('lasts while the work goes on, until a commit goes through', () => {
    const setback = new Setback();
    setback.note(REFUSED);
    expect([0, 5000, 14_999].map((now) => setback.look(now))).toEqual(Array(3).fill(REFUSED));
    setback.committed();
    expect(setback.look(14_999)).toBeUndefined();
  });

  it('is over after fifteen seconds of work without a failure, which one more begins anew', () => {
    const setback = new Setback();
    setback.note(REFUSED);
    setback.look(0);
    setback.note(REFUSED);
    expect(setback.look(10_000)).toBe(REFUSED);
    expect(setback.look(24_999)).toBe(REFUSED);
    expect(setback.look(25_000)).toBeUndefined();
    expect(setback.look(26_000)).toBeUndefined();
  });
});
