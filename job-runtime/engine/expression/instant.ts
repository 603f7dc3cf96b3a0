/** Instants as CEL writes them: RFC 3339, years 0001 to 9999, here to the millisecond. */
import { daysFromCivil, daysInMonth, DAY_MILLIS, HOUR_MILLIS, MINUTE_MILLIS } from '../../formats/calendar.ts';

const MIN_INSTANT = -62_135_596_800_000;
const MAX_INSTANT = 253_402_300_799_999;
/** Protobuf's limit of a duration, about 10,000 years. */
export const MAX_DURATION = 315_576_000_000_000;

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

export const isInstant = (millis: number): boolean => millis >= MIN_INSTANT && millis <= MAX_INSTANT;

/** Milliseconds since the epoch, cut below; NaN if the text is no instant. */
export function parseInstant(text: string): number {
  const match = RFC3339.exec(text);
  if (!match) return NaN;
  const instant = dayOf(match) + timeOfDay(match) - offsetOf(match);
  return isInstant(instant) ? instant : NaN;
}

const numbers = (match: RegExpExecArray, from: number): [number, number, number] =>
  match.slice(from, from + 3).map(Number) as [number, number, number];

function dayOf(match: RegExpExecArray): number {
  const [year, month, day] = numbers(match, 1);
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  return exists ? daysFromCivil(year, month, day) * DAY_MILLIS : NaN;
}

function timeOfDay(match: RegExpExecArray): number {
  const [hour, minute, second] = numbers(match, 4);
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  const fraction = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return hour * HOUR_MILLIS + minute * MINUTE_MILLIS + second * 1000 + fraction;
}

function offsetOf(match: RegExpExecArray): number {
  if (match[8] === undefined) return 0;
  const hours = Number(match[9]);
  const minutes = Number(match[10]);
  if (hours > 23 || minutes > 59) return NaN;
  const offset = hours * HOUR_MILLIS + minutes * MINUTE_MILLIS;
  return match[8] === '-' ? -offset : offset;
}

/** `2024-01-31T08:00:00.5Z`: no fraction where it is zero, no trailing zeros in it. */
export function printInstant(millis: number): string {
  return new Date(millis).toISOString().replace(/\.?0*Z$/, 'Z');
}
