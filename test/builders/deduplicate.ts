/** Rows KEY, N for steps that de-duplicate, and which of them pass. */
import type { Field } from '../../job-runtime/engine/column.ts';
import { DeduplicateInWindow } from '../../job-runtime/engine/steps/deduplicate.ts';
import type { StatefulOperator } from '../../job-runtime/engine/steps/operator.ts';
import type { Cell } from './columns.ts';
import { columnBatch } from './columns.ts';

export const KEY: Field = { name: 'KEY', type: { kind: 'string' }, slot: 0 };
export const NUMBER: Field = { name: 'N', type: { kind: 'long' }, slot: 1 };

export type Row = readonly [time: number, key: Cell, number?: Cell];

/** The times of the rows that pass; `reached` is the largest time so far, as Arrival gives it. */
export function passing(subject: StatefulOperator, rows: readonly Row[], before = -Infinity): number[] {
  const batch = columnBatch(
    [KEY, NUMBER],
    rows.map(([time, key, number = 0], offset) => ({ time, offset, cells: [key, number] })),
  );
  let reached = before;
  const reachedAt = Float64Array.from(rows, ([time]) => (reached = Math.max(reached, time)));
  const dropped: number[] = [];
  subject.apply(batch, reachedAt, {
    duplicate: (_batch, row) => dropped.push(row),
    failed: () => {
      throw new RangeError('nothing fails');
    },
  });
  if (dropped.length + batch.selected !== rows.length) throw new RangeError('a row is neither passed nor dropped');
  return [...batch.rows.subarray(0, batch.selected)].map((row) => batch.eventTime[row]!);
}

export const inWindow = (...by: Field[]): DeduplicateInWindow =>
  new DeduplicateInWindow(by, (time) => Math.floor(time / 10) * 10 + 10);
