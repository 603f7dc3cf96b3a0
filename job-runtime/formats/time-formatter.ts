/**
 * Compiles time formats into writers. Neighbouring rows mostly print the same time (window bounds, dates), so the text
 * of the last one is kept and copied.
 */
import type { CivilDay } from './calendar.ts';
import { civilFromDays, DAY_MILLIS, HOUR_MILLIS, MINUTE_MILLIS, weekdayOf } from './calendar.ts';
import { ByteWriter } from './byte-writer.ts';
import { MONTH_NAMES, parsePattern, WEEKDAY_NAMES } from './time-pattern.ts';
import type { PatternPart } from './time-pattern.ts';
import { zoneOf } from './time-zone.ts';
import type { Zone } from './time-zone.ts';

/** Writes the text of an instant. */
export type TimeFormatter = (millis: number, writer: ByteWriter) => void;

const ISO_8601 = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

export function compileTimestampFormatter(format = 'iso8601', timezone = 'UTC'): TimeFormatter {
  if (format === 'epochMillis') return writeEpochMillis;
  if (format === 'epochSeconds') return writeEpochSeconds;
  return compilePattern(format === 'iso8601' ? ISO_8601 : format, zoneOf(timezone));
}

/** A formatter of calendar days, given as their midnight UTC. */
export function compileDateFormatter(format = 'yyyy-MM-dd'): TimeFormatter {
  return compileTimestampFormatter(format, 'UTC');
}

/** Epoch formats print numbers, which json leaves without quotes. */
export function printsNumber(format: string | undefined): boolean {
  return format === 'epochMillis' || format === 'epochSeconds';
}

function writeEpochMillis(millis: number, writer: ByteWriter): void {
  writer.integer(millis);
}

function writeEpochSeconds(millis: number, writer: ByteWriter): void {
  writer.integer(Math.floor(millis / 1000));
}

function compilePattern(pattern: string, zone: Zone): TimeFormatter {
  const parts = parsePattern(pattern);
  const moment = new Moment();
  const last = new ByteWriter(64);
  let lastMillis = NaN;
  return (millis, writer) => {
    if (millis !== lastMillis) {
      last.clear();
      moment.set(millis, zone.offsetAt(millis));
      for (const part of parts) writePart(part, moment, last);
      lastMillis = millis;
    }
    writer.slice(last.bytes, 0, last.length);
  };
}

/** A local time taken apart; one is reused for all rows. */
class Moment implements CivilDay {
  year = 1970;
  month = 1;
  day = 1;
  weekday = 0;
  hour = 0;
  minute = 0;
  second = 0;
  millis = 0;
  offset = 0;
  private lastDays = NaN;

  set(instant: number, offset: number): void {
    const local = instant + offset;
    const days = Math.floor(local / DAY_MILLIS);
    if (days !== this.lastDays) {
      civilFromDays(days, this);
      this.weekday = weekdayOf(days);
      this.lastDays = days;
    }
    const time = local - days * DAY_MILLIS;
    this.hour = Math.floor(time / HOUR_MILLIS);
    this.minute = Math.floor(time / MINUTE_MILLIS) % 60;
    this.second = Math.floor(time / 1000) % 60;
    this.millis = time % 1000;
    this.offset = offset;
  }
}

// eslint-disable-next-line complexity -- a table of units, one line each
function writePart({ unit, width, literal }: PatternPart, moment: Moment, writer: ByteWriter): void {
  switch (unit) {
    case 'literal':
      return writer.slice(literal, 0, literal.length);
    case 'year':
      return writeYear(moment.year, writer);
    case 'shortYear':
      return writer.padded(((moment.year % 100) + 100) % 100, 2);
    case 'month':
      return writeNumber(moment.month, width, writer);
    case 'monthName':
      return writer.text(MONTH_NAMES[moment.month - 1]!);
    case 'day':
      return writeNumber(moment.day, width, writer);
    case 'weekdayName':
      return writer.text(WEEKDAY_NAMES[moment.weekday]!);
    case 'hour':
      return writeNumber(moment.hour, width, writer);
    case 'hour12':
      return writeNumber(moment.hour % 12 === 0 ? 12 : moment.hour % 12, width, writer);
    case 'minute':
      return writeNumber(moment.minute, width, writer);
    case 'second':
      return writeNumber(moment.second, width, writer);
    case 'fraction':
      return writeFraction(moment.millis, width, writer);
    case 'meridiem':
      return writer.text(moment.hour < 12 ? 'AM' : 'PM');
    case 'offset':
      return writeOffset(moment.offset, width, writer);
  }
}

/** Four digits; more, or a sign, only where a year needs them. */
function writeYear(year: number, writer: ByteWriter): void {
  if (year < 0) writer.byte(45);
  const size = Math.abs(year);
  if (size > 9999) writer.integer(size);
  else writer.padded(size, 4);
}

function writeNumber(value: number, width: number, writer: ByteWriter): void {
  if (width === 1) writer.integer(value);
  else writer.padded(value, width);
}

function writeFraction(millis: number, width: number, writer: ByteWriter): void {
  writer.padded(width >= 3 ? millis : Math.floor(millis / 10 ** (3 - width)), Math.min(width, 3));
  for (let digits = 3; digits < width; digits++) writer.byte(48);
}

/** X: Z, ±HH, or ±HHmm where minutes need it; XXX: Z or ±HH:mm. Seconds of ancient local mean times are dropped. */
function writeOffset(offset: number, width: number, writer: ByteWriter): void {
  if (offset === 0) return writer.byte(90);
  const minutes = Math.floor(Math.abs(offset) / MINUTE_MILLIS);
  writer.byte(offset < 0 ? 45 : 43);
  writer.padded(Math.floor(minutes / 60), 2);
  if (width === 1 && minutes % 60 === 0) return;
  if (width === 3) writer.byte(58);
  writer.padded(minutes % 60, 2);
}
