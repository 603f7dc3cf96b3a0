/** Panes, windows and what they give out. Lateness is judged before (arrival.test.ts): all that comes here counts. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell } from '../../../test/builders/columns.ts';
import { messagesOf } from '../../../test/builders/records.ts';
import type { Row } from '../../../test/builders/windowed-aggregation.ts';
import { WindowSubject } from '../../../test/builders/windowed-aggregation.ts';
import { FrameKind, FrameWriter, readFrame } from '../exchange/frames.ts';
import { EpochAssigner } from './assigner.ts';

const tumbling = new EpochAssigner(10, 10, 0);
const sliding = new EpochAssigner(10, 5, 0);

describe('WindowedAggregation: tumbling by 10', () => {
  //  -10       0         10        20        30
  //  [---------)[--------)[---------)[---------)
  test('gives a window out once it has ended, in the order of its groups', () => {
    const subject = new WindowSubject(tumbling).fold([1, 'b', 5], [9, 'a', 2], [10, 'a', 7], [3, 'b', 1], [4, null, 8]);
    expect(subject.close(9)).toEqual([]);
    expect(subject.close(10)).toEqual([
      [0, 10, null, 8, 1],
      [0, 10, 'a', 2, 1],
      [0, 10, 'b', 6, 2],
    ]);
    expect(subject.close(20)).toEqual([[10, 20, 'a', 7, 1]]);
    expect(subject.windows).toEqual(['[0,10)', '[10,20)']);
  });

  test('gives several windows out in the order of their ends', () => {
    const subject = new WindowSubject(tumbling).fold([35, 'a', 3], [5, 'a', 1], [-5, 'a', 0], [15, 'a', 2]);
    expect(subject.close(Infinity).map(([start]) => start)).toEqual([-10, 0, 10, 30]);
  });

  test('says nothing of windows that hold nothing', () => {
    const subject = new WindowSubject(tumbling).fold([5, 'a', 1], [95, 'a', 1]);
    subject.close(Infinity);
    expect(subject.windows).toEqual(['[0,10)', '[90,100)']);
  });

  test('gives nothing out twice', () => {
    const subject = new WindowSubject(tumbling).fold([5, 'a', 1]);
    subject.close(10);
    expect([...subject.close(10), ...subject.close(5), ...subject.close(Infinity)]).toEqual([]);
  });

  test('a pane that is used again starts empty, whatever it held', () => {
    const subject = new WindowSubject(tumbling).fold(...Array.from({ length: 500 }, (_, i): Row => [5, `k${i}`, i]));
    expect(subject.close(10)).toHaveLength(500);
    subject.fold([15, 'k499', 1], [15, 'new', 2]);
    expect(subject.close(20)).toEqual([
      [10, 20, 'k499', 1, 1],
      [10, 20, 'new', 2, 1],
    ]);
  });

  test('knows the end of its last open window', () => {
    const subject = new WindowSubject(tumbling);
    expect(subject.aggregation.lastOpenEnd()).toBe(-Infinity);
    subject.fold([25, 'a', 1], [5, 'a', 1]);
    expect(subject.aggregation.lastOpenEnd()).toBe(30);
    subject.close(30);
    expect(subject.aggregation.lastOpenEnd()).toBe(-Infinity);
  });
});

describe('WindowedAggregation: size 10, sliding by 5', () => {
  //  -5   0    5    10   15   20
  //  [---------)                      −1
  //       [---------)                  0
  //            [---------)             1
  //                 [---------)        2
  test('counts a record in each of its windows', () => {
    const subject = new WindowSubject(sliding).fold([7, 'a', 1], [12, 'a', 10]);
    expect(subject.close(Infinity)).toEqual([
      [0, 10, 'a', 1, 1],
      [5, 15, 'a', 11, 2],
      [10, 20, 'a', 10, 1],
    ]);
  });

  test('a record that came after its first window closed goes to the others', () => {
    const subject = new WindowSubject(sliding).fold([7, 'a', 1], [17, 'a', 10, 0], [8, 'a', 100, 0]);
    expect(subject.close(Infinity)).toEqual([
      [0, 10, 'a', 1, 1],
      [5, 15, 'a', 101, 2],
      [10, 20, 'a', 10, 1],
      [15, 25, 'a', 10, 1],
    ]);
  });

  test('the same holds when the window was given out before it came', () => {
    const subject = new WindowSubject(sliding).fold([7, 'a', 1]);
    expect(subject.close(10)).toEqual([[0, 10, 'a', 1, 1]]);
    subject.fold([8, 'a', 100, 0], [8, 'b', 7, 0]);
    expect(subject.close(15)).toEqual([
      [5, 15, 'a', 101, 2],
      [5, 15, 'b', 7, 1],
    ]);
    expect(subject.close(Infinity)).toEqual([]);
  });
});

describe('WindowedAggregation with updates', () => {
  test('gives out what changed since the last time, and at the close what changed since', () => {
    const subject = new WindowSubject(tumbling, true).fold([1, 'a', 1], [1, 'b', 1]);
    subject.aggregation.giveOutChanged();
    expect(subject.rows.splice(0)).toEqual([
      [0, 10, 'a', 1, 1],
      [0, 10, 'b', 1, 1],
    ]);
    subject.fold([2, 'b', 4]);
    subject.aggregation.giveOutChanged();
    subject.aggregation.giveOutChanged();
    expect(subject.rows.splice(0)).toEqual([[0, 10, 'b', 5, 2]]);
    subject.fold([3, 'a', 9]);
    expect(subject.close(10)).toEqual([[0, 10, 'a', 10, 2]]);
  });

  test('a restored one gives out what changed since the commit that it was restored from', () => {
    const subject = new WindowSubject(tumbling, true).fold([1, 'a', 1], [2, 'b', 4]);
    subject.aggregation.giveOutChanged();
    const restored = subject.restored(new WindowSubject(tumbling, true)).fold([3, 'b', 1]);
    expect(restored.close(10)).toEqual([[0, 10, 'b', 5, 2]]);
  });
});

describe('WindowedAggregation between stages', () => {
  const FRAMES = 3;
  const frames = (): FrameWriter[] => Array.from({ length: FRAMES }, () => new FrameWriter(FrameKind.groups, 0));

  /** Sends all groups of one aggregation to those of the next stage. */
  function send(from: WindowSubject, to: readonly WindowSubject[]): void {
    const writers = frames();
    from.aggregation.flush(writers);
    writers.forEach((writer, target) => {
      const batch = messagesOf(writer.take());
      for (let row = 0; row < batch.count; row++)
        to[target]!.aggregation.mergeFrom(readFrame(batch.bytes, batch.valueStart[row]!, batch.valueEnd[row]!).body);
    });
  }

  test('groups of several tasks come together, each at one place', () => {
    const sources = [new WindowSubject(tumbling), new WindowSubject(tumbling)];
    const targets = frames().map(() => new WindowSubject(tumbling));
    const keys = Array.from({ length: 2000 }, (_, i) => `k${i}`);
    for (const source of sources) {
      source.fold(...keys.map((key, i): Row => [i % 20, key, i]));
      send(source, targets);
      expect(source.close(Infinity)).toEqual([]);
    }
    const rows = targets.flatMap((target) => target.close(Infinity));
    expect(rows).toHaveLength(2000);
    expect(rows.every(([, , key, sum, count]) => count === 2 && sum === 2 * Number((key as string).slice(1)))).toBe(
      true,
    );
  });

  test('windows that were closed at the source stay closed for what comes later', () => {
    const source = new WindowSubject(sliding).fold([8, 'a', 100, 0]);
    const targets = frames().map(() => new WindowSubject(sliding));
    send(source, targets);
    expect(targets.flatMap((target) => target.close(Infinity))).toEqual([[5, 15, 'a', 100, 1]]);
  });
});

