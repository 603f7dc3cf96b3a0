/** Timestamps and durations, both milliseconds: arithmetic within CEL's range, and the getters, in UTC or in a zone. */
import {
  civilFromDays,
  daysFromCivil,
  DAY_MILLIS,
  HOUR_MILLIS,
  MINUTE_MILLIS,
  weekdayOf,
} from '../../formats/calendar.ts';
import type { CivilDay } from '../../formats/calendar.ts';
import type { Zone } from '../../formats/time-zone.ts';
import { NULL } from '../column.ts';
import { isInstant, MAX_DURATION } from './instant.ts';
import type { BinaryLoop, UnaryLoop } from './vector.ts';

const isDuration = (millis: number): boolean => millis <= MAX_DURATION && millis >= -MAX_DURATION;

/** NaN in either operand is in no range, so it stays NaN. */
function arithmetic(sign: 1 | -1, isInRange: (millis: number) => boolean): BinaryLoop {
  return ({ left, right, out }, { rows, count }) => {
    const x = left.values;
    const y = right.values;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const result = x[row]! + sign * y[row]!;
      out.values[row] = isInRange(result) ? result : NULL;
    }
  };
}

export const addToTimestamp = arithmetic(1, isInstant);
export const subtractFromTimestamp = arithmetic(-1, isInstant);
export const addDurations = arithmetic(1, isDuration);
export const subtractDurations = arithmetic(-1, isDuration);

/** A field of a local time (milliseconds that a clock in UTC would show so). */
export type LocalField = (local: number) => number;

const civil: CivilDay = { year: 0, month: 0, day: 0 };

function civilOf(local: number): CivilDay {
  civilFromDays(Math.floor(local / DAY_MILLIS), civil);
  return civil;
}

const within = (local: number, unit: number, size: number): number =>
  Math.floor(local / unit) - Math.floor(local / (unit * size)) * size;

function dayOfYear(local: number): number {
  const days = Math.floor(local / DAY_MILLIS);
  return days - daysFromCivil(civilOf(local).year, 1, 1);
}

/** Months, days of the month and of the year count from 0; getDate counts from 1; a week begins on Sunday, 0. */
export const TIMESTAMP_GETTERS = {
  getFullYear: (local) => civilOf(local).year,
  getMonth: (local) => civilOf(local).month - 1,
  getDate: (local) => civilOf(local).day,
  getDayOfMonth: (local) => civilOf(local).day - 1,
  getDayOfWeek: (local) => weekdayOf(Math.floor(local / DAY_MILLIS)),
  getDayOfYear: dayOfYear,
  getHours: (local) => within(local, HOUR_MILLIS, 24),
  getMinutes: (local) => within(local, MINUTE_MILLIS, 60),
  getSeconds: (local) => within(local, 1000, 60),
  getMilliseconds: (local) => within(local, 1, 1000),
} as const satisfies Record<string, LocalField>;

export type TimestampGetter = keyof typeof TIMESTAMP_GETTERS;

export function getterLoop(field: LocalField, zone: Zone | undefined): UnaryLoop {
  return (input, out, { rows, count }) => {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const instant = input.values[row]!;
      if (instant !== instant) out.values[row] = NULL;
      else out.values[row] = field(zone ? instant + zone.offsetAt(instant) : instant);
    }
  };
}

/** Whole units of the duration as a whole, towards zero. */
export const DURATION_GETTERS = {
  getHours: HOUR_MILLIS,
  getMinutes: MINUTE_MILLIS,
  getSeconds: 1000,
  getMilliseconds: 1,
} as const;

export function durationLoop(unit: number): UnaryLoop {
  return (input, out, { rows, count }) => {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      out.values[row] = Math.trunc(input.values[row]! / unit) + 0;
    }
  };
}
