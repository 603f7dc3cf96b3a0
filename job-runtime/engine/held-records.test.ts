/** Records come out in the order (event time, source partition, offset), whatever the order in which they came in. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateLog, movePart, stateOfPart } from '../../test/builders/task-state.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import type { RecordHeader } from '../log/record-headers.ts';
import { decodeHeaders, encodeHeaders } from '../log/record-headers.ts';
import type { RecordBatch } from '../record.ts';
import { BinaryReader, BinaryWriter } from './binary.ts';
import { HeldRecords } from './held-records.ts';

interface Held {
  readonly time: number;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string;
  readonly headers: readonly RecordHeader[];
}

const record = (time: number, value = `v${time}`, more: Partial<Held> = {}): Held => ({
  time,
  value,
  partition: 0,
  offset: 0,
  key: null,
  headers: [],
  ...more,
});

/** Its batch holds a first record that is not held, so that positions do not start at 0. */
function hold(subject: HeldRecords, { time, partition, offset, key, value, headers }: Held): void {
  const builder = new RecordBuilder();
  builder.append(Buffer.from('x'), Buffer.from('other'), 0);
  builder.append(key === null ? null : Buffer.from(key), Buffer.from(value), time + 1000);
  const bytes = encodeHeaders(headers);
  if (headers.length > 0) builder.setHeaders(bytes, 0, bytes.length);
  const batch = builder.toBatch(partition, offset - 1);
  subject.hold(batch, { partition: Int32Array.of(9, partition), eventTime: Float64Array.of(NaN, time) }, 1);
}

const textAt = ({ bytes }: RecordBatch, start: number, end: number): string =>
  Buffer.from(bytes.subarray(start, end)).toString();

function release(subject: HeldRecords, bound: number): Held[] {
  const released: Held[] = [];
  subject.release(bound, ({ batch, partition, eventTime }) => {
    for (let row = 0; row < batch.count; row++) {
      const { keyStart, keyEnd, valueStart, valueEnd, offset } = batch;
      expect(batch.timestamp[row]).toBe(eventTime[row]! + 1000);
      released.push({
        time: eventTime[row]!,
        partition: partition[row]!,
        offset: offset[row]!,
        key: keyStart[row]! < 0 ? null : textAt(batch, keyStart[row]!, keyEnd[row]!),
        value: textAt(batch, valueStart[row]!, valueEnd[row]!),
        headers: decodeHeaders(batch.bytes, batch.headerStart[row]!, batch.headerEnd[row]!),
      });
    }
  });
  return released;
}

const restored = (from: HeldRecords): HeldRecords => movePart(from, new HeldRecords());

const anyRecord: fc.Arbitrary<Held> = fc.record({
  time: fc.integer({ min: -30, max: 30 }),
  partition: fc.nat(2),
  offset: fc.integer({ min: 128, max: 2 ** 53 - 200 }),
  key: fc.option(fc.string({ maxLength: 4 })),
  headers: fc.array(fc.record({ key: fc.string({ maxLength: 3 }), value: fc.constant(null) }), { maxLength: 2 }),
  value: fc.string({ maxLength: 12 }),
});
const inOrder = (a: Held, b: Held): number => a.time - b.time || a.partition - b.partition || a.offset - b.offset;

