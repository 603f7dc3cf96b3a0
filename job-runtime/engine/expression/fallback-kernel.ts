/** Nodes that no kernel covers: the library evaluates them row by row. Correct for all of CEL, at microseconds per row. */
import type { ColumnBatch, Field } from '../column.ts';
import { NULL } from '../column.ts';
import { jsonText, storeNumber } from './cell-values.ts';
import type { KernelType } from './cel-types.ts';
import type { Library } from './environment.ts';
import type { CelNode } from './syntax.ts';
import { createNumberScratch, prepareNumbers, SliceScratch } from './vector.ts';
import type { Kernel, NumberKernel, SliceKernel } from './vector.ts';

/** Lists and maps leave as JSON text. */
export type FallbackType = KernelType | 'json';

export interface Fallback {
  readonly node: CelNode;
  readonly type: FallbackType;
  /** The fields that the node reads. */
  readonly inputs: readonly Field[];
  readonly library: Library;
}

/** Durations have no fallback: a column holds whole milliseconds of them, the library nanoseconds. */
export function fallbackKernel(fallback: Fallback): Kernel | undefined {
  const { type } = fallback;
  if (type === 'duration') return undefined;
  return type === 'string' || type === 'bytes' || type === 'json'
    ? sliceFallback(fallback)
    : numberFallback(fallback, type);
}

/** The node's value for a row, or undefined if it fails. */
export function evaluateRow({ node, inputs, library }: Fallback, batch: ColumnBatch, row: number): unknown {
  try {
    for (const field of inputs) library.row.set(field, batch.columns[field.slot]!, row);
    return library.evaluate(node);
  } catch {
    return undefined;
  }
}

function numberFallback(fallback: Fallback, type: KernelType): NumberKernel {
  const out = createNumberScratch();
  return {
    kind: 'number',
    heavy: true,
    run(batch, { rows, count }) {
      prepareNumbers(out, batch);
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        const value = evaluateRow(fallback, batch, row);
        if (value === undefined) out.values[row] = NULL;
        else storeNumber(type, out, row, value);
      }
      return out;
    },
  };
}

function sliceFallback(fallback: Fallback): SliceKernel {
  const scratch = new SliceScratch();
  return {
    kind: 'slice',
    heavy: true,
    run(batch, { rows, count }) {
      scratch.prepare(batch);
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        const from = scratch.writer.length;
        if (writeSlice(fallback.type, scratch, evaluateRow(fallback, batch, row))) scratch.close(row, from);
        else scratch.fail(row);
      }
      return scratch.seal();
    },
  };
}

/** False for what is no value of the type. */
function writeSlice(type: FallbackType, { writer }: SliceScratch, value: unknown): boolean {
  if (value === undefined) return false;
  if (value instanceof Uint8Array && type === 'bytes') writer.slice(value, 0, value.length);
  else if (typeof value === 'string' && type === 'string') writer.text(value);
  else if (type === 'json') return writeJson(writer, value);
  else return false;
  return true;
}

function writeJson(writer: SliceScratch['writer'], value: unknown): boolean {
  try {
    writer.text(jsonText(value));
    return true;
  } catch {
    return false;
  }
}
