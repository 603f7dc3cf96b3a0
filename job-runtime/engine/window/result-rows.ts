/**
 * Turns groups into result rows: window.start, window.end, the group's fields, the aggregates. Rows go out in chunks
 * of one reused batch, so the biggest window costs no more memory than a chunk.
 */
import type { FieldType } from '../../../crds/field-type.ts';
import type { Accumulator } from '../aggregate/accumulator.ts';
import type { ColumnBatch, Field, NumberColumn } from '../column.ts';
import { createColumnBatch } from '../column.ts';
import type { GroupKey } from '../group-key.ts';

const CHUNK = 1024;

/** Takes rows batch.rows[0, selected); they are overwritten after the call. */
export type RowSink = (batch: ColumnBatch) => void;

export class ResultRows {
  private readonly batch: ColumnBatch;
  private readonly key: GroupKey;
  private readonly sink: RowSink;
  private readonly groupColumns: ColumnBatch['columns'];
  private readonly aggregateColumns: ColumnBatch['columns'];
  private arena: Uint8Array = new Uint8Array(0);

  /** `fields`: window.start, window.end, groups, aggregates, with slots 0, 1, 2, …. */
  constructor(fields: readonly Field[], key: GroupKey, sink: RowSink) {
    const types: FieldType[] = fields.map((field) => field.type);
    this.batch = createColumnBatch(types, CHUNK);
    for (let row = 0; row < CHUNK; row++) this.batch.rows[row] = row;
    this.key = key;
    this.sink = sink;
    this.groupColumns = this.batch.columns.slice(2, 2 + key.fields.length);
    this.aggregateColumns = this.batch.columns.slice(2 + key.fields.length);
  }

  /** One group of one window; its key is at arena[at…). Rows of one arena should follow each other. */
  // eslint-disable-next-line max-params -- called per group: positions, not objects made per row
  add(
    start: number,
    end: number,
    arena: Uint8Array,
    at: number,
    accumulators: readonly Accumulator[],
    id: number,
  ): void {
    if (this.batch.count === CHUNK || arena !== this.arena) this.flush();
    if (this.batch.count === 0) this.begin(arena);
    const row = this.batch.count++;
    (this.batch.columns[0] as NumberColumn).values[row] = start;
    (this.batch.columns[1] as NumberColumn).values[row] = end;
    this.batch.eventTime[row] = end - 1;
    this.key.decode(arena, at, this.groupColumns, row);
    for (let i = 0; i < accumulators.length; i++) accumulators[i]!.emit(id, this.aggregateColumns[i]!, row);
  }

  flush(): void {
    if (this.batch.count === 0) return;
    this.batch.selected = this.batch.count;
    this.sink(this.batch);
    this.batch.count = 0;
  }

  private begin(arena: Uint8Array): void {
    this.arena = arena;
    this.key.startRows(arena, this.groupColumns);
    for (const column of this.batch.columns) {
      if (column.kind === 'number') column.wide.clear();
      else if (this.aggregateColumns.includes(column)) column.used = 0;
    }
  }
}
