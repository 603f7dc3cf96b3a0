/** Lateness and the watermark of one source partition, record by record (docs/semantics.md §3). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnBatch, fieldsOf } from '../../test/builders/columns.ts';
import { Arrival } from './arrival.ts';
import { BinaryReader, BinaryWriter } from './binary.ts';
import type { ColumnBatch } from './column.ts';
import { RowError } from './column.ts';
import { EpochAssigner } from './window/assigner.ts';
import { gridLateness, sessionLateness } from './window/lateness.ts';

const FIELDS = fieldsOf('timestamp');
const NOW = 1000;
const tumbling = gridLateness(new EpochAssigner(10, 10, 0), 0, true);

function arrival(options: Partial<ConstructorParameters<typeof Arrival>[0]> = {}): Arrival {
  return new Arrival({ timeSlot: 0, delay: 2, maxFuture: 100, lateness: tumbling, ...options });
}

const rowsAt = (times: readonly (number | null)[]): ColumnBatch =>
  columnBatch(
    FIELDS,
    times.map((time) => ({ cells: [time] })),
  );

/** What becomes of each row, batch by batch. */
function feed(subject: Arrival, ...batches: readonly (readonly (number | null)[])[]): string[] {
  return batches.flatMap((times) => {
    const batch = rowsAt(times);
    const late = new Set<number>();
    subject.observe(batch, NOW, (row) => late.add(row));
    const kept = new Set(batch.rows.subarray(0, batch.selected));
    return times.map((_, row) => (late.has(row) ? 'late' : kept.has(row) ? 'kept' : `bad ${batch.error[row]}`));
  });
}

describe('Arrival with tumbling windows of 10, delay 2', () => {
  //  0         10        20      the watermark trails the newest record by 2
  //  [---------)[---------)
  test.each([
    {
      name: 'takes a record behind the watermark while its window is open',
      times: [1, 11, 5],
      want: ['kept', 'kept', 'kept'],
    },
    { name: 'a record of a closed window is late', times: [1, 12, 9], want: ['kept', 'kept', 'late'] },
    { name: 'judges a record by the watermark before it', times: [1, 40], want: ['kept', 'kept'] },
    { name: 'takes the first instant of an open window', times: [12, 10], want: ['kept', 'kept'] },
    {
      name: 'a late record does not move the watermark back',
      times: [22, 3, 9, 20],
      want: ['kept', 'late', 'late', 'kept'],
    },
    { name: 'takes times before 1970', times: [-25, -1, -12, -9], want: ['kept', 'kept', 'late', 'kept'] },
  ])('$name', ({ times, want }) => {
    expect(feed(arrival(), times)).toEqual(want);
    expect(feed(arrival(), ...times.map((time) => [time]))).toEqual(want);
  });

  test('a record too far ahead of now is bad and leaves the watermark alone', () => {
    const subject = arrival();
    expect(feed(subject, [5, NOW + 100, NOW + 101])).toEqual(['kept', 'kept', `bad ${RowError.futureTimestamp}`]);
    expect(subject.watermark.value).toBe(NOW + 98);
  });

  test('a record without an event time is bad for a missing field', () => {
    expect(feed(arrival(), [null])).toEqual([`bad ${RowError.missingField}`]);
  });

  test('tells each row the last window that was closed when it arrived', () => {
    const subject = arrival();
    subject.observe(rowsAt([1, 12, 13, 35, 36]), NOW, () => undefined);
    expect([...subject.reachedAt.subarray(0, 5)]).toEqual([-Infinity, -2, 0, 0, 2]);
  });
});

describe('Arrival', () => {
  test('knows no watermark before the first record', () => {
    expect(arrival().watermark.value).toBe(-Infinity);
    expect(arrival().closedBound()).toBe(-Infinity);
  });

  test('without a window nothing is late, and rows are told the watermark with themselves in it', () => {
    const subject = new Arrival({ timeSlot: 0, delay: 0, maxFuture: 100 });
    expect(feed(subject, [50, 3])).toEqual(['kept', 'kept']);
    expect([...subject.reachedAt.subarray(0, 2)]).toEqual([50, 50]);
    expect(subject.closedBound()).toBe(50);
  });

  test('with sessions the bound is the watermark less the allowed lateness', () => {
    const subject = arrival({ lateness: sessionLateness(5) });
    expect(feed(subject, [20, 13, 12])).toEqual(['kept', 'kept', 'late']);
    expect(subject.closedBound()).toBe(13);
  });

  test('is raised from outside, and never lowered', () => {
    const subject = arrival();
    subject.raise(10);
    subject.raise(5);
    expect(subject.watermark.value).toBe(10);
    expect(feed(subject, [9, 10])).toEqual(['late', 'kept']);
  });

  test('after the end of the input every record is late', () => {
    const subject = arrival();
    subject.raise(Infinity);
    expect(feed(subject, [9, NOW])).toEqual(['late', 'late']);
    expect(subject.closedBound()).toBe(Infinity);
  });

  test('allowed lateness keeps windows open', () => {
    const subject = arrival({ lateness: gridLateness(new EpochAssigner(10, 10, 0), 5, true) });
    expect(feed(subject, [16, 9, 17, 9])).toEqual(['kept', 'kept', 'kept', 'late']);
  });

  test('a restored one judges as the one that was saved', () => {
    const subject = arrival();
    feed(subject, [5, 27]);
    const state = new BinaryWriter();
    subject.writeClosing(state);
    const restored = arrival();
    restored.applyClosing(new BinaryReader(state.toBytes()));
    expect(restored.watermark.value).toBe(25);
    expect(feed(restored, [19, 20])).toEqual(['late', 'kept']);
  });

  test('the watermark never falls, and neither batches nor a restore change a judgement', () => {
    const times = fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 7 }), (given, size) => {
        const whole = feed(arrival(), given);
        let subject = arrival();
        let before = -Infinity;
        const inParts: string[] = [];
        for (let from = 0; from < given.length; from += size) {
          inParts.push(...feed(subject, given.slice(from, from + size)));
          expect(subject.watermark.value).toBeGreaterThanOrEqual(before);
          before = subject.watermark.value;
          const state = new BinaryWriter();
          subject.writeClosing(state);
          subject = arrival();
          subject.applyClosing(new BinaryReader(state.toBytes()));
        }
        expect(inParts).toEqual(whole);
      }),
    );
  });
});
