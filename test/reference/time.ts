/** Texts to instants (docs/semantics.md, section 2), with luxon's knowledge of time zones. */
import { IANAZone } from 'luxon';

const DAY = 86_400_000;
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Since 1972 clocks have been changed at full quarters of an hour of UTC only. */
const QUARTER = 15 * 60_000;
const offsets = new Map<string, number>();

/** Milliseconds that a zone's clock is ahead of UTC. Remembered, since luxon takes its time. */
export function offsetAt(instant: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const quarter = Math.floor(instant / QUARTER);
  const known = offsets.get(`${zone} ${quarter}`);
  if (known !== undefined) return known;
  const offset = IANAZone.create(zone).offset(quarter * QUARTER) * 60_000;
  offsets.set(`${zone} ${quarter}`, offset);
  return offset;
}

/** The instant when a zone's clock shows `local`: the earlier of two; undefined if there is none. */
export function instantOf(local: number, zone: string): number | undefined {
  const candidates = [local - DAY, local + DAY].map((near) => local - offsetAt(near, zone));
  return candidates.sort((a, b) => a - b).find((instant) => instant + offsetAt(instant, zone) === local);
}

/** As instantOf, but a time that does not exist is the instant at which the clock jumps over it. */
export function boundaryOf(local: number, zone: string): number {
  const exact = instantOf(local, zone);
  if (exact !== undefined) return exact;
  let [before, after] = [local - DAY, local + DAY];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (middle + offsetAt(middle, zone) < local) before = middle;
    else after = middle;
  }
  return after;
}

export const TOKENS = /'([^']*)'|yyyy|yy|MMM|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|S+|a|EEE|XXX|X|[^]/g;
const TOKEN_TEXT: Readonly<Record<string, string>> = {
  ...{
    yyyy: '(?<year>\\d{4})',
    yy: '(?<shortYear>\\d\\d)',
    MMM: `(?<monthName>${MONTHS.join('|')})`,
    MM: '(?<month>\\d\\d)',
    M: '(?<month>\\d\\d?)',
  },
  ...{
    dd: '(?<day>\\d\\d)',
    d: '(?<day>\\d\\d?)',
    EEE: `(?<weekday>${WEEKDAYS.join('|')})`,
    HH: '(?<hour>\\d\\d)',
    H: '(?<hour>\\d\\d?)',
  },
  ...{
    hh: '(?<halfHour>\\d\\d)',
    h: '(?<halfHour>\\d\\d?)',
    a: '(?<half>AM|PM)',
    mm: '(?<minute>\\d\\d)',
    m: '(?<minute>\\d\\d?)',
  },
  ...{
    ss: '(?<second>\\d\\d)',
    s: '(?<second>\\d\\d?)',
    X: '(?<zone>Z|[+-]\\d\\d(\\d\\d)?)',
    XXX: '(?<zone>Z|[+-]\\d\\d:\\d\\d)',
  },
};
const ISO =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[T ](?<hour>\d\d):(?<minute>\d\d)(:(?<second>\d\d)(\.(?<fraction>\d+))?)?(?<zone>Z|[+-]\d\d:?\d\d)?$/;

const matchers = new Map<string, RegExp>([['iso8601', ISO]]);

function matcherOf(format: string): RegExp {
  const known = matchers.get(format);
  if (known) return known;
  const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const part = (token: string, quoted?: string): string =>
    token.startsWith('S') ? `(?<fraction>\\d{${token.length}})` : (TOKEN_TEXT[token] ?? literal(quoted ?? token));
  const matcher = new RegExp(`^${format.replace(TOKENS, part)}$`);
  matchers.set(format, matcher);
  return matcher;
}

/** The instant that a text names, or undefined. Without an offset in the text it is local time in `zone`. */
export function parseTime(text: string, format: string, zone: string): number | undefined {
  if (format.startsWith('epoch'))
    return /^-?\d+$/.test(text) ? Number(text) * (format === 'epochSeconds' ? 1000 : 1) : undefined;
  const found = matcherOf(format).exec(text)?.groups;
  const local = found && localTimeOf(found);
  if (local === undefined) return undefined;
  return found!.zone === undefined ? instantOf(local, zone) : local - offsetOf(found!.zone);
}

type Found = Readonly<Record<string, string | undefined>>;

/** What the clock shows, as if it were UTC. */
function localTimeOf(found: Found): number | undefined {
  const { minute = 0, second = 0, fraction = '' } = found;
  const written = [...dayOf(found), hourOf(found), Number(minute), Number(second)] as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(written[0], written[1] - 1, written[2]);
  date.setUTCHours(written[3], written[4], written[5], Number(fraction.padEnd(3, '0').slice(0, 3)));
  const real = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  const isReal = written[0] > 0 && written.every((part, index) => part === real[index]);
  const weekday = WEEKDAYS[date.getUTCDay()];
  return isReal && weekday === (found.weekday ?? weekday) ? date.getTime() : undefined;
}

function dayOf({ year, shortYear, month, monthName, day = '1' }: Found): [number, number, number] {
  const monthNumber = monthName === undefined ? Number(month ?? 1) : MONTHS.indexOf(monthName) + 1;
  return [Number(year ?? (shortYear === undefined ? 1970 : `20${shortYear}`)), monthNumber, Number(day)];
}

/** NaN where the clock of twelve hours shows no such hour. */
function hourOf({ hour = '0', halfHour, half }: Found): number {
  if (halfHour === undefined) return Number(hour);
  const isOnClock = Number(halfHour) >= 1 && Number(halfHour) <= 12;
  return isOnClock ? (Number(halfHour) % 12) + (half === 'PM' ? 12 : 0) : NaN;
}

function offsetOf(zone: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [undefined, '+', '0'];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
