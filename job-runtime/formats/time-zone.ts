/**
 * Time zones: between instants and the local clock. The tz data are Intl's, which answers in microseconds; so a zone
 * keeps stretches of constant offset, and the hot path is two comparisons against the stretch that it used last.
 */
import { DAY_MILLIS, HOUR_MILLIS, MAX_MILLIS, MINUTE_MILLIS } from './calendar.ts';

/** Local times are milliseconds too: those of the instant at which a UTC clock shows what the local clock shows. */
export interface Zone {
  readonly name: string;
  /** Local time minus UTC at an instant, milliseconds. */
  offsetAt(instant: number): number;
  /** The instant of a local time: the earlier one if it is ambiguous, NaN if no clock of the zone ever showed it. */
  toInstant(local: number): number;
  /** As toInstant, but a local time that does not exist is the instant of the jump over it. */
  toInstantLenient(local: number): number;
}

/** A stretch [from, to) of instants with one offset. Its ends may be mere ends of knowledge, with no change there. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/** How much is learnt at once. Offsets are sampled daily: no zone ever changed twice within a day. */
const CHAPTER_MILLIS = 16 * DAY_MILLIS;
const MAX_CHAPTERS = 4096;
/** Before it all zones kept local mean time, and Intl has no more to say. */
const EARLIEST = Date.UTC(1800, 0, 1);
const LATEST = MAX_MILLIS - 2 * CHAPTER_MILLIS;

const FIXED = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/;
const UTC_NAMES: ReadonlySet<string> = new Set(['UTC', 'GMT', 'Z', 'Etc/UTC', 'Etc/GMT']);

const zones = new Map<string, Zone>();

/** The zone of an IANA name, of `UTC` or of a fixed offset such as `+05:30`; throws a RangeError for any other name. */
export function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (!zone) {
    const fixed = fixedOffset(name);
    zone = fixed === undefined ? new NamedZone(name) : new FixedZone(name, fixed);
    zones.set(name, zone);
  }
  return zone;
}

function fixedOffset(name: string): number | undefined {
  if (UTC_NAMES.has(name)) return 0;
  const match = FIXED.exec(name);
  if (!match) return undefined;
  const millis = Number(match[2]) * HOUR_MILLIS + Number(match[3] ?? 0) * MINUTE_MILLIS;
  return match[1] === '-' ? 0 - millis : millis;
}

class FixedZone implements Zone {
  readonly name: string;
  private readonly offset: number;

  constructor(name: string, offset: number) {
    this.name = name;
    this.offset = offset;
  }

  offsetAt(): number {
    return this.offset;
  }

  toInstant(local: number): number {
    return local - this.offset;
  }

  toInstantLenient(local: number): number {
    return local - this.offset;
  }
}

class NamedZone implements Zone {
  readonly name: string;
  private readonly clock: Intl.DateTimeFormat;
  private readonly chapters = new Map<number, readonly Stretch[]>();
  private last: Stretch = { from: 0, to: 0, offset: 0 };
  /** Local times in [localFrom, localTo) have exactly the one instant that localOffset gives. */
  private localFrom = 0;
  private localTo = 0;
  private localOffset = 0;

  constructor(name: string) {
    this.name = name;
    this.clock = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  offsetAt(instant: number): number {
    if (instant >= this.last.from && instant < this.last.to) return this.last.offset;
    this.last = this.stretchAt(instant);
    return this.last.offset;
  }

  toInstant(local: number): number {
    if (local >= this.localFrom && local < this.localTo) return local - this.localOffset;
    return this.search(local, false);
  }

  toInstantLenient(local: number): number {
    if (local >= this.localFrom && local < this.localTo) return local - this.localOffset;
    return this.search(local, true);
  }

  /**
   * Walks the stretches around a local time from two days before it. The first that shows it holds the earliest such
   * instant; one that begins past it was reached by jumping over it.
   */
  private search(local: number, lenient: boolean): number {
    if (!(Math.abs(local) <= MAX_MILLIS)) return NaN;
    let stretch = this.stretchAt(local - 2 * DAY_MILLIS);
    // No stretch before the first one can reach within a day of its own local start.
    let shownUntil = stretch.from + stretch.offset + DAY_MILLIS;
    while (stretch.from + stretch.offset <= local) {
      if (local < stretch.to + stretch.offset) {
        this.remember(stretch, shownUntil);
        return local - stretch.offset;
      }
      shownUntil = Math.max(shownUntil, stretch.to + stretch.offset);
      stretch = this.stretchAt(stretch.to);
    }
    return lenient ? stretch.from : NaN;
  }

  private remember(stretch: Stretch, shownUntil: number): void {
    this.localFrom = Math.max(stretch.from + stretch.offset, shownUntil);
    this.localTo = stretch.to + stretch.offset;
    this.localOffset = stretch.offset;
  }

  private stretchAt(instant: number): Stretch {
    if (instant < EARLIEST) return { from: -Infinity, to: EARLIEST, offset: this.ask(EARLIEST) };
    if (instant >= LATEST) return { from: LATEST, to: Infinity, offset: this.ask(LATEST) };
    const number = Math.floor((instant - EARLIEST) / CHAPTER_MILLIS);
    let chapter = this.chapters.get(number);
    if (!chapter) {
      if (this.chapters.size === MAX_CHAPTERS) this.chapters.clear();
      const from = EARLIEST + number * CHAPTER_MILLIS;
      chapter = this.learn(from, Math.min(from + CHAPTER_MILLIS, LATEST));
      this.chapters.set(number, chapter);
    }
    let index = 0;
    while (chapter[index]!.to <= instant) index++;
    return chapter[index]!;
  }

  private learn(from: number, to: number): readonly Stretch[] {
    const stretches: Stretch[] = [];
    let start = from;
    let offset = this.ask(from);
    for (let at = from; at < to; at += DAY_MILLIS) {
      const next = Math.min(at + DAY_MILLIS, to);
      const changed = this.ask(next);
      if (changed === offset) continue;
      const jump = this.bisect(at, next, offset);
      if (jump > start) stretches.push({ from: start, to: jump, offset });
      start = jump;
      offset = changed;
    }
    if (start < to) stretches.push({ from: start, to, offset });
    return stretches;
  }

  /** The first instant (whole seconds) in (low, high] that no longer has `offset`. */
  private bisect(low: number, high: number, offset: number): number {
    let before = low / 1000;
    let after = high / 1000;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.ask(middle * 1000) === offset) before = middle;
      else after = middle;
    }
    return after * 1000;
  }

  /** Asks Intl, which prints "1/31/1850, GMT-04:56:02". */
  private ask(instant: number): number {
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(this.clock.format(instant))!;
    const [, sign, hours, minutes, seconds] = match;
    if (sign === undefined) return 0;
    const millis = Number(hours) * HOUR_MILLIS + Number(minutes) * MINUTE_MILLIS + Number(seconds ?? 0) * 1000;
    return sign === '-' ? 0 - millis : millis;
  }
}
