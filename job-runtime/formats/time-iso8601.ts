/**
 * ISO 8601 as logs and APIs write it: `2024-01-31T08:00`, `2024-01-31T08:00:00.123456Z`, a space for the T, and an
 * offset as Z, +0100 or +01:00. Fractions (up to nine digits) are cut to milliseconds.
 */
import { dayMillis, HOUR_MILLIS, MINUTE_MILLIS } from './calendar.ts';
import { fractionMillis, isDigit, twoDigits } from './digits.ts';
import type { Zone } from './time-zone.ts';

type Parse = (bytes: Uint8Array, start: number, end: number) => number;

const PLUS = 43;
const DASH = 45;
const COLON = 58;
const SPACE = 32;
const POINT = 46;
const CAPITAL_T = 84;
const CAPITAL_Z = 90;

export function compileIso8601(zone: Zone): Parse {
  const reader = new Iso8601Reader(zone);
  return (bytes, start, end) => reader.parse(bytes, start, end);
}

class Iso8601Reader {
  private readonly zone: Zone;
  private at = 0;
  /** The day that was read last: most neighbours share it. */
  private lastKey = -1;
  private lastMillis = 0;

  constructor(zone: Zone) {
    this.zone = zone;
  }

  parse(bytes: Uint8Array, start: number, end: number): number {
    // 16 bytes reach to the minutes, so that what comes before needs no look at the end.
    if (end - start < 16 || (bytes[start + 10] !== CAPITAL_T && bytes[start + 10] !== SPACE)) return NaN;
    const local = this.day(bytes, start) + this.time(bytes, start + 11, end);
    if (this.at === end) return this.zone.toInstant(local);
    return end - this.at === 3 ? NaN : local - readOffset(bytes, this.at, end);
  }

  private day(bytes: Uint8Array, at: number): number {
    const century = twoDigits(bytes, at);
    const year = twoDigits(bytes, at + 2);
    const month = twoDigits(bytes, at + 5);
    const day = twoDigits(bytes, at + 8);
    if ((century | year | month | day) < 0 || bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return NaN;
    const key = (century << 24) | (year << 16) | (month << 8) | day;
    if (key === this.lastKey) return this.lastMillis;
    this.lastMillis = dayMillis(century * 100 + year, month, day);
    this.lastKey = key;
    return this.lastMillis;
  }

  /** Reads HH:mm[:ss[.fraction]] and leaves `at` behind it. */
  private time(bytes: Uint8Array, from: number, end: number): number {
    const hour = twoDigits(bytes, from);
    const minute = twoDigits(bytes, from + 3);
    this.at = from + 5;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || bytes[from + 2] !== COLON) return NaN;
    const minutes = (hour * 60 + minute) * MINUTE_MILLIS;
    return this.at < end && bytes[this.at] === COLON ? minutes + this.seconds(bytes, end) : minutes;
  }

  private seconds(bytes: Uint8Array, end: number): number {
    const from = this.at + 1;
    const second = from + 2 <= end ? twoDigits(bytes, from) : -1;
    this.at = from + 2;
    if (second < 0 || second > 59) return NaN;
    const millis = second * 1000;
    return this.at < end && bytes[this.at] === POINT ? millis + this.fraction(bytes, end) : millis;
  }

  private fraction(bytes: Uint8Array, end: number): number {
    const from = this.at + 1;
    this.at = from;
    while (this.at < end && isDigit(bytes[this.at]!)) this.at++;
    const digits = this.at - from;
    return digits < 1 || digits > 9 ? NaN : fractionMillis(bytes, from, digits);
  }
}

/** Z, ±HH, ±HHmm or ±HH:mm to the end of the text, in milliseconds; NaN for anything else. */
export function readOffset(bytes: Uint8Array, at: number, end: number): number {
  const size = end - at;
  if (size === 1) return bytes[at] === CAPITAL_Z ? 0 : NaN;
  const hasColon = size === 6;
  const isSized = size === 3 || size === 5 || hasColon;
  if (!isSized || (hasColon && bytes[at + 3] !== COLON)) return NaN;
  const minute = size === 3 ? 0 : twoDigits(bytes, end - 2);
  return signOf(bytes[at]!) * offsetMillis(twoDigits(bytes, at + 1), minute);
}

function offsetMillis(hour: number, minute: number): number {
  return hour < 0 || hour > 23 || minute < 0 || minute > 59 ? NaN : hour * HOUR_MILLIS + minute * MINUTE_MILLIS;
}

function signOf(byte: number): number {
  if (byte === PLUS) return 1;
  return byte === DASH ? -1 : NaN;
}
