/**
 * &&, ||, ! and ?: with CEL's absorption of errors: `false && error` is false, whichever side fails. Where the right
 * side is heavy it runs only for the rows that the left side leaves open.
 */
import type { ColumnBatch, NumberColumn } from '../column.ts';
import { NULL } from '../column.ts';
import { capacityOf, copyCell, createNumberScratch, prepareNumbers, SliceScratch } from './vector.ts';
import type { Kernel, NumberKernel, Selection, SliceKernel } from './vector.ts';

/** Rows of a selection that a condition picks. */
class SubSelection implements Selection {
  rows = new Int32Array(0);
  count = 0;

  private prepare(batch: ColumnBatch): void {
    this.count = 0;
    if (this.rows.length < capacityOf(batch)) this.rows = new Int32Array(capacityOf(batch));
  }

  /** Rows whose value is not `decided`; those without a value are open too. */
  open(batch: ColumnBatch, values: Float64Array, { rows, count, decided }: Selection & { decided: 0 | 1 }): this {
    this.prepare(batch);
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (values[row] !== decided) this.rows[this.count++] = row;
    }
    return this;
  }

  only(batch: ColumnBatch, values: Float64Array, { rows, count, value }: Selection & { value: 0 | 1 }): this {
    this.prepare(batch);
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (values[row] === value) this.rows[this.count++] = row;
    }
    return this;
  }
}

/** `decided` is the value of either side that settles the result: false for &&, true for ||. */
export function logicKernel(decided: 0 | 1, left: NumberKernel, right: NumberKernel): NumberKernel {
  const out = createNumberScratch();
  const open = new SubSelection();
  const combine = decided === 0 ? andLoop : orLoop;
  return {
    kind: 'number',
    heavy: left.heavy || right.heavy,
    run(batch, selection) {
      const first = left.run(batch, selection).values;
      prepareNumbers(out, batch);
      let rest = selection;
      if (right.heavy) {
        fill(out.values, selection, decided);
        rest = open.open(batch, first, { rows: selection.rows, count: selection.count, decided });
      }
      combine(first, right.run(batch, rest).values, { rows: rest.rows, count: rest.count, out: out.values });
      return out;
    },
  };
}

type Combination = Selection & { out: Float64Array };

/** Without a 0 the product is 1, or NaN if either side has no value. */
function andLoop(left: Float64Array, right: Float64Array, { rows, count, out }: Combination): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const x = left[row]!;
    const y = right[row]!;
    out[row] = x === 0 || y === 0 ? 0 : x * y;
  }
}

function orLoop(left: Float64Array, right: Float64Array, { rows, count, out }: Combination): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const x = left[row]!;
    const y = right[row]!;
    out[row] = x === 1 || y === 1 ? 1 : x + y;
  }
}

function fill(out: Float64Array, { rows, count }: Selection, value: number): void {
  for (let i = 0; i < count; i++) out[rows[i]!] = value;
}

export function notLoop(input: NumberColumn, out: NumberColumn, { rows, count }: Selection): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    out.values[row] = 1 - input.values[row]!;
  }
}

export function choiceKernel(condition: NumberKernel, whenTrue: Kernel, whenFalse: Kernel): Kernel | undefined {
  if (whenTrue.kind === 'number' && whenFalse.kind === 'number') return numberChoice(condition, whenTrue, whenFalse);
  if (whenTrue.kind === 'slice' && whenFalse.kind === 'slice') return sliceChoice(condition, whenTrue, whenFalse);
  return undefined;
}

function isChosenNull(condition: number, whenTrue: Kernel, whenFalse: Kernel, row: number): boolean {
  const chosen = condition === 1 ? whenTrue : condition === 0 ? whenFalse : undefined;
  return chosen?.isNull?.(row) ?? false;
}

function numberChoice(condition: NumberKernel, whenTrue: NumberKernel, whenFalse: NumberKernel): NumberKernel {
  const out = createNumberScratch();
  const chosen = new SubSelection();
  const takeBranch = (batch: ColumnBatch, branch: NumberKernel, selection: Selection): void => {
    const column = branch.run(batch, selection);
    for (let i = 0; i < selection.count; i++) copyCell(column, out, selection.rows[i]!);
  };
  let conditions: Float64Array = new Float64Array(0);
  return {
    kind: 'number',
    heavy: condition.heavy || whenTrue.heavy || whenFalse.heavy,
    isNull: (row) => isChosenNull(conditions[row]!, whenTrue, whenFalse, row),
    run(batch, { rows, count }) {
      const { values } = condition.run(batch, { rows, count });
      conditions = values;
      prepareNumbers(out, batch);
      fill(out.values, { rows, count }, NULL);
      takeBranch(batch, whenTrue, chosen.only(batch, values, { rows, count, value: 1 }));
      takeBranch(batch, whenFalse, chosen.only(batch, values, { rows, count, value: 0 }));
      return out;
    },
  };
}

function sliceChoice(condition: NumberKernel, whenTrue: SliceKernel, whenFalse: SliceKernel): SliceKernel {
  const scratch = new SliceScratch();
  const chosen = new SubSelection();
  const takeBranch = (batch: ColumnBatch, branch: SliceKernel, selection: Selection): void => {
    const { bytes, start, end } = branch.run(batch, selection);
    for (let i = 0; i < selection.count; i++) {
      const row = selection.rows[i]!;
      const from = scratch.writer.length;
      if (start[row]! < 0) continue;
      scratch.writer.slice(bytes, start[row]!, end[row]!);
      scratch.close(row, from);
    }
  };
  let conditions: Float64Array = new Float64Array(0);
  return {
    kind: 'slice',
    heavy: true,
    isNull: (row) => isChosenNull(conditions[row]!, whenTrue, whenFalse, row),
    run(batch, { rows, count }) {
      const { values } = condition.run(batch, { rows, count });
      conditions = values;
      scratch.prepare(batch);
      for (let i = 0; i < count; i++) scratch.fail(rows[i]!);
      takeBranch(batch, whenTrue, chosen.only(batch, values, { rows, count, value: 1 }));
      takeBranch(batch, whenFalse, chosen.only(batch, values, { rows, count, value: 0 }));
      return scratch.seal();
    },
  };
}
