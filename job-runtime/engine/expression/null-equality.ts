/**
 * `==`, `!=` and `in` never fail on a field that is null: it equals another null field, differs from everything else and
 * is in no list, as in CEL, where null is a value. To kernels a null cell looks like one that failed; here the two are told apart by where
 * the cell comes from: only a field's own cell can be null.
 */
import type { ColumnBatch, Field, NumberColumn } from '../column.ts';
import { isCellNull } from './field-kernels.ts';
import { fieldNameOf, operandsOf, walk } from './syntax.ts';
import type { CelNode } from './syntax.ts';
import type { Tree } from './tree.ts';
import { isMissing } from './vector.ts';
import type { Kernel, NumberKernel, Selection } from './vector.ts';

export const isEquality = ({ op }: CelNode): boolean => op === '==' || op === '!=';

/** An operand whose last column is remembered, so that a missing result can be explained. */
interface Watched {
  readonly kernel: Kernel;
  /** The field, if the operand is nothing else. */
  readonly field: Field | undefined;
  isMissing(row: number): boolean;
}

export function watch(kernel: Kernel, field: Field | undefined): Watched {
  let last: ReturnType<Kernel['run']> | undefined;
  const run = (batch: ColumnBatch, selection: Selection): ReturnType<Kernel['run']> =>
    (last = kernel.run(batch, selection));
  return {
    kernel: { ...kernel, run } as Kernel,
    field,
    isMissing: (row) => (last!.kind === 'number' ? isMissing(last!, row) : isCellNull(last!, row)),
  };
}

/** Gives a result to the rows of `equality` that have none only because a field is null. */
export function nullSafe(
  equality: NumberKernel,
  [left, right]: readonly [Watched, Watched],
  whenEqual: 0 | 1,
): NumberKernel {
  const settle = (out: NumberColumn, row: number): void => {
    const [leftMissing, rightMissing] = [left.isMissing(row), right.isMissing(row)];
    if ((leftMissing && !left.field) || (rightMissing && !right.field)) return;
    out.values[row] = leftMissing && rightMissing ? whenEqual : 1 - whenEqual;
  };
  return {
    kind: 'number',
    heavy: equality.heavy,
    run(batch, selection) {
      const out = equality.run(batch, selection);
      for (let i = 0; i < selection.count; i++) {
        const row = selection.rows[i]!;
        if (isMissing(out, row)) settle(out, row);
      }
      return out;
    },
  };
}

/** A null field is in no list. */
export function nullSafeMembership(membership: NumberKernel, element: Watched): NumberKernel {
  const inNoList: Watched = { kernel: element.kernel, field: undefined, isMissing: () => false };
  return nullSafe(membership, [element, inNoList], 1);
}

/** The same for the library's evaluator, in the checked tree. */
export function bindNullEquality({ root, fields, nullTests }: Tree, isNull: (name: string) => boolean): void {
  walk(root, (node) => {
    if (nullTests.has(node) || (node.op !== 'in' && !isEquality(node))) return;
    const operands = operandsOf(node);
    const names = operands.map((operand) => fields.get(fieldNameOf(operand) ?? '')?.name);
    if (names.every((name) => name === undefined)) return;
    const original = node.evaluate;
    const evaluate: CelNode['evaluate'] = (evaluator, self, context) => {
      const nulls = names.map((name) => name !== undefined && isNull(name));
      if (nulls.includes(true)) {
        operands.forEach((operand, i) => nulls[i] || operand.evaluate(evaluator, operand, context));
        return node.op !== 'in' && nulls.every(Boolean) === (node.op === '==');
      }
      try {
        return original.call(node, evaluator, self, context);
      } finally {
        // A node replaces its own `evaluate` when it first runs.
        node.evaluate = evaluate;
      }
    };
    node.evaluate = evaluate;
  });
}
