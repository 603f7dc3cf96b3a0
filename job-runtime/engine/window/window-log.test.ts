/** Windows whose state is a log of changes: whatever was rewritten, and wherever reading starts, they go on the same. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell } from '../../../test/builders/columns.ts';
import { StateLog, bytesOf, stateOf, stateOfPart } from '../../../test/builders/task-state.ts';
import type { Row } from '../../../test/builders/windowed-aggregation.ts';
import { WindowSubject } from '../../../test/builders/windowed-aggregation.ts';
import { EpochAssigner } from './assigner.ts';

const sliding = new EpochAssigner(10, 5, 0);

/** A subject that is thrown away and read back from its log, beside one that never is. */
class Pair {
  private readonly create: () => WindowSubject;
  private readonly whole: WindowSubject;
  private subject: WindowSubject;
  private readonly log: StateLog;
  private readonly updates: boolean;
  /** What the two gave out, or take, turn by turn. */
  readonly found: unknown[] = [];
  readonly expected: unknown[] = [];

  constructor(assigner: EpochAssigner, updates = false, chunkBytes?: number) {
    this.create = () => new WindowSubject(assigner, updates);
    this.whole = this.create();
    this.subject = this.create();
    this.log = new StateLog(chunkBytes);
    this.updates = updates;
  }

  fold(...rows: readonly Row[]): this {
    this.whole.fold(...rows);
    this.subject.fold(...rows);
    return this;
  }

  close(bound: number): Cell[][] {
    const rows = this.subject.close(bound);
    this.compare(rows, this.whole.close(bound));
    return rows;
  }

  commit(dropped = 0): this {
    if (this.updates) {
      for (const { aggregation } of [this.whole, this.subject]) aggregation.giveOutChanged();
      this.compare(this.subject.rows.splice(0), this.whole.rows.splice(0));
    }
    this.log.commit(stateOfPart(this.subject.aggregation), dropped);
    return this;
  }

  restore(earlier = 0): this {
    this.subject = this.create();
    this.log.restore(stateOfPart(this.subject.aggregation), earlier);
    const probe = this.create();
    this.log.restore(stateOfPart(probe.aggregation), earlier);
    this.compare(sizeOf(probe), sizeOf(this.whole));
    return this;
  }

  private compare(found: unknown, expected: unknown): void {
    this.found.push(found);
    this.expected.push(expected);
  }
}

/** Written twice, since the first time may name panes that are gone. */
function sizeOf({ aggregation }: WindowSubject): number {
  const state = stateOfPart(aggregation);
  stateOf(state);
  return bytesOf(stateOf(state));
}

describe('WindowedAggregation from its log', () => {
  //  -5   0    5    10   15   20
  //       [---------)                  0
  //            [---------)             1
  test.each([
    { from: 'the whole log', dropped: 0, earlier: 9 },
    { from: 'behind the pane that was taken up', dropped: 1, earlier: 0 },
    { from: 'before it, though all was written again', dropped: 2, earlier: 9 },
  ])('a pane that another took up does not come back: $from', ({ dropped, earlier }) => {
    const pair = new Pair(sliding).fold([7, 'a', 1], [8, 'a', 100, 0], [8, 'b', 5, 0]).commit();
    expect(pair.close(10)).toEqual([[0, 10, 'a', 1, 1]]);
    pair.commit(dropped).restore(earlier);
    expect(pair.close(15)).toEqual([
      [5, 15, 'a', 101, 2],
      [5, 15, 'b', 5, 1],
    ]);
  });

  test('a pane that was taken up before it was ever written leaves no trace', () => {
    const pair = new Pair(sliding).fold([7, 'a', 1]).commit();
    pair.fold([8, 'a', 100, 0]);
    pair.close(10);
    pair.commit().restore(9);
    expect(pair.close(15)).toEqual([[5, 15, 'a', 101, 2]]);
  });

  test('groups that were taken up are given out as updates only where they changed', () => {
    const pair = new Pair(sliding, true).fold([7, 'a', 1], [8, 'b', 5, 0]).commit();
    pair.close(10);
    pair.commit().restore(9).fold([9, 'a', 3, 0]);
    expect(pair.close(15)).toEqual([[5, 15, 'a', 4, 2]]);
  });

  test('a group is what was written last, not the sum of all that was', () => {
    const pair = new Pair(new EpochAssigner(10, 10, 0));
    for (let i = 1; i <= 5; i++) pair.fold([1, 'a', i]).commit().restore(9);
    expect(pair.close(10)).toEqual([[0, 10, 'a', 15, 5]]);
  });

  test('windows that have closed do not come back', () => {
    const pair = new Pair(new EpochAssigner(10, 10, 0)).fold([1, 'a', 1], [11, 'a', 2]).commit();
    pair.close(10);
    pair.commit().restore(9);
    expect(pair.close(Infinity)).toEqual([[10, 20, 'a', 2, 1]]);
  });

  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ time: fc.nat(40), key: fc.constantFrom('a', 'b', 'c'), ahead: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ closeBy: fc.nat(7) }) },
    { weight: 3, arbitrary: fc.record({ dropped: fc.nat(6), earlier: fc.option(fc.nat(6)) }) },
  );
  const grid = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }));

  test('agrees with one that is never restored, for any grid, commits, rewrites and starts', () => {
    fc.assert(
      fc.property(
        grid,
        fc.boolean(),
        fc.integer({ min: 1, max: 120 }),
        fc.array(step, { maxLength: 60 }),
        ([slide, times], updates, chunkBytes, steps) => {
          const assigner = new EpochAssigner(slide * times, slide, 0);
          const pair = new Pair(assigner, updates, chunkBytes);
          let reached = 0;
          for (const next of steps) {
            if ('closeBy' in next) pair.close((reached += next.closeBy));
            else if ('dropped' in next) {
              pair.commit(next.dropped);
              if (next.earlier !== null) pair.restore(next.earlier);
            } else {
              // A record may know of fewer windows that have closed than the task does, and of more.
              const closedAt = assigner.lastEndedBy(reached + (next.ahead ? 5 : 0));
              if (assigner.last(next.time + reached - 10) > closedAt)
                pair.fold([next.time + reached - 10, next.key, next.time, closedAt]);
            }
          }
          pair.close(Infinity);
          expect(pair.found).toEqual(pair.expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
