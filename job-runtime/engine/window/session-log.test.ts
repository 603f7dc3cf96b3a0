/** Sessions whose state is a log of changes, beside sessions that are never restored. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell } from '../../../test/builders/columns.ts';
import { cellAt, columnBatch } from '../../../test/builders/columns.ts';
import { StateLog, stateOfPart } from '../../../test/builders/task-state.ts';
import { IntegerSum } from '../aggregate/integers.ts';
import type { Field } from '../column.ts';
import { GroupKey } from '../group-key.ts';
import { ResultRows } from './result-rows.ts';
import { SessionAggregation } from './session-aggregation.ts';

const GAP = 10;
const FIELDS: readonly Field[] = [
  { name: 'KEY', type: { kind: 'string' }, slot: 0 },
  { name: 'VALUE', type: { kind: 'long' }, slot: 1 },
];
const RESULTS: readonly Field[] = [
  { name: 'window.start', type: { kind: 'timestamp' }, slot: 0 },
  { name: 'window.end', type: { kind: 'timestamp' }, slot: 1 },
  { name: 'KEY', type: { kind: 'string' }, slot: 2 },
  { name: 'SUM', type: { kind: 'long' }, slot: 3 },
];

class Subject {
  readonly rows: Cell[][] = [];
  readonly aggregation: SessionAggregation;

  constructor() {
    const key = (): GroupKey => new GroupKey(FIELDS.slice(0, 1));
    const results = new ResultRows(RESULTS, key(), (batch) => {
      for (let row = 0; row < batch.selected; row++) this.rows.push(batch.columns.map((column) => cellAt(column, row)));
    });
    this.aggregation = new SessionAggregation(GAP, key(), () => [new IntegerSum(1)], results);
  }

  add(time: number, key: string, value: number): void {
    this.aggregation.fold(columnBatch(FIELDS, [{ time, cells: [key, value] }]));
  }

  close(bound: number): Cell[][] {
    this.aggregation.closeUpTo(bound);
    return this.rows.splice(0);
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ time: fc.nat(80), key: fc.constantFrom('a', 'b'), value: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ closeBy: fc.nat(15) }) },
  { weight: 3, arbitrary: fc.record({ dropped: fc.nat(6), earlier: fc.option(fc.nat(6)) }) },
);

test('sessions from their log agree with sessions that are never restored', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), fc.array(step, { maxLength: 60 }), (chunkBytes, steps) => {
      const whole = new Subject();
      let subject = new Subject();
      const log = new StateLog(chunkBytes);
      let reached = 0;
      const found: Cell[][][] = [];
      const expected: Cell[][][] = [];
      for (const next of steps) {
        if ('closeBy' in next) {
          found.push(subject.close((reached += next.closeBy)));
          expected.push(whole.close(reached));
        } else if ('dropped' in next) {
          log.commit(stateOfPart(subject.aggregation), next.dropped);
          if (next.earlier === null) continue;
          subject = new Subject();
          log.restore(stateOfPart(subject.aggregation), next.earlier);
        } else for (const each of [whole, subject]) each.add(reached + next.time, next.key, next.value);
      }
      expect([...found, subject.close(Infinity)]).toEqual([...expected, whole.close(Infinity)]);
    }),
    { numRuns: 2000 },
  );
});

test('of many open sessions of one group, only those that changed are written', () => {
  const subject = new Subject();
  for (let i = 0; i < 1000; i++) subject.add(i * 20, 'a', 1);
  const log = new StateLog();
  log.commit(stateOfPart(subject.aggregation));
  const all = log.bytes(1);
  subject.add(505, 'a', 1);
  log.commit(stateOfPart(subject.aggregation));
  expect(log.bytes(2)).toBeLessThan(all / 100);
  const restored = new Subject();
  log.restore(stateOfPart(restored.aggregation));
  expect(restored.aggregation.liveBytes()).toBeGreaterThan(all / 2);
  expect(restored.close(Infinity)).toEqual(subject.close(Infinity));
});
