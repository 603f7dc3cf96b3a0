/** Constants are columns too, filled once per capacity: the loops need no second form for them. */
import type { ColumnBatch, NumberColumn, SliceColumn } from '../column.ts';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import type { KernelType } from './cel-types.ts';
import { storeNumber } from './cell-values.ts';
import { capacityOf, createNumberScratch } from './vector.ts';
import type { Kernel, NumberKernel, SliceKernel } from './vector.ts';

const encoder = new TextEncoder();

/** The kernel of a constant, or undefined for a duration that is not whole milliseconds. `undefined` fails every row. */
export function constantKernel(type: KernelType, value: unknown): Kernel | undefined {
  if (type === 'string') return sliceConstant(typeof value === 'string' ? encoder.encode(value) : undefined);
  if (type === 'bytes') return sliceConstant(value instanceof Uint8Array ? value : undefined);
  if (!(value instanceof Duration)) return numberConstant(type, value);
  const millis = wholeMillis(value);
  return millis === undefined ? undefined : numberConstant('double', millis);
}

function wholeMillis({ seconds, nanos }: Duration): number | undefined {
  // Looked at apart: beside thousands of years, a double does not see a microsecond.
  if (nanos % 1_000_000 !== 0) return undefined;
  const millis = Number(seconds) * 1000 + nanos / 1_000_000;
  return Number.isSafeInteger(millis) ? millis : undefined;
}

function numberConstant(type: KernelType, value: unknown): NumberKernel {
  const column = createNumberScratch();
  return {
    kind: 'number',
    heavy: false,
    run(batch) {
      fillNumbers(column, batch, (row) => storeNumber(type, column, row, value));
      return column;
    },
  };
}

function fillNumbers(column: NumberColumn, batch: ColumnBatch, store: (row: number) => void): void {
  const capacity = capacityOf(batch);
  if (column.values.length >= capacity) return;
  column.values = new Float64Array(capacity);
  store(0);
  if (column.wide.size === 0) column.values.fill(column.values[0]!);
  else for (let row = 1; row < capacity; row++) store(row);
}

function sliceConstant(bytes: Uint8Array | undefined): SliceKernel {
  const column: SliceColumn = {
    kind: 'slice',
    bytes: bytes ?? new Uint8Array(0),
    start: new Int32Array(0),
    end: new Int32Array(0),
  };
  return {
    kind: 'slice',
    heavy: true,
    run(batch) {
      const capacity = capacityOf(batch);
      if (column.start.length >= capacity) return column;
      column.start = new Int32Array(capacity).fill(bytes ? 0 : -1);
      column.end = new Int32Array(capacity).fill(bytes ? bytes.length : -1);
      return column;
    },
  };
}
