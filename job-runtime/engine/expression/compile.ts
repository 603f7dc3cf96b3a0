/**
 * CEL expressions over records. The library parses and checks an expression when the job is planned; what runs is a tree
 * of kernels over columns, equal to the library's own evaluator in every value and every error (property-tested).
 */
import type { FieldType } from '../../../crds/field-type.ts';
import type { Column, ColumnBatch, Field } from '../column.ts';
import { fieldTypeOf } from './cel-types.ts';
import { checkConstants } from './constant-checks.ts';
import { createLibrary, LIMITS } from './environment.ts';
import type { Library } from './environment.ts';
import { fallbackKernel } from './fallback-kernel.ts';
import { bindOperators } from './library-operators.ts';
import { bindNullEquality } from './null-equality.ts';
import { elementLimit } from './limits.ts';
import { Lowering } from './lower.ts';
import { ExpressionProblem, libraryProblem, problemLine } from './problem.ts';
import { storeResult } from './result.ts';
import type { CelNode } from './syntax.ts';
import { fieldNameOf } from './syntax.ts';
import { inputsOf, resolveTree } from './tree.ts';
import type { Tree } from './tree.ts';
import type { Kernel } from './vector.ts';

export interface CompiledExpression {
  /** The type of the column that `evaluate` fills: make it with `createColumn`. */
  readonly type: FieldType;
  /** The fields that it reads, in their order. */
  readonly inputs: readonly Field[];
  /** The field, if the expression is nothing but its name: its type, its format and its nulls carry over. */
  readonly copyOf: Field | undefined;
  /** The parts that no kernel covers, as source: the library evaluates them row by row, at microseconds each. */
  readonly interpreted: readonly string[];
  /**
   * Fills the rows batch.rows[0 .. selected) of `out`, which must be no column that it reads. A field, or a choice between
   * fields, may be null; any other row without a value has failed: a row that fails has no
   * value there; unless it had an error before, batch.error says expressionError and batch.errorField `errorField`. It
   * stays selected until a step takes it out. Text in `out` is valid until the next call.
   */
  evaluate(batch: ColumnBatch, out: Column, errorField: number): void;
}

/** Compiles for the fields of the rows at one place of the job. `expected` is for filters. */
export function compileExpression(
  source: string,
  fields: readonly Field[],
  expected?: 'bool',
): CompiledExpression | { readonly problem: string } {
  try {
    const { tree, library } = checkExpression(source, fields);
    return plan(source, { tree, library, expected });
  } catch (cause) {
    if (cause instanceof ExpressionProblem) return { problem: problemLine(source, cause.position, cause.message) };
    throw cause;
  }
}

export interface CheckedExpression {
  readonly tree: Tree;
  readonly library: Library;
}

/** Parses and checks, no more. Throws an ExpressionProblem. */
export function checkExpression(source: string, fields: readonly Field[]): CheckedExpression {
  if (source.length > LIMITS.sourceLength)
    throw new ExpressionProblem(0, `an expression has at most ${LIMITS.sourceLength} characters`);
  const library = createLibrary(fields);
  const names = fields.map(({ name }) => name);
  const parsed = orProblem(names, () => library.environment.parse(source));
  const root = parsed.ast as unknown as CelNode;
  const byName = new Map(fields.map((field) => [field.name, field]));
  library.row.maxElements = elementLimit(root, byName);
  const tree = resolveTree(root, byName, (name) => library.row.isNull(name));
  orProblem(names, () => {
    const { error } = parsed.check();
    if (error) throw error;
  });
  checkConstants(root, library);
  bindOperators(root);
  bindNullEquality(tree, (name) => library.row.isNull(name));
  return { tree, library };
}

function orProblem<T>(names: readonly string[], attempt: () => T): T {
  try {
    return attempt();
  } catch (cause) {
    throw libraryProblem(cause, names);
  }
}

function plan(
  source: string,
  { tree, library, expected }: CheckedExpression & { expected: 'bool' | undefined },
): CompiledExpression {
  const { root, fields } = tree;
  const copyOf = expected === 'bool' ? undefined : fields.get(fieldNameOf(root) ?? '');
  const type = copyOf?.type ?? resultType(root, expected);
  const lowering = new Lowering(tree, library);
  const inputs = inputsOf(root, fields);
  const kernel = copyOf ? copyKernel(copyOf) : rootKernel(lowering, { tree, library });
  // A filter has no use for a null: neither true nor false.
  const isNull = (row: number): boolean =>
    expected !== 'bool' && (copyOf !== undefined || (kernel.isNull?.(row) ?? false));
  const result = { type, isNull };
  return {
    type,
    inputs,
    copyOf,
    interpreted: lowering.interpreted.map(({ start, end }) => source.slice(start, end)),
    evaluate(batch, out, errorField) {
      const column = kernel.run(batch, { rows: batch.rows, count: batch.selected });
      storeResult(result, column, { batch, out, errorField });
    },
  };
}

function resultType(root: CelNode, expected: 'bool' | undefined): FieldType {
  const { name } = root.checkedType!;
  if (expected === 'bool' && name !== 'bool')
    throw new ExpressionProblem(root.start, `a filter is true or false; this is ${article(name)}`);
  const type = fieldTypeOf(root.checkedType!);
  if (type) return type;
  throw new ExpressionProblem(
    root.start,
    `no field holds ${article(name)}; ${REMEDIES[name] ?? 'convert it to a number, text, time or bool'}`,
  );
}

const article = (name: string): string => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;

const REMEDIES: Readonly<Record<string, string>> = {
  dyn: 'say which type it has: int(…), double(…), string(…)',
  uint: 'write int(…) around it',
  'google.protobuf.Duration': 'take its getSeconds() or getMilliseconds()',
};

function copyKernel(field: Field): Kernel {
  return { kind: 'slice', heavy: false, run: (batch) => batch.columns[field.slot] } as Kernel;
}

function rootKernel(lowering: Lowering, { tree, library }: CheckedExpression): Kernel {
  const { root, fields } = tree;
  const kernel = lowering.lower(root);
  if (kernel) return kernel;
  lowering.interpreted.push(root);
  return fallbackKernel({ node: root, type: 'json', inputs: inputsOf(root, fields), library })!;
}