describe('WindowedAggregation against its definition', () => {
  const grid = fc
    .record({
      size: fc.integer({ min: 1, max: 12 }),
      slide: fc.integer({ min: 1, max: 12 }),
      offset: fc.integer({ min: -9, max: 9 }),
    })
    .filter(({ size, slide }) => slide <= size);
  const rows = fc.array(
    fc.record({ time: fc.integer({ min: -30, max: 30 }), key: fc.constantFrom('a', 'b'), value: fc.nat(9) }),
    { maxLength: 40 },
  );

  /** Every window by hand: the records in it that came before it closed. */
  function byHand(
    { size, slide, offset }: { size: number; slide: number; offset: number },
    given: readonly { time: number; key: string; value: number; seen: number }[],
  ): Cell[][] {
    const want: Cell[][] = [];
    const times = given.map(({ time }) => time);
    const from = Math.floor((Math.min(...times) - offset - size) / slide);
    for (let window = from; window * slide + offset <= Math.max(...times); window++) {
      const start = window * slide + offset;
      const end = start + size;
      for (const key of ['a', 'b']) {
        const held = given.filter((row) => row.key === key && row.time >= start && row.time < end && end > row.seen);
        if (held.length > 0) want.push([start, end, key, held.reduce((sum, { value }) => sum + value, 0), held.length]);
      }
    }
    return want;
  }

  /** Windows that slide by little: so many panes that they are put together ahead of time. */
  const longGrid = fc.record({
    size: fc.integer({ min: 30, max: 700 }),
    slide: fc.integer({ min: 1, max: 3 }),
    offset: fc.integer({ min: -9, max: 9 }),
  });
  const manyRows = fc.array(
    fc.record({ time: fc.integer({ min: -300, max: 900 }), key: fc.constantFrom('a', 'b'), value: fc.nat(9) }),
    { minLength: 20, maxLength: 80 },
  );

  test.each([
    { what: 'a short grid', grid, rows, disorder: 4, runs: 600 },
    { what: 'a long grid', grid: longGrid, rows: manyRows, disorder: 90, runs: 150 },
  ])('agrees for $what, any order, batches, closings and restores', ({ grid: grids, rows: lists, disorder, runs }) => {
    fc.assert(
      fc.property(grids, lists, fc.integer({ min: 1, max: 9 }), fc.boolean(), (given, records, size, restores) => {
        const assigner = new EpochAssigner(given.size, given.slide, given.offset);
        let subject = new WindowSubject(assigner);
        let watermark = -Infinity;
        const kept: { time: number; key: string; value: number; seen: number }[] = [];
        const got: Cell[][] = [];
        for (let from = 0; from < records.length; from += size) {
          const batch: Row[] = [];
          for (const record of records.slice(from, from + size)) {
            const closedAt = assigner.lastEndedBy(watermark);
            const seen = assigner.end(closedAt);
            watermark = Math.max(watermark, record.time - disorder);
            if (assigner.last(record.time) <= closedAt) continue;
            kept.push({ ...record, seen });
            batch.push([record.time, record.key, record.value, closedAt]);
          }
          if (batch.length > 0) subject.fold(...batch);
          got.push(...subject.close(assigner.end(assigner.lastEndedBy(watermark))));
          if (restores) subject = subject.restored(new WindowSubject(assigner));
        }
        got.push(...subject.close(Infinity));
        expect(got).toEqual(byHand(given, kept));
      }),
      { numRuns: runs },
    );
  });
});
