/** An outbox whose batches are a log of changes, beside one that is never restored. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Row } from '../../test/builders/outbox.ts';
import { batchOf, numbered, outbox } from '../../test/builders/outbox.ts';
import { StateLog, restoreInto, stateOf, stateOfPart } from '../../test/builders/task-state.ts';
import { ChangeWriter } from '../engine/changes.ts';
import type { Outbox } from './outbox.ts';
import type { SealedBatch } from './sealed-batch.ts';

describe('Outbox from its log', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ rows: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 1, arbitrary: fc.constant('seal' as const) },
    { weight: 2, arbitrary: fc.record({ deliver: fc.nat(3) }) },
    { weight: 3, arbitrary: fc.record({ dropped: fc.nat(8), earlier: fc.option(fc.nat(8)) }) },
  );

  /** What was seen delivered, by name; twice the same is as good as once. */
  function deliverTo(seen: Map<string, string>, batches: readonly SealedBatch[]): void {
    for (const { name, body, rows } of batches) {
      const batch = `${rows} ${Buffer.from(body).toString('latin1')}`;
      if ((seen.get(name) ?? batch) !== batch) throw new RangeError(`${name} is delivered in two forms`);
      seen.set(name, batch);
    }
  }

  test.each([
    { byWindow: false, long: 1 },
    { byWindow: true, long: 1 },
    { byWindow: false, long: 30_000 },
  ])('delivers what one that is never restored seals: by window $byWindow, rows of $long', ({ byWindow, long }) => {
    const plan = { byWindow, header: true, maxRows: 5 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.array(step, { maxLength: 50 }), (chunkBytes, steps) => {
        const whole = outbox(plan);
        let subject = outbox(plan);
        const log = new StateLog(chunkBytes);
        const seen = new Map<string, string>();
        let committed: SealedBatch[] = [];
        let count = 0;
        const open: [number, number][] = [];
        const sealAll = (of: Outbox): void => {
          if (byWindow) of.windowClosed(count, count + 1);
          else of.sealOpen();
        };
        const commit = (dropped: number): void => {
          committed.push(...subject.take());
          log.commit(stateOfPart(subject), dropped);
        };
        for (const next of steps) {
          if (next === 'seal') {
            for (const each of [whole, subject]) sealAll(each);
          } else if ('rows' in next) {
            const rows = numbered(next.rows).map(([name, i]): Row => [`${name}-${count++}`.padEnd(long, 'x'), i]);
            for (const each of [whole, subject]) each.rows(batchOf(rows));
          } else if ('deliver' in next) {
            const batches = committed.splice(0, next.deliver);
            deliverTo(seen, batches);
            subject.delivered(batches.length);
          } else {
            commit(next.dropped);
            if (next.earlier === null) continue;
            subject = outbox(plan);
            log.restore(stateOfPart(subject), next.earlier);
            committed = [...subject.take()];
            open.push([subject.openRows, whole.openRows]);
          }
        }
        for (const each of [whole, subject]) sealAll(each);
        deliverTo(seen, [...committed, ...subject.take()]);
        const wanted = new Map<string, string>();
        deliverTo(wanted, whole.take());
        expect(open.filter(([found, expected]) => found !== expected)).toEqual([]);
        expect([...seen].sort()).toEqual([...wanted].sort());
      }),
      { numRuns: long > 1 ? 100 : 1000 },
    );
  });

  test('a batch that fills slowly is not written over and over', () => {
    const target = outbox({ maxRows: 1e9 });
    const log = new StateLog();
    let written = 0;
    for (let i = 0; i < 100; i++) {
      target.rows(batchOf(Array.from({ length: 40 }, (_, k): Row => [`${i}-${k}`.padEnd(1000, 'x'), k])));
      log.commit(stateOfPart(target));
      written += log.bytes(log.next - 1);
    }
    expect(target.liveBytes()).toBeGreaterThan(4_000_000);
    // The whole at each commit would be 200 MB.
    expect(written).toBeLessThan(7_000_000);
  });

  test('a large batch is cut over entries that chunks can take', () => {
    const target = outbox({ maxRows: 1e9 });
    target.rows(batchOf([['x'.repeat(1_000_000), 1]]));
    target.end();
    const chunks = stateOf(stateOfPart(target));
    expect(chunks.length).toBeGreaterThan(4);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(240 * 1024);
  });

  test('more batches cannot be delivered than were taken', () => {
    const target = outbox();
    target.rows(batchOf(numbered(7)));
    expect(target.take()).toHaveLength(2);
    target.delivered(1);
    expect(() => target.delivered(2)).toThrow('2 batches delivered, but only 1 taken');
  });

  test('a log that lacks a piece of a batch is refused', () => {
    const target = outbox();
    target.rows(batchOf([['x'.repeat(100_000), 1]]));
    target.end();
    const out = new ChangeWriter(1, 1);
    stateOfPart(target).writeChanges(out, 0);
    const chunks = out.take();
    for (let missing = 0; missing < chunks.length - 1; missing++)
      expect(() => restoreInto(stateOfPart(outbox()), chunks.toSpliced(missing, 1))).toThrow('state lacks');
  });
});
