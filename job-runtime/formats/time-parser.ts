/**
 * Compiles time formats into parsers over bytes: no string, no Date, nothing allocated per value. Formats whose parts
 * all have a fixed width (nearly all in use) read their digits at known places; the others go to `VariableLayout`.
 */
import { dayMillis, MAX_MILLIS } from './calendar.ts';
import { fractionMillis, twoDigits } from './digits.ts';
import { compileIso8601 } from './time-iso8601.ts';
import { parsePattern } from './time-pattern.ts';
import type { PatternPart, TimeUnit } from './time-pattern.ts';
import { VariableLayout } from './time-parser-variable.ts';
import { zoneOf } from './time-zone.ts';
import type { Zone } from './time-zone.ts';

/** The time in bytes[start, end), milliseconds since the epoch; NaN if there is none. */
export type TimeParser = (bytes: Uint8Array, start: number, end: number) => number;

/** A parser of instants. Local times are those of the zone, unless their text gives an offset. */
export function compileTimestampParser(format = 'iso8601', timezone = 'UTC'): TimeParser {
  const zone = zoneOf(timezone);
  if (format === 'epochMillis') return parseEpochMillis;
  if (format === 'epochSeconds') return parseEpochSeconds;
  if (format === 'iso8601') return compileIso8601(zone);
  const parts = parsePattern(format);
  if (!isFixed(parts)) return variableParser(parts, zone);
  return inZone(compileFixed(parts), zone);
}

/** A parser of calendar days, as their midnight UTC. */
export function compileDateParser(format = 'yyyy-MM-dd'): TimeParser {
  return compileTimestampParser(format, 'UTC');
}

function inZone(parseLocal: TimeParser, zone: Zone): TimeParser {
  if (zone.name === 'UTC') return parseLocal;
  return (bytes, start, end) => zone.toInstant(parseLocal(bytes, start, end));
}

function variableParser(parts: readonly PatternPart[], zone: Zone): TimeParser {
  const layout = new VariableLayout(parts);
  return (bytes, start, end) => {
    const local = layout.parse(bytes, start, end);
    return layout.hasOffset ? local - layout.offset : zone.toInstant(local);
  };
}

const FIXED_UNITS: ReadonlySet<TimeUnit> = new Set<TimeUnit>([
  'year',
  'shortYear',
  'month',
  'day',
  'hour',
  'minute',
  'second',
  'fraction',
]);

function isFixed(parts: readonly PatternPart[]): boolean {
  const units = parts.filter(({ unit }) => unit !== 'literal');
  const fixed = units.every(({ unit, width }) => FIXED_UNITS.has(unit) && (width >= 2 || unit === 'fraction'));
  return fixed && new Set(units.map(({ unit }) => unit)).size === units.length;
}

/** Places of the parts from the start of the text; −1: not there. */
interface FixedLayout {
  readonly length: number;
  readonly literalAt: Int32Array;
  readonly literalByte: Uint8Array;
  readonly at: Readonly<Record<TimeUnit, number>>;
  readonly fractionDigits: number;
}

function layOut(parts: readonly PatternPart[]): FixedLayout {
  const at = { year: -1, shortYear: -1, month: -1, day: -1, hour: -1, minute: -1, second: -1, fraction: -1 } as Record<
    TimeUnit,
    number
  >;
  const literalAt: number[] = [];
  const literalByte: number[] = [];
  let length = 0;
  let fractionDigits = 0;
  for (const { unit, width, literal } of parts) {
    if (unit !== 'literal') at[unit] = length;
    if (unit === 'fraction') fractionDigits = width;
    literal.forEach((byte, index) => {
      literalAt.push(length + index);
      literalByte.push(byte);
    });
    length += unit === 'literal' ? literal.length : width;
  }
  return {
    length,
    literalAt: Int32Array.from(literalAt),
    literalByte: Uint8Array.from(literalByte),
    at,
    fractionDigits,
  };
}

/** The local time as if the clock were UTC's. Neighbouring records mostly share their day, so the last one is kept. */
function compileFixed(parts: readonly PatternPart[]): TimeParser {
  const { length, literalAt, literalByte, at, fractionDigits } = layOut(parts);
  const parseDay = compileFixedDay(at);
  const { hour: hourAt, minute: minuteAt, second: secondAt, fraction: fractionAt } = at;
  const literals = literalAt.length;
  const hasTime = hourAt >= 0 || minuteAt >= 0 || secondAt >= 0 || fractionAt >= 0;
  // eslint-disable-next-line complexity -- one straight line per value: splitting it would cost calls on the hot path
  return (bytes, start, end) => {
    if (end - start !== length) return NaN;
    for (let i = 0; i < literals; i++) if (bytes[start + literalAt[i]!] !== literalByte[i]) return NaN;
    const day = parseDay(bytes, start);
    if (!hasTime) return day;
    const hour = hourAt < 0 ? 0 : twoDigits(bytes, start + hourAt);
    const minute = minuteAt < 0 ? 0 : twoDigits(bytes, start + minuteAt);
    const second = secondAt < 0 ? 0 : twoDigits(bytes, start + secondAt);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return NaN;
    const time = ((hour * 60 + minute) * 60 + second) * 1000;
    return fractionAt < 0 ? day + time : day + time + fractionMillis(bytes, start + fractionAt, fractionDigits);
  };
}

function compileFixedDay(at: Readonly<Record<TimeUnit, number>>): (bytes: Uint8Array, start: number) => number {
  const { year: yearAt, shortYear: shortYearAt, month: monthAt, day: dayAt } = at;
  let lastKey = -1;
  let lastMillis = 0;
  return (bytes, start) => {
    const century = yearAt < 0 ? (shortYearAt < 0 ? 19 : 20) : twoDigits(bytes, start + yearAt);
    const year =
      yearAt < 0
        ? shortYearAt < 0
          ? 70
          : twoDigits(bytes, start + shortYearAt)
        : twoDigits(bytes, start + yearAt + 2);
    const month = monthAt < 0 ? 1 : twoDigits(bytes, start + monthAt);
    const day = dayAt < 0 ? 1 : twoDigits(bytes, start + dayAt);
    if ((century | year | month | day) < 0) return NaN;
    const key = (century << 24) | (year << 16) | (month << 8) | day;
    if (key === lastKey) return lastMillis;
    const millis = dayMillis(century * 100 + year, month, day);
    if (millis === millis) {
      lastKey = key;
      lastMillis = millis;
    }
    return millis;
  };
}

function parseEpochMillis(bytes: Uint8Array, start: number, end: number): number {
  const negative = start < end && bytes[start] === 45;
  const from = negative ? start + 1 : start;
  if (from === end) return NaN;
  let value = 0;
  for (let i = from; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit >>> 0 > 9) return NaN;
    value = value * 10 + digit;
  }
  if (value > MAX_MILLIS) return NaN;
  return negative ? 0 - value : value;
}

function parseEpochSeconds(bytes: Uint8Array, start: number, end: number): number {
  const millis = parseEpochMillis(bytes, start, end) * 1000;
  return Math.abs(millis) <= MAX_MILLIS ? millis : NaN;
}
