/** The last kernel's column into the caller's, with the failed rows recorded; and what a filter does with it. */
import type { FieldType } from '../../../crds/field-type.ts';
import type { Column, ColumnBatch, NumberColumn, SliceColumn } from '../column.ts';
import { NULL, RowError, WIDE } from '../column.ts';

export interface Result {
  readonly type: FieldType;
  /** Whether a row without a value is null; otherwise it has failed. */
  readonly isNull: (row: number) => boolean;
}

/** What an error is recorded as: an index that means something to the caller (semantics of `errorField`). */
export function storeResult(
  result: Result,
  from: Column,
  { batch, out, errorField }: { batch: ColumnBatch; out: Column; errorField: number },
): void {
  const failed =
    from.kind === 'number'
      ? storeNumbers(result, from, batch, out as NumberColumn)
      : storeSlices(from, batch, out as SliceColumn);
  if (failed) recordFailures(result, { batch, out, errorField });
}

/** Whether any row has no value. */
function storeNumbers(
  { type }: Result,
  { values, wide }: NumberColumn,
  { rows, selected }: ColumnBatch,
  out: NumberColumn,
): boolean {
  const target = out.values;
  const isExact = type.kind === 'long' || type.kind === 'decimal' || type.kind === 'int';
  let missing = 0;
  if (out.wide.size > 0) out.wide.clear();
  for (let i = 0; i < selected; i++) {
    const row = rows[i]!;
    const value = values[row]!;
    if (value - value === 0)
      target[row] = value + 0; // no −0 in a column
    else if (value === WIDE && isExact) {
      target[row] = WIDE;
      out.wide.set(row, wide.get(row)!);
    } else {
      // No value, or a double that is not finite: a field holds neither.
      target[row] = NULL;
      missing++;
    }
  }
  return missing > 0;
}

function storeSlices({ bytes, start, end }: SliceColumn, { rows, selected }: ColumnBatch, out: SliceColumn): boolean {
  let missing = 0;
  out.bytes = bytes;
  for (let i = 0; i < selected; i++) {
    const row = rows[i]!;
    out.start[row] = start[row]!;
    out.end[row] = end[row]!;
    if (start[row]! < 0) missing++;
  }
  return missing > 0;
}

function recordFailures(
  { isNull }: Result,
  { batch, out, errorField }: { batch: ColumnBatch; out: Column; errorField: number },
): void {
  for (let i = 0; i < batch.selected; i++) {
    const row = batch.rows[i]!;
    const missing = out.kind === 'slice' ? out.start[row]! < 0 : Number.isNaN(out.values[row]!);
    if (!missing || isNull(row) || batch.error[row] !== RowError.none) continue;
    batch.error[row] = RowError.expressionError;
    batch.errorField[row] = errorField;
  }
}

/** What a filter does: keeps the rows that are true. Rows in error leave too; `batch.error` says so. */
export function narrow(batch: ColumnBatch, column: NumberColumn): void {
  const { rows, error } = batch;
  const { values } = column;
  let kept = 0;
  for (let i = 0; i < batch.selected; i++) {
    const row = rows[i]!;
    if (values[row] === 1 && error[row] === RowError.none) rows[kept++] = row;
  }
  batch.selected = kept;
}
