/** Column batches from plain values, and back: what steps, aggregates and windows work on. */
import type { FieldType } from '../../crds/field-type.ts';
import type { Column, ColumnBatch, Field } from '../../job-runtime/engine/column.ts';
import { appendSlice, createColumnBatch, exactInteger, isNull, storeInteger } from '../../job-runtime/engine/column.ts';

/** Whole numbers beyond 2^53 are bigints. */
export type Cell = string | number | bigint | boolean | null;

export interface ColumnRow {
  readonly time?: number;
  readonly partition?: number;
  readonly offset?: number;
  readonly cells: readonly Cell[];
}

export const fieldsOf = (...types: readonly FieldType['kind'][]): Field[] =>
  types.map((kind, slot) => ({ name: `${kind}${slot}`, slot, type: typeOf(kind) }));

const typeOf = (kind: FieldType['kind']): FieldType =>
  (kind === 'decimal' ? { kind, scale: 2 } : { kind }) as FieldType;

/** All rows selected; offsets count up unless given. */
export function columnBatch(fields: readonly Field[], rows: readonly ColumnRow[]): ColumnBatch {
  const batch = createColumnBatch(
    fields.map(({ type }) => type),
    Math.max(1, rows.length),
  );
  rows.forEach(({ time = 0, partition = 0, offset, cells }, row) => {
    batch.rows[row] = row;
    batch.eventTime[row] = time;
    batch.partition[row] = partition;
    batch.offset[row] = offset ?? row;
    cells.forEach((cell, slot) => putCell(batch.columns[slot]!, row, cell));
  });
  batch.count = rows.length;
  batch.selected = rows.length;
  return batch;
}

export function putCell(column: Column, row: number, cell: Cell): void {
  if (column.kind === 'slice') appendSlice(column, row, cell === null ? null : Buffer.from(cell as string));
  else if (typeof cell === 'bigint') storeInteger(column, row, cell);
  else column.values[row] = cell === null ? NaN : Number(cell);
}

/** A whole number that no double holds comes out as a bigint. */
export function cellAt(column: Column, row: number): Cell {
  if (isNull(column, row)) return null;
  if (column.kind === 'slice') return Buffer.from(column.bytes.subarray(column.start[row], column.end[row])).toString();
  return column.values[row] === Infinity && column.wide.has(row) ? exactInteger(column, row) : column.values[row]!;
}

/** The selected rows, a list of cells each. */
export const selectedCells = (batch: ColumnBatch): Cell[][] =>
  [...batch.rows.subarray(0, batch.selected)].map((row) => batch.columns.map((column) => cellAt(column, row)));
