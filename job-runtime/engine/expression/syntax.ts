/**
 * The syntax tree of cel-js 8.0.0 as the compiler reads it. The library declares less than its nodes carry (checked
 * types, macro expansions, the overload that an operator was bound to); this file is the one place that knows, and the
 * version is pinned.
 */

export interface CelType {
  readonly kind: string;
  readonly name: string;
  readonly keyType?: CelType;
  readonly valueType?: CelType;
}

/** What the library runs for an operator: operands, then the node and the evaluator. */
export type OperatorHandle = (left: unknown, right: unknown, ...rest: unknown[]) => unknown;

export interface CelMacro {
  typeCheck(checker: { getType(name: string): CelType }): CelType;
  evaluate(evaluator: unknown, macro: unknown, context: unknown): unknown;
}

export interface CelNode {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly end: number;
  readonly checkedType?: CelType;
  handle?: OperatorHandle;
  setMeta(key: 'macro', macro: CelMacro): CelNode;
  setMeta(key: 'async', value: boolean): CelNode;
  evaluate(evaluator: unknown, node: CelNode, context: unknown): unknown;
}

/** Operands, receiver and arguments, in source order. Expansions of macros are left out: they are made of these. */
export function operandsOf(node: CelNode): readonly CelNode[] {
  const { op, args } = node;
  if (op === 'value' || op === 'id') return [];
  if (op === '!_' || op === '-_') return [args as CelNode];
  if (op === '.') return [(args as [CelNode])[0]];
  if (op === 'call') return (args as [string, CelNode[]])[1];
  if (op === 'rcall') return [(args as [string, CelNode, CelNode[]])[1], ...(args as [string, CelNode, CelNode[]])[2]];
  if (op === 'map') return (args as [CelNode, CelNode][]).flat();
  return args as CelNode[];
}

export function walk(node: CelNode, visit: (node: CelNode) => void): void {
  visit(node);
  for (const operand of operandsOf(node)) walk(operand, visit);
}

export const isCall = (node: CelNode): boolean => node.op === 'call' || node.op === 'rcall';

export const functionName = (node: CelNode): string => (node.args as [string])[0];

export const renameFunction = (node: CelNode, name: string): void => {
  (node.args as [string])[0] = name;
};

/** The literal of a node, or undefined; the literal null is null. */
export function literal(node: CelNode | undefined): unknown {
  return node?.op === 'value' ? node.args : undefined;
}

/** The name that a macro binds: `x` of `list.exists(x, …)`, or undefined. */
export function boundVariable(node: CelNode): string | undefined {
  if (node.op !== 'rcall' || !BINDERS.has(functionName(node))) return undefined;
  const first = operandsOf(node)[1];
  return first?.op === 'id' ? (first.args as string) : undefined;
}

const BINDERS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind']);

/** The variable that holds all fields: `record["C/A"]` and `record.string` reach names that CEL cannot say or has taken. */
export const RECORD = 'record';

/** The name of the field that a node stands for, be it `name`, `record.name` or `record["name"]`; else undefined. */
export function fieldNameOf(node: CelNode): string | undefined {
  if (node.op === 'id') return node.args === RECORD ? undefined : (node.args as string);
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [owner, member] = node.args as [CelNode, CelNode | string];
  if (owner.op !== 'id' || owner.args !== RECORD) return undefined;
  const name = typeof member === 'string' ? member : literal(member);
  return typeof name === 'string' ? name : undefined;
}