describe('HeldRecords', () => {
  test('releases what lies before the bound, by event time, source partition and offset', () => {
    const subject = new HeldRecords();
    const records = [
      record(5, 'e', { partition: 1, offset: 1 }),
      record(5, 'd', { partition: 0, offset: 9 }),
      record(5, 'c', { partition: 0, offset: 8 }),
      record(3, 'b', { key: '' }),
      record(-7, 'a', { key: 'k' }),
      record(6, 'f'),
    ];
    for (const given of records) hold(subject, given);
    expect(release(subject, 6).map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(subject.count).toBe(1);
    expect(release(subject, Infinity).map(({ value }) => value)).toEqual(['f']);
    expect(subject.count).toBe(0);
  });

  test('agrees with a sorted list under any mix of holds, releases, commits and restores', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: anyRecord },
      { weight: 1, arbitrary: fc.record({ bound: fc.integer({ min: -30, max: 35 }) }) },
      { weight: 2, arbitrary: fc.record({ dropped: fc.nat(9), earlier: fc.option(fc.nat(5)) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 400 }), (steps, chunkBytes) => {
        let subject = new HeldRecords();
        let model: Held[] = [];
        const log = new StateLog(chunkBytes);
        const got: Held[][] = [];
        const wanted: Held[][] = [];
        let reached = -Infinity;
        steps.forEach((next, i) => {
          if ('dropped' in next) {
            log.commit(stateOfPart(subject), next.dropped);
            if (next.earlier === null) return;
            subject = new HeldRecords();
            log.restore(stateOfPart(subject), next.earlier);
          } else if ('bound' in next) {
            reached = Math.max(reached, next.bound);
            got.push(release(subject, next.bound));
            wanted.push(model.filter(({ time }) => time < next.bound).sort(inOrder));
            model = model.filter(({ time }) => time >= next.bound);
          } else {
            // Nothing comes from before the bound, and no record twice.
            const given = {
              ...next,
              time: Math.max(next.time, reached),
              offset: next.offset - (next.offset % 128) + i,
            };
            hold(subject, given);
            model.push(given);
          }
          expect(subject.count).toBe(model.length);
        });
        expect(got).toEqual(wanted);
        expect(release(subject, Infinity)).toEqual(model.sort(inOrder));
      }),
      { numRuns: 500 },
    );
  });

  test('grows with what it holds, in records and in bytes', () => {
    const subject = new HeldRecords();
    const records = Array.from({ length: 3000 }, (_, i) =>
      record((i * 7919) % 3000, 'x'.repeat(i % 97), { offset: i }),
    );
    for (const given of records) hold(subject, given);
    hold(subject, record(5000, 'y'.repeat(300_000)));
    expect(release(subject, 3000)).toEqual(records.toSorted(inOrder));
    expect(release(subject, Infinity)).toEqual([record(5000, 'y'.repeat(300_000))]);
  });

  test('releases many records in chunks, in one order over all of them', () => {
    const subject = new HeldRecords();
    for (let i = 0; i < 10_000; i++) hold(subject, record(10_000 - i));
    const sizes: number[] = [];
    const times: number[] = [];
    subject.release(Infinity, ({ batch, eventTime }) => {
      sizes.push(batch.count);
      times.push(...eventTime);
    });
    expect(sizes).toEqual([4096, 4096, 1808]);
    expect(times).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
  });

  test('moves what it goes on holding seldom, however small the steps of the bound', () => {
    const subject = new HeldRecords();
    const value = 'x'.repeat(2000);
    for (let i = 0; i < 30_000; i++) hold(subject, record(i, value));
    const start = performance.now();
    for (let bound = 1; bound <= 2000; bound++) release(subject, bound);
    // Copying all that is held at each step would be 120 GB.
    expect(performance.now() - start).toBeLessThan(8000);
    expect(subject.count).toBe(28_000);
  });

  test('writing the state changes nothing and leaves out what was released', () => {
    const subject = new HeldRecords();
    for (const time of [1, 2, 3, 4, 5]) hold(subject, record(time, 'v', { offset: time }));
    release(subject, 3);
    expect(release(restored(subject), Infinity).map(({ time }) => time)).toEqual([3, 4, 5]);
    expect(release(subject, Infinity).map(({ time }) => time)).toEqual([3, 4, 5]);
  });

  test('reads what write wrote, for another task', () => {
    const batch = new RecordBuilder();
    batch.append(Buffer.from('key'), Buffer.from('value'), 1007);
    const out = new BinaryWriter();
    const origin = { partition: Int32Array.of(3), eventTime: Float64Array.of(7) };
    HeldRecords.write(batch.toBatch(3, 2 ** 53 - 1), origin, 0, out);
    const subject = new HeldRecords();
    subject.read(new BinaryReader(out.toBytes()));
    expect(release(subject, Infinity)).toEqual([record(7, 'value', { key: 'key', partition: 3, offset: 2 ** 53 - 1 })]);
  });

  test('knows the latest event time that it held', () => {
    const subject = new HeldRecords();
    expect(subject.latest).toBe(-Infinity);
    for (const time of [-5, 8, 2]) hold(subject, record(time));
    expect(subject.latest).toBe(8);
    expect(restored(subject).latest).toBe(8);
  });
});
