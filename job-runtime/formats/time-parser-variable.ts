/**
 * Parses time patterns with parts of variable width or with names (`M/d/yyyy h:mm a`, `dd/MMM/yyyy:HH:mm:ss X`), one
 * part after the other. Slower than fixed places, and as free of allocation.
 */
import { DAY_MILLIS, dayMillis, MINUTE_MILLIS, weekdayOf } from './calendar.ts';
import { fractionMillis, isDigit } from './digits.ts';
import { readOffset } from './time-iso8601.ts';
import { MONTH_NAMES, WEEKDAY_NAMES } from './time-pattern.ts';
import type { PatternPart, TimeUnit } from './time-pattern.ts';

const encoder = new TextEncoder();
const encodeAll = (names: readonly string[]): readonly Uint8Array[] => names.map((name) => encoder.encode(name));
const MONTHS = encodeAll(MONTH_NAMES);
const WEEKDAYS = encodeAll(WEEKDAY_NAMES);
const MERIDIEMS = encodeAll(['AM', 'PM']);

export class VariableLayout {
  /** Whether the pattern has an offset; `offset` is that of the last text, in milliseconds. */
  readonly hasOffset: boolean;
  offset = 0;
  private readonly parts: readonly PatternPart[];
  private at = 0;
  private year = 1970;
  private month = 1;
  private day = 1;
  private weekday = -1;
  private hour = 0;
  private afternoon = 0;
  private minute = 0;
  private second = 0;
  private millis = 0;

  constructor(parts: readonly PatternPart[]) {
    this.parts = parts;
    this.hasOffset = parts.some(({ unit }) => unit === 'offset');
  }

  /** The local time as if its clock were UTC's; NaN if the text does not fit the pattern or the calendar. */
  parse(bytes: Uint8Array, start: number, end: number): number {
    this.reset(start);
    for (const part of this.parts) if (!this.read(part, bytes, end)) return NaN;
    return this.at === end ? this.assemble() : NaN;
  }

  private reset(start: number): void {
    this.at = start;
    this.year = 1970;
    this.month = 1;
    this.day = 1;
    this.weekday = -1;
    this.hour = 0;
    this.afternoon = 0;
    this.minute = 0;
    this.second = 0;
    this.millis = 0;
    this.offset = 0;
  }

  private assemble(): number {
    const day = dayMillis(this.year, this.month, this.day);
    const hour = this.hour + this.afternoon;
    if (this.minute > 59 || this.second > 59 || hour > 23) return NaN;
    if (this.weekday >= 0 && this.weekday !== weekdayOf(day / DAY_MILLIS)) return NaN;
    return day + (hour * 60 + this.minute) * MINUTE_MILLIS + this.second * 1000 + this.millis;
  }

  private read(part: PatternPart, bytes: Uint8Array, end: number): boolean {
    switch (part.unit) {
      case 'literal':
        return this.literal(part.literal, bytes, end);
      case 'monthName':
        this.month = this.name(MONTHS, bytes, end) + 1;
        return this.month > 0;
      case 'weekdayName':
        this.weekday = this.name(WEEKDAYS, bytes, end);
        return this.weekday >= 0;
      case 'meridiem':
        this.afternoon = this.name(MERIDIEMS, bytes, end) * 12;
        return this.afternoon >= 0;
      case 'offset':
        return this.readOffset(part.width, bytes, end);
      case 'fraction':
        return this.fraction(part.width, bytes, end);
      default:
        return this.assign(part.unit, this.digits(part.width, bytes, end));
    }
  }

  private assign(unit: TimeUnit, value: number): boolean {
    if (value < 0) return false;
    switch (unit) {
      case 'year':
        this.year = value;
        return true;
      case 'shortYear':
        this.year = 2000 + value;
        return true;
      case 'month':
        this.month = value;
        return true;
      case 'day':
        this.day = value;
        return true;
      case 'hour':
        this.hour = value;
        return true;
      case 'hour12':
        this.hour = value % 12;
        return value >= 1 && value <= 12;
      case 'minute':
        this.minute = value;
        return true;
      default:
        this.second = value;
        return true;
    }
  }

  /** Exactly `width` digits; for a width of 1 one or two. −1 if they are not there. */
  private digits(width: number, bytes: Uint8Array, end: number): number {
    const most = Math.min(end, this.at + (width === 1 ? 2 : width));
    const from = this.at;
    let value = 0;
    let at = from;
    for (; at < most && isDigit(bytes[at]!); at++) value = value * 10 + bytes[at]! - 48;
    this.at = at;
    return at - from < width ? -1 : value;
  }

  private fraction(width: number, bytes: Uint8Array, end: number): boolean {
    if (this.at + width > end) return false;
    this.millis = fractionMillis(bytes, this.at, width);
    this.at += width;
    return this.millis === this.millis;
  }

  private literal(literal: Uint8Array, bytes: Uint8Array, end: number): boolean {
    if (this.at + literal.length > end) return false;
    for (let i = 0; i < literal.length; i++) if (bytes[this.at + i] !== literal[i]) return false;
    this.at += literal.length;
    return true;
  }

  /** The index of the name that stands here; −1 if none does. */
  private name(names: readonly Uint8Array[], bytes: Uint8Array, end: number): number {
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!;
      let same = 0;
      while (same < name.length && this.at + same < end && bytes[this.at + same] === name[same]) same++;
      if (same === name.length) {
        this.at += same;
        return index;
      }
    }
    return -1;
  }

  /** X: Z, ±HH or ±HHmm; XXX: Z or ±HH:mm. */
  private readOffset(width: number, bytes: Uint8Array, end: number): boolean {
    const size = this.offsetSize(width, bytes, end);
    if (size < 0 || this.at + size > end) return false;
    this.offset = readOffset(bytes, this.at, this.at + size);
    this.at += size;
    return this.offset === this.offset;
  }

  private offsetSize(width: number, bytes: Uint8Array, end: number): number {
    if (this.at >= end) return -1;
    if (bytes[this.at] === 90) return 1;
    if (width === 3) return 6;
    return this.at + 3 < end && isDigit(bytes[this.at + 3]!) ? 5 : 3;
  }
}
