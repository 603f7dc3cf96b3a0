/**
 * Proleptic Gregorian days and their numbers since 1970-01-01. Integer arithmetic only: no Date objects on the hot path,
 * and no two-digit-year special case as Date.UTC has. (Algorithms of Howard Hinnant's "chrono-compatible date algorithms".)
 */

export const DAY_MILLIS = 86_400_000;
export const HOUR_MILLIS = 3_600_000;
export const MINUTE_MILLIS = 60_000;
/** The largest instant that JavaScript dates reach, and so the largest timestamp. */
export const MAX_MILLIS = 8.64e15;

const ERA_DAYS = 146_097;
/** Days from 0000-03-01 to 1970-01-01: counting from March puts the leap day last in its year. */
const EPOCH_SHIFT = 719_468;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export interface CivilDay {
  year: number;
  month: number;
  day: number;
}

/** Days since the epoch; month 1–12. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * ERA_DAYS + dayOfEra - EPOCH_SHIFT;
}

/** Fills `into` with the calendar day of a day number. */
export function civilFromDays(days: number, into: CivilDay): void {
  const shifted = days + EPOCH_SHIFT;
  const era = Math.floor(shifted / ERA_DAYS);
  const dayOfEra = shifted - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  into.day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  into.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  into.year = yearOfEra + era * 400 + (into.month <= 2 ? 1 : 0);
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : MONTH_DAYS[month - 1]!;
}

/** Midnight UTC of a day of the years 1 to 9999 and beyond; NaN if the calendar has no such day. */
export function dayMillis(year: number, month: number, day: number): number {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return NaN;
  return daysFromCivil(year, month, day) * DAY_MILLIS;
}

/** 0 is Sunday. */
export function weekdayOf(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}
