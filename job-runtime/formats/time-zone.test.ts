import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { zoneOf } from './time-zone.ts';

const ZONES = [
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'Europe/Dublin',
  'Asia/Tehran',
];

/** What a clock on the wall shows, asked from Intl in another way than the code does. */
function wallClock(zone: string): (instant: number) => number {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const [month, day, year, hour, minute, second] = clock.format(instant).match(/\d+/g)!.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1000) + 1000) % 1000);
  };
}

const CLOCKS = new Map(ZONES.map((zone) => [zone, wallClock(zone)]));
const anyZone = fc.constantFrom(...ZONES);
const anyInstant = fc.integer({ min: Date.UTC(1850, 0, 1), max: Date.UTC(2100, 0, 1) });

describe('zoneOf', () => {
  test('shows the local clock as Intl does', () => {
    fc.assert(
      fc.property(anyZone, anyInstant, (name, instant) => {
        expect(instant + zoneOf(name).offsetAt(instant)).toBe(CLOCKS.get(name)!(instant));
      }),
      { numRuns: 1500 },
    );
  });

  test('finds the earliest instant of a local time, or none, whatever was asked before', () => {
    const nearby = fc.tuple(
      anyInstant,
      fc.array(fc.integer({ min: -40 * 86400_000, max: 40 * 86400_000 }), { maxLength: 6 }),
    );
    fc.assert(
      fc.property(anyZone, nearby, (name, [base, moves]) => {
        const zone = zoneOf(name);
        for (const move of [0, ...moves]) {
          const local = base + move;
          const instant = zone.toInstant(local);
          const candidates = offsetsAround(name, local)
            .map((offset) => local - offset)
            .filter((at) => CLOCKS.get(name)!(at) === local);
          expect(instant).toBe(candidates.length === 0 ? NaN : Math.min(...candidates));
        }
      }),
      { numRuns: 300 },
    );
  });

  function offsetsAround(name: string, local: number): number[] {
    const clock = CLOCKS.get(name)!;
    const offsets = new Set<number>();
    for (let hours = -48; hours <= 48; hours += 3) {
      const at = local + hours * 3600_000;
      offsets.add(clock(at) - at);
    }
    return [...offsets];
  }

  test.each([
    { zone: 'America/New_York', local: '2024-03-10T02:30:00', instant: NaN, lenient: '2024-03-10T07:00:00' },
    {
      zone: 'America/New_York',
      local: '2024-11-03T01:30:00',
      instant: Date.UTC(2024, 10, 3, 5, 30),
      lenient: '2024-11-03T05:30:00',
    },
    { zone: 'Australia/Lord_Howe', local: '2024-10-06T02:15:00', instant: NaN, lenient: '2024-10-05T15:30:00' },
    { zone: 'Pacific/Apia', local: '2011-12-30T12:00:00', instant: NaN, lenient: '2011-12-30T10:00:00' },
    { zone: 'America/Sao_Paulo', local: '2018-11-04T00:00:00', instant: NaN, lenient: '2018-11-04T03:00:00' },
  ])('$zone $local', ({ zone, local, instant, lenient }) => {
    expect(zoneOf(zone).toInstant(Date.parse(`${local}Z`))).toBe(instant);
    expect(zoneOf(zone).toInstantLenient(Date.parse(`${local}Z`))).toBe(Date.parse(`${lenient}Z`));
  });

  test.each([
    ['America/New_York', Date.UTC(2024, 10, 3, 6)],
    ['America/New_York', Date.UTC(2024, 2, 10, 7)],
    ['Australia/Lord_Howe', Date.UTC(2024, 3, 6, 15)],
    ['Australia/Lord_Howe', Date.UTC(2024, 9, 5, 15, 30)],
    ['Africa/Casablanca', Date.UTC(2025, 1, 23, 2)],
    ['Pacific/Apia', Date.UTC(2011, 11, 30, 10)],
  ])('%s: what was asked before changes nothing around a transition', (name, transition) => {
    const zone = zoneOf(name);
    const before = zone.offsetAt(transition - 1);
    const after = zone.offsetAt(transition);
    expect(before).not.toBe(after);
    const hours = Array.from({ length: 4 * 60 }, (_, quarter) => transition + (quarter - 120) * 900_000);
    for (const local of hours) {
      const early = local - before < transition ? local - before : NaN;
      const late = local - after >= transition ? local - after : NaN;
      for (const asked of [
        transition + 3 * 86400_000,
        transition - 3 * 86400_000,
        local + 7200_000,
        local - 7200_000,
      ]) {
        zone.toInstant(asked);
        expect(zone.toInstant(local)).toBe(Number.isNaN(early) ? late : early);
      }
    }
  });

  test('knows every transition of a year to the second', () => {
    const zone = zoneOf('Africa/Casablanca');
    const clock = CLOCKS.get('Africa/Casablanca')!;
    for (let at = Date.UTC(2025, 0, 1); at < Date.UTC(2026, 0, 1); at += 1800_000) {
      expect(at + zone.offsetAt(at)).toBe(clock(at));
      expect(at - 1000 + zone.offsetAt(at - 1000)).toBe(clock(at - 1000));
    }
  });

  test.each([
    ['UTC', 0],
    ['Etc/UTC', 0],
    ['+05:30', 19800_000],
    ['UTC-3', -10800_000],
  ])('%s is a fixed offset', (name, offset) => {
    expect(zoneOf(name).offsetAt(0)).toBe(offset);
    expect(zoneOf(name).toInstant(offset)).toBe(0);
  });

  test('answers for all times that a timestamp can hold', () => {
    const zone = zoneOf('America/New_York');
    for (const instant of [-8.64e15, 8.64e15]) expect(Math.abs(zone.offsetAt(instant))).toBeLessThan(86400_000);
    expect(zone.toInstant(NaN)).toBeNaN();
    expect(zone.toInstant(-62167219200000)).toBe(-62167219200000 + 17762_000);
  });

  test('refuses a name that is none', () => {
    expect(() => zoneOf('Mars/Olympus')).toThrow(RangeError);
  });
});
