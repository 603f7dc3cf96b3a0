/** Of equal rows only the first passes (docs/semantics.md §4). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Row } from '../../../test/builders/deduplicate.ts';
import { KEY, NUMBER, inWindow, passing } from '../../../test/builders/deduplicate.ts';
import { bytesOf, movePart, stateOf, stateOfPart } from '../../../test/builders/task-state.ts';
import { DeduplicateWithin } from './deduplicate.ts';

describe('DeduplicateInWindow: windows of 10', () => {
  test.each<{ name: string; rows: Row[]; want: number[] }>([
    {
      name: 'the first of equal rows passes',
      rows: [
        [1, 'a'],
        [2, 'a'],
        [3, 'b'],
      ],
      want: [1, 3],
    },
    {
      name: 'equal rows of another window pass',
      rows: [
        [1, 'a'],
        [10, 'a'],
        [19, 'a'],
      ],
      want: [1, 10],
    },
    {
      name: 'null equals null and nothing else',
      rows: [
        [1, null],
        [2, null],
        [3, ''],
      ],
      want: [1, 3],
    },
    {
      name: 'a window before 1970 is one too',
      rows: [
        [-5, 'a'],
        [-1, 'a'],
        [0, 'a'],
      ],
      want: [-5, 0],
    },
  ])('$name', ({ rows, want }) => {
    expect(passing(inWindow(KEY), rows)).toEqual(want);
  });

  test('rows are equal only in all fields', () => {
    const wide = 2n ** 60n;
    const rows: Row[] = [
      [1, 'a', 1],
      [2, 'a', 2],
      [3, 'a', wide],
      [4, 'a', wide + 1n],
      [5, 'a', wide],
    ];
    expect(passing(inWindow(KEY, NUMBER), rows)).toEqual([1, 2, 3, 4]);
  });

  test('remembers from batch to batch, across closings and a restore', () => {
    let subject = inWindow(KEY);
    expect(
      passing(subject, [
        [1, 'a'],
        [12, 'a'],
      ]),
    ).toEqual([1, 12]);
    subject.advance(10);
    subject = movePart(subject, inWindow(KEY));
    expect(
      passing(subject, [
        [13, 'a'],
        [14, 'b'],
      ]),
    ).toEqual([14]);
  });

  test('the state leaves out what the bound has passed', () => {
    const subject = inWindow(KEY);
    passing(
      subject,
      Array.from({ length: 500 }, (_, i): Row => [i % 20, `k${i}`]),
    );
    const size = (): number => bytesOf(stateOf(stateOfPart(subject)));
    const before = size();
    subject.advance(10);
    expect(size()).toBeLessThan(before * 0.55);
    subject.advance(20);
    expect(size()).toBeLessThan(20);
  });

  test('neither sweeps, batches nor restores change what passes', () => {
    const row = fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 5 }).map(String));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (given, size) => {
        const rows = given.toSorted(([a], [b]) => a - b);
        const seen = new Set<string>();
        const want = rows.filter(([time, key]) => {
          const name = `${Math.floor(time / 10)} ${key}`;
          return !seen.has(name) && seen.add(name);
        });
        let subject = inWindow(KEY);
        const got: number[] = [];
        for (let from = 0; from < rows.length; from += size) {
          const part = rows.slice(from, from + size);
          got.push(...passing(subject, part));
          subject.advance(Math.floor(part.at(-1)![0] / 10) * 10);
          if (from % 2 === 0) subject = movePart(subject, inWindow(KEY));
        }
        expect(got).toEqual(want.map(([time]) => time));
      }),
    );
  });
});

describe('DeduplicateWithin 10', () => {
  const within = (): DeduplicateWithin => new DeduplicateWithin([KEY], 10);

  test.each<{ name: string; rows: Row[]; want: number[] }>([
    {
      name: 'a row up to 10 later is removed',
      rows: [
        [0, 'a'],
        [10, 'a'],
      ],
      want: [0],
    },
    {
      name: 'a row more than 10 later passes',
      rows: [
        [0, 'a'],
        [11, 'a'],
      ],
      want: [0, 11],
    },
    {
      name: 'what was removed does not make the memory longer',
      rows: [
        [0, 'a'],
        [8, 'a'],
        [11, 'a'],
      ],
      want: [0, 11],
    },
    {
      name: 'a row up to 10 earlier is removed',
      rows: [
        [20, 'a'],
        [10, 'a'],
      ],
      want: [20],
    },
    {
      name: 'a row more than 10 earlier passes',
      rows: [
        [20, 'a'],
        [9, 'a'],
      ],
      want: [20, 9],
    },
    {
      name: 'only the latest passed row is remembered',
      rows: [
        [20, 'a'],
        [9, 'a'],
        [20, 'a'],
      ],
      want: [20, 9, 20],
    },
    {
      name: 'the time of other rows forgets',
      rows: [
        [0, 'a'],
        [11, 'b'],
        [5, 'a'],
      ],
      want: [0, 11, 5],
    },
    {
      name: 'null equals null',
      rows: [
        [0, null],
        [5, null],
      ],
      want: [0],
    },
  ])('$name', ({ rows, want }) => {
    expect(passing(within(), rows)).toEqual(want);
    const inParts = within();
    let reached = -Infinity;
    const got = rows.flatMap((row) => {
      const passed = passing(inParts, [row], reached);
      reached = Math.max(reached, row[0]);
      inParts.advance(reached);
      return passed;
    });
    expect(got).toEqual(want);
  });

  test('remembers the instant across a restore', () => {
    const subject = within();
    passing(subject, [
      [5, 'a'],
      [6, 'b'],
    ]);
    subject.advance(6);
    const restored = movePart(subject, within());
    expect(
      passing(
        restored,
        [
          [15, 'a'],
          [17, 'b'],
          [18, 'a'],
        ],
        6,
      ),
    ).toEqual([17, 18]);
  });

  test('forgets in the long run, and remembers what is left', () => {
    const subject = within();
    let passed = 0;
    for (let i = 0; i < 50_000; i += 100) {
      const rows = Array.from({ length: 100 }, (_, k): Row => [i + k, `k${i + k}`]);
      passed += passing(subject, rows).length;
      subject.advance(i + 99);
    }
    expect(passed).toBe(50_000);
    expect(
      passing(
        subject,
        [
          [50_000, 'k49999'],
          [50_001, 'k49990'],
          [50_001, 'k40000'],
        ],
        49_999,
      ),
    ).toEqual([50_001, 50_001]);
    expect(bytesOf(stateOf(stateOfPart(subject)))).toBeLessThan(1000);
  });
});
