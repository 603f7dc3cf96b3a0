/** Open sessions: spans of one group that overlap are one session. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnBatch, fieldsOf } from '../../../test/builders/columns.ts';
import { IntegerSum } from '../aggregate/integers.ts';
import type { NumberColumn } from '../column.ts';
import { Sessions } from './sessions.ts';

const GAP = 10;
type Span = readonly [start: number, end: number, sum: number];

/** Sessions of groups with one-letter keys, each span worth 1. */
class Subject {
  readonly sessions = new Sessions(() => [new IntegerSum(0)]);
  private readonly one = columnBatch(fieldsOf('long'), [{ cells: [1] }]);

  add(key: string, time: number, length: number = GAP): number {
    const { sessions } = this;
    const bytes = Buffer.from(key);
    const group = sessions.groupOf(bytes, 0, bytes.length);
    let slot = sessions.holding(group, time, time + length);
    if (slot >= 0) sessions.widen(slot, time, time + length);
    else slot = sessions.open(group, time, time + length);
    const run = { rows: Int32Array.of(0), ids: Int32Array.of(slot), from: 0, to: 1 };
    for (const accumulator of sessions.accumulators) accumulator.fold(this.one, run);
    return slot;
  }

  close(bound: number): Span[] {
    const closed = this.sessions.closeUpTo(bound);
    const spans = closed.map((slot) => this.span(slot));
    this.sessions.free(closed);
    this.sessions.compact();
    return spans.sort((a, b) => a[0] - b[0]);
  }

  open(): Span[] {
    const { used, group } = this.sessions;
    const slots = Array.from({ length: used }, (_, slot) => slot).filter((slot) => group[slot]! >= 0);
    return slots.map((slot) => this.span(slot)).sort((a, b) => a[0] - b[0]);
  }

  private span(slot: number): Span {
    const column: NumberColumn = { kind: 'number', values: new Float64Array(1), wide: new Map() };
    this.sessions.accumulators[0]!.emit(slot, column, 0);
    return [this.sessions.start[slot]!, this.sessions.end[slot]!, column.values[0]!];
  }
}

