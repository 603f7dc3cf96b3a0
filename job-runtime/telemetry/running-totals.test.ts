import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { zeroCounts } from '../engine/task-output.ts';
import { RunningTotals } from './running-totals.ts';

describe('RunningTotals', () => {
  it('gives what came since the last call', () => {
    const totals = new RunningTotals();
    const counts = { ...zeroCounts(), records: 5 };
    expect(totals.increments(counts)).toEqual({ ...zeroCounts(), records: 5 });
    counts.records = 7;
    counts.late = 1;
    expect(totals.increments(counts)).toEqual({ ...zeroCounts(), records: 2, late: 1 });
    expect(totals.increments(counts)).toEqual(zeroCounts());
  });

  it('takes totals that fell for those of an heir, as a whole', () => {
    const totals = new RunningTotals<{ records: number; late: number }>();
    totals.increments({ records: 10, late: 0 });
    expect(totals.increments({ records: 4, late: 3 })).toEqual({ records: 4, late: 3 });
    expect(totals.increments({ records: 6, late: 3 })).toEqual({ records: 2, late: 0 });
  });

  it('takes names that come later, as reasons do', () => {
    const totals = new RunningTotals<{ Late?: number; BadValue?: number }>();
    totals.increments({ Late: 2 });
    expect(totals.increments({ Late: 2, BadValue: 1 })).toEqual({ Late: 0, BadValue: 1 });
  });

  it('adds up to the totals', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (steps) => {
        const totals = new RunningTotals<{ records: number }>();
        let records = 0;
        let sum = 0;
        for (const step of steps) {
          records += step;
          sum += totals.increments({ records }).records;
        }
        expect(sum).toBe(records);
      }),
    );
  });
});
