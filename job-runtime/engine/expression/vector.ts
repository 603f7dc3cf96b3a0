/**
 * What kernels are: each node of a compiled expression computes one column for the selected rows, in one loop, from
 * the columns of its operands. Columns that a kernel makes are its own scratch, grown when a batch is larger than any
 * before it, and valid until its next run.
 *
 * Inside expressions a number that is NaN, and a slice that starts at −1, is a row without a value: null or failed,
 * which CEL treats alike (a null where a value is needed fails). Doubles may really be NaN (0.0 / 0.0): such a row also
 * stands in `wide`. So NaN always leads to a slow path, and the fast paths need not look.
 */
import type { ColumnBatch, NumberColumn, SliceColumn } from '../column.ts';
import { ByteWriter } from '../../formats/byte-writer.ts';

/** The rows to compute: rows[0 .. count). */
export interface Selection {
  rows: Int32Array;
  count: number;
}

interface AnyKernel {
  /**
   * Whether a row that came out of the last run without a value is null and did not fail. Only fields, and choices
   * between them, are ever null.
   */
  isNull?(row: number): boolean;
}

export interface NumberKernel extends AnyKernel {
  readonly kind: 'number';
  /** Whether a row costs enough that rows which do not matter are worth leaving out. */
  readonly heavy: boolean;
  run(batch: ColumnBatch, selection: Selection): NumberColumn;
}

export interface SliceKernel extends AnyKernel {
  readonly kind: 'slice';
  readonly heavy: boolean;
  run(batch: ColumnBatch, selection: Selection): SliceColumn;
}

export type Kernel = NumberKernel | SliceKernel;

export const capacityOf = (batch: ColumnBatch): number => batch.rows.length;

export function createNumberScratch(): NumberColumn {
  return { kind: 'number', values: new Float64Array(0), wide: new Map() };
}

export function prepareNumbers(column: NumberColumn, batch: ColumnBatch): void {
  if (column.values.length < capacityOf(batch)) column.values = new Float64Array(capacityOf(batch));
  if (column.wide.size > 0) column.wide.clear();
}

/** A slice column whose bytes are written row by row; `seal` it after the last. */
export class SliceScratch {
  readonly column: SliceColumn = {
    kind: 'slice',
    bytes: new Uint8Array(0),
    start: new Int32Array(0),
    end: new Int32Array(0),
  };
  readonly writer = new ByteWriter();

  prepare(batch: ColumnBatch): void {
    this.writer.clear();
    if (this.column.start.length >= capacityOf(batch)) return;
    this.column.start = new Int32Array(capacityOf(batch));
    this.column.end = new Int32Array(capacityOf(batch));
  }

  /** The bytes from `start` to where the writer stands are the row's. */
  close(row: number, start: number): void {
    this.column.start[row] = start;
    this.column.end[row] = this.writer.length;
  }

  fail(row: number): void {
    this.column.start[row] = -1;
    this.column.end[row] = -1;
  }

  seal(): SliceColumn {
    this.column.bytes = this.writer.bytes;
    return this.column;
  }
}

/** Marks a double that is NaN by computation, not for want of a value. */
export function markNotANumber(column: NumberColumn, row: number): void {
  column.values[row] = NaN;
  column.wide.set(row, 0n);
}

/** Whether a number cell has no value; for cells of doubles and of integers alike. */
export function isMissing(column: NumberColumn, row: number): boolean {
  const value = column.values[row]!;
  return value !== value && !(column.wide.size > 0 && column.wide.has(row));
}

/** Copies a cell, with what stands in `wide`. */
export function copyCell(from: NumberColumn, to: NumberColumn, row: number): void {
  to.values[row] = from.values[row]!;
  if (from.wide.size === 0) return;
  const wide = from.wide.get(row);
  if (wide !== undefined) to.wide.set(row, wide);
}

export interface Operands {
  left: NumberColumn;
  right: NumberColumn;
  readonly out: NumberColumn;
}

export type BinaryLoop = (operands: Operands, selection: Selection) => void;
export type UnaryLoop = (input: NumberColumn, out: NumberColumn, selection: Selection) => void;

export function binaryKernel(loop: BinaryLoop, left: NumberKernel, right: NumberKernel): NumberKernel {
  const out = createNumberScratch();
  const operands: Operands = { left: out, right: out, out };
  return {
    kind: 'number',
    heavy: left.heavy || right.heavy,
    run(batch, selection) {
      operands.left = left.run(batch, selection);
      operands.right = right.run(batch, selection);
      prepareNumbers(out, batch);
      loop(operands, selection);
      return out;
    },
  };
}

export function unaryKernel(loop: UnaryLoop, input: NumberKernel): NumberKernel {
  const out = createNumberScratch();
  return {
    kind: 'number',
    heavy: input.heavy,
    run(batch, selection) {
      const column = input.run(batch, selection);
      prepareNumbers(out, batch);
      loop(column, out, selection);
      return out;
    },
  };
}