/** Spans one after the other, each with the count of those that went into it. */
function merged(times: readonly number[]): Span[] {
  const spans: [number, number, number][] = [];
  for (const time of times.toSorted((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && time < last[1]) {
      last[1] = Math.max(last[1], time + GAP);
      last[2]++;
    } else spans.push([time, time + GAP, 1]);
  }
  return spans;
}

describe('Sessions with a gap of 10', () => {
  //  0    5    10   15   20   25
  //  [---------)         [---------)      two sessions
  //       [---------)                     widens the first
  //            [---------)                bridges both: one session [0,30)
  test.each([
    { name: 'a record opens a session of one gap', times: [0], want: [[0, 10, 1]] },
    { name: 'a record within the gap widens it', times: [0, 5], want: [[0, 15, 2]] },
    { name: 'a record before it widens it to the front', times: [5, 0], want: [[0, 15, 2]] },
    {
      name: 'records exactly a gap apart stay apart',
      times: [0, 10],
      want: [
        [0, 10, 1],
        [10, 20, 1],
      ],
    },
    { name: 'a record between two sessions puts them together', times: [0, 15, 8], want: [[0, 25, 3]] },
    {
      name: 'a record that touches both ends of a hole joins neither',
      times: [0, 20, 10],
      want: [
        [0, 10, 1],
        [10, 20, 1],
        [20, 30, 1],
      ],
    },
    { name: 'the same instant twice is one session', times: [7, 7], want: [[7, 17, 2]] },
    { name: 'sessions lie before 1970 too', times: [-15, -6, 3], want: [[-15, 13, 3]] },
  ])('$name', ({ times, want }) => {
    const subject = new Subject();
    for (const time of times) subject.add('a', time);
    expect(subject.open()).toEqual(want);
  });

  test('a span of any length puts all together that it overlaps', () => {
    const subject = new Subject();
    for (const time of [0, 20, 40, 60, 80]) subject.add('a', time);
    subject.add('a', 25, 40);
    expect(subject.open()).toEqual([
      [0, 10, 1],
      [20, 70, 4],
      [80, 90, 1],
    ]);
  });

  test('groups do not meet', () => {
    const subject = new Subject();
    subject.add('a', 0);
    subject.add('b', 5);
    subject.add('', 5);
    expect(subject.open()).toEqual([
      [0, 10, 1],
      [5, 15, 1],
      [5, 15, 1],
    ]);
  });

  test('closes a session at its end, as it stands by then', () => {
    const subject = new Subject();
    subject.add('a', 0);
    subject.add('a', 8);
    subject.add('a', 30);
    expect(subject.close(17)).toEqual([]);
    expect(subject.close(18)).toEqual([[0, 18, 2]]);
    subject.add('a', 25);
    expect(subject.close(Infinity)).toEqual([[25, 40, 2]]);
  });

  test('agrees with merging intervals by hand, for any order of records and closings', () => {
    const event = fc.record({ key: fc.constantFrom('a', 'b'), time: fc.integer({ min: 0, max: 150 }) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.nat(12), (events, every) => {
        const subject = new Subject();
        const given: Record<string, number[]> = { a: [], b: [] };
        const closed: Span[] = [];
        let bound = -Infinity;
        events.forEach(({ key, time }, i) => {
          // The bound runs behind: nothing that comes lies before it.
          const shifted = time + i * 3;
          if (shifted >= bound) {
            subject.add(key, shifted);
            given[key]!.push(shifted);
          }
          if (every > 0 && i % every === 0) closed.push(...subject.close((bound = Math.max(bound, i * 3))));
        });
        closed.push(...subject.close(Infinity));
        const sorted = (spans: readonly Span[]): string[] => spans.map((span) => span.join()).sort();
        expect(sorted(closed)).toEqual(sorted([...merged(given['a']!), ...merged(given['b']!)]));
        expect(subject.sessions.live).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('Sessions in the long run', () => {
  test('live sessions survive a compaction with their values', () => {
    const subject = new Subject();
    for (let i = 0; i < 5000; i++) subject.add(`k${i}`, i);
    for (let i = 4000; i < 5000; i++) subject.add(`k${i}`, i + 1);
    expect(subject.close(4000)).toHaveLength(3991);
    expect(subject.sessions.used).toBe(subject.sessions.live);
    expect(subject.open()).toHaveLength(1009);
    expect(
      subject
        .close(Infinity)
        .filter(([start]) => start >= 4000)
        .every(([, , sum]) => sum === 2),
    ).toBe(true);
  });

  test('slots of sessions that were taken up are given back, though none ever closes', () => {
    const subject = new Subject();
    for (let i = 0; i < 100_000; i++) {
      subject.add('a', i * 14 + 14);
      subject.add('a', i * 14 + 7);
      if (i % 100 === 0) subject.close(i * 14 - 100_000);
    }
    expect(subject.sessions.live).toBe(1);
    expect(subject.sessions.used).toBeLessThan(3000);
  });

  test('memory follows the open sessions, not all that there were', () => {
    const subject = new Subject();
    for (let i = 0; i < 200_000; i++) {
      subject.add(`k${i}`, i);
      if (i % 1000 === 0) subject.close(i - 100);
    }
    expect(subject.sessions.start.length).toBeLessThan(8192);
    expect(subject.sessions.groups.size).toBeLessThan(8192);
  });

  test('a group with very many open sessions is as quick as many groups', () => {
    const subject = new Subject();
    const count = 100_000;
    const start = performance.now();
    for (let i = 0; i < count; i++) subject.add('a', ((i * 7919) % count) * 20);
    expect(subject.close(Infinity)).toHaveLength(count);
    // Walking through them one by one took minutes.
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});
