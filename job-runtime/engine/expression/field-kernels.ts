/** Leaves that read the batch: fields, decimals as doubles, and the tests for null. */
import { isSliceType, WIDE } from '../column.ts';
import type { Field, NumberColumn, SliceColumn } from '../column.ts';
import { createNumberScratch, prepareNumbers, unaryKernel } from './vector.ts';
import type { Kernel, NumberKernel, Selection } from './vector.ts';

/** The field's own column: nothing is copied. A cell without a value is null: fields never fail. */
export function fieldKernel({ slot, type }: Field): Kernel {
  const isNull = (): boolean => true;
  if (isSliceType(type))
    return { kind: 'slice', heavy: true, isNull, run: (batch) => batch.columns[slot] as SliceColumn };
  const column: NumberKernel = {
    kind: 'number',
    heavy: false,
    isNull,
    run: (batch) => batch.columns[slot] as NumberColumn,
  };
  return type.kind === 'decimal' ? { ...unaryKernel(decimalLoop(type.scale), column), isNull } : column;
}

/** The double nearest to an unscaled integer / 10^scale. */
export function decimalToDouble(unscaled: bigint | number, scale: number): number {
  // Both operands are exact doubles then, so the quotient is the nearest one.
  if (typeof unscaled === 'number' && scale <= 22) return unscaled / 10 ** scale;
  return Number(`${unscaled}e-${scale}`);
}

function decimalLoop(scale: number): (input: NumberColumn, out: NumberColumn, selection: Selection) => void {
  const factor = 10 ** scale;
  return (input, out, { rows, count }) => {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const value = input.values[row]!;
      if (value === WIDE) out.values[row] = decimalToDouble(input.wide.get(row)!, scale);
      else out.values[row] = scale <= 22 || value !== value ? value / factor : decimalToDouble(value, scale);
    }
  };
}

/** `field == null`, `has(record.field)`: never fails. */
export function nullTestKernel({ slot }: Field, whenNull: 0 | 1): NumberKernel {
  const out = createNumberScratch();
  return {
    kind: 'number',
    heavy: false,
    run(batch, { rows, count }) {
      prepareNumbers(out, batch);
      const column = batch.columns[slot]!;
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        out.values[row] = isCellNull(column, row) ? whenNull : 1 - whenNull;
      }
      return out;
    },
  };
}

export const isCellNull = (column: NumberColumn | SliceColumn, row: number): boolean =>
  column.kind === 'slice' ? column.start[row]! < 0 : Number.isNaN(column.values[row]);
