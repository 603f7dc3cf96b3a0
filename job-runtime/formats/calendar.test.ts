import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { civilFromDays, DAY_MILLIS, daysFromCivil, daysInMonth, weekdayOf } from './calendar.ts';

describe('calendar', () => {
  test('agrees with Date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
        const date = new Date(days * DAY_MILLIS);
        const civil = { year: 0, month: 0, day: 0 };
        civilFromDays(days, civil);
        expect(civil).toEqual({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
        expect(daysFromCivil(civil.year, civil.month, civil.day)).toBe(days);
        expect(weekdayOf(days)).toBe(date.getUTCDay());
        expect(civil.day).toBeLessThanOrEqual(daysInMonth(civil.year, civil.month));
      }),
      { numRuns: 3000 },
    );
  });
});
