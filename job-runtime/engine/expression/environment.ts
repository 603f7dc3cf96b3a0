/**
 * The library's side of an expression: an environment that knows the fields, and access to its evaluator for any node of
 * a checked tree (the public API evaluates whole expressions only). A row's values are set in `Row`, which the evaluator
 * reads: each field as a variable of its name, and all of them as members of `record`.
 */
import { Environment } from '@marcbachmann/cel-js/evaluator';
import type { Column, Field } from '../column.ts';
import { celTypeOf } from './cel-types.ts';
import { cellValue } from './cell-values.ts';
import { isCellNull } from './field-kernels.ts';
import { registerFunctions } from './library-functions.ts';
import { RECORD } from './syntax.ts';
import type { CelNode } from './syntax.ts';

export const LIMITS = {
  sourceLength: 2048,
  maxAstNodes: 1000,
  maxDepth: 48,
  maxListElements: 500,
  maxMapEntries: 100,
  maxCallArguments: 8,
} as const;

const BASE = createBase();

function createBase(): Environment {
  const { sourceLength: _, ...limits } = LIMITS;
  const environment = new Environment({ limits });
  registerFunctions(environment);
  return environment;
}

/** Words that CEL or the library has taken: a field of such a name is reached through `record` only. */
const RESERVED: ReadonlySet<string> = new Set([
  ...[
    'as',
    'break',
    'const',
    'continue',
    'else',
    'false',
    'for',
    'function',
    'if',
    'import',
    'in',
    'let',
    'loop',
    'null',
    'package',
  ],
  ...['namespace', 'return', 'true', 'var', 'void', 'while', '__proto__', 'prototype', RECORD],
]);

/** Whether a field can be named as a variable. */
export const isVariableName = (name: string): boolean =>
  /^[A-Za-z_]\w*$/.test(name) && !RESERVED.has(name) && !BASE.hasVariable(name);

/** The members of `record`. The library knows the type of a value by its constructor, hence a class of its own. */
class RecordView extends Map<string, unknown> {}

/** The values of one row as the evaluator sees them. A null field is absent: to name it is an error, `has` is false. */
export class Row {
  private readonly variables = new Map<string, unknown>();
  private readonly members = new RecordView();
  /** A list or map field with more elements has no value here: the row fails. */
  maxElements = Infinity;

  constructor() {
    this.variables.set(RECORD, this.members);
  }

  get context(): ReadonlyMap<string, unknown> {
    return this.variables;
  }

  set(field: Field, column: Column, row: number): void {
    const { name, type } = field;
    if (isCellNull(column, row)) {
      this.members.delete(name);
      if (name !== RECORD) this.variables.delete(name);
      return;
    }
    const value = cellValue(type, column, row);
    const isNested = type.kind === 'array' || type.kind === 'map';
    if (isNested && Object.keys(value as object).length > this.maxElements) throw new RangeError('too many elements');
    this.members.set(name, value);
    if (name !== RECORD) this.variables.set(name, value);
  }

  isNull(name: string): boolean {
    return !this.members.has(name);
  }
}

export interface Library {
  readonly environment: Environment;
  readonly row: Row;
  /** The value of a checked node for the row that is set; throws if it has none. */
  evaluate(node: CelNode): unknown;
}

export function createLibrary(fields: readonly Field[]): Library {
  const environment = BASE.clone();
  const members = Object.fromEntries(fields.map(({ name, type }) => [name, { type: celTypeOf(type) }]));
  environment.registerType('StreamRecord', { ctor: RecordView, fields: members });
  environment.registerVariable(RECORD, 'StreamRecord');
  for (const { name, type } of fields) if (isVariableName(name)) environment.registerVariable(name, celTypeOf(type));
  const row = new Row();
  const { evaluator, context } = captureEvaluator(environment, row);
  return { environment, row, evaluate: (node) => node.evaluate(evaluator, node, context) };
}

interface Captured {
  evaluator: unknown;
  context: unknown;
}

/** A macro is handed the evaluator and the context that reads our row; both serve every row after it. */
function captureEvaluator(environment: Environment, row: Row): Captured {
  const captured: Captured = { evaluator: undefined, context: undefined };
  environment.registerFunction('__capture(ast): bool', () => ({
    typeCheck: (checker: { getType(name: string): unknown }) => checker.getType('bool'),
    evaluate: (evaluator: unknown, _macro: unknown, context: unknown) => {
      Object.assign(captured, { evaluator, context });
      return true;
    },
  }));
  environment.evaluate('__capture(true)', row.context as unknown as Record<string, unknown>);
  return captured;
}
