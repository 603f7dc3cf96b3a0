/** A windowed aggregation over rows KEY, VALUE with a sum and a count, and all that it gives out. */
import { Count } from '../../job-runtime/engine/aggregate/count.ts';
import { IntegerSum } from '../../job-runtime/engine/aggregate/integers.ts';
import type { Field } from '../../job-runtime/engine/column.ts';
import { GroupKey } from '../../job-runtime/engine/group-key.ts';
import type { WindowAssigner } from '../../job-runtime/engine/window/assigner.ts';
import { ResultRows } from '../../job-runtime/engine/window/result-rows.ts';
import { WindowedAggregation } from '../../job-runtime/engine/window/windowed-aggregation.ts';
import type { Cell } from './columns.ts';
import { cellAt, columnBatch } from './columns.ts';
import { movePart } from './task-state.ts';

const FIELDS: readonly Field[] = [
  { name: 'KEY', type: { kind: 'string' }, slot: 0 },
  { name: 'VALUE', type: { kind: 'long' }, slot: 1 },
];
const RESULTS: readonly Field[] = [
  { name: 'window.start', type: { kind: 'timestamp' }, slot: 0 },
  { name: 'window.end', type: { kind: 'timestamp' }, slot: 1 },
  { name: 'KEY', type: { kind: 'string' }, slot: 2 },
  { name: 'SUM', type: { kind: 'long' }, slot: 3 },
  { name: 'COUNT', type: { kind: 'long' }, slot: 4 },
];

/** [event time, key, value, the last window that was closed when it came]. */
export type Row = readonly [time: number, key: string | null, value: number, closedAt?: number];

export class WindowSubject {
  readonly rows: Cell[][] = [];
  readonly windows: string[] = [];
  readonly aggregation: WindowedAggregation;

  constructor(assigner: WindowAssigner, onlyChanged = false) {
    const key = (): GroupKey => new GroupKey(FIELDS.slice(0, 1));
    const results = new ResultRows(RESULTS, key(), (batch) => {
      for (let row = 0; row < batch.selected; row++) this.rows.push(batch.columns.map((column) => cellAt(column, row)));
    });
    const output = { closed: (start: number, end: number) => this.windows.push(`[${start},${end})`) };
    this.aggregation = new WindowedAggregation(assigner, key(), () => [new IntegerSum(1), new Count(-1)], {
      results,
      output: { closed: (start, end) => void output.closed(start, end) },
      onlyChanged,
    });
  }

  fold(...rows: readonly Row[]): this {
    const batch = columnBatch(
      FIELDS,
      rows.map(([time, key, value]) => ({ time, cells: [key, value] })),
    );
    this.aggregation.fold(
      batch,
      Float64Array.from(rows, ([, , , closedAt = -Infinity]) => closedAt),
    );
    return this;
  }

  /** The rows that closing gives out. */
  close(bound: number): Cell[][] {
    this.aggregation.closeUpTo(bound);
    return this.rows.splice(0);
  }

  restored(into: WindowSubject): WindowSubject {
    movePart(this.aggregation, into.aggregation);
    return into;
  }
}
