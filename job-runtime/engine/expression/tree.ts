/**
 * What happens to a parsed tree before the library checks it: names are resolved to fields, calls of replaced functions
 * go to the replacements, `field == null` becomes a test of its own (to the library, null has no place in a typed
 * variable), and what would cost without bound is refused.
 */
import type { Field } from '../column.ts';
import { replacementName } from './library-functions.ts';
import { MAX_INT } from './int-kernels.ts';
import { ExpressionProblem, unknownField } from './problem.ts';
import {
  boundVariable,
  fieldNameOf,
  functionName,
  isCall,
  literal,
  operandsOf,
  RECORD,
  renameFunction,
  walk,
} from './syntax.ts';
import type { CelNode } from './syntax.ts';

export interface NullTest {
  readonly field: Field;
  /** What the test is for a null. */
  readonly whenNull: boolean;
}

export interface Tree {
  readonly root: CelNode;
  readonly fields: ReadonlyMap<string, Field>;
  readonly nullTests: ReadonlyMap<CelNode, NullTest>;
}

/** Throws an ExpressionProblem. `isNull` answers for the row that the library is looking at. */
export function resolveTree(
  root: CelNode,
  fields: ReadonlyMap<string, Field>,
  isNull: (name: string) => boolean,
): Tree {
  const nullTests = new Map<CelNode, NullTest>();
  if (root.op === 'id' && root.args === RECORD) throw wholeRecord(root);
  checkInteger(root, MAX_INT);
  walk(root, (node) => {
    checkNode(node, fields);
    const test = nullTestOf(node, fields);
    if (test) nullTests.set(node, test);
    if (isCall(node)) renameFunction(node, replacementName(functionName(node)));
  });
  for (const [node, test] of nullTests) if (!isCall(node)) expandNullTest(node, test, isNull);
  return { root, fields, nullTests };
}

function checkNode(node: CelNode, fields: ReadonlyMap<string, Field>): void {
  const bound = boundVariable(node);
  if (bound !== undefined && (fields.has(bound) || bound === RECORD)) {
    throw new ExpressionProblem(
      node.start,
      `the variable ${bound} would hide the field of that name; call it something else`,
    );
  }
  checkMember(node, fields);
  for (const operand of operandsOf(node)) checkInteger(operand, node.op === '-_' ? MAX_INT + 1n : MAX_INT);
}

/** `record` is only ever the owner of a field. */
function checkMember(node: CelNode, fields: ReadonlyMap<string, Field>): void {
  const name = node.op === 'id' ? undefined : fieldNameOf(node);
  if (name === undefined) {
    const record = operandsOf(node).find(({ op, args }) => op === 'id' && args === RECORD);
    if (record) throw wholeRecord(record);
  } else if (!fields.has(name)) {
    throw new ExpressionProblem(node.start, unknownField(name, [...fields.keys()]));
  }
}

const wholeRecord = (node: CelNode): ExpressionProblem =>
  new ExpressionProblem(
    node.start,
    `${RECORD} stands for no value of its own: name a field of it, ${RECORD}.NAME or ${RECORD}["NAME"]`,
  );

/** The library lets any integer literal pass. −2^63 is written as the negative of one that is out of range. */
function checkInteger(node: CelNode, limit: bigint): void {
  const value = literal(node);
  if (typeof value === 'bigint' && value > limit) throw new ExpressionProblem(node.start, `${value} is beyond 64 bits`);
}

function nullTestOf(node: CelNode, fields: ReadonlyMap<string, Field>): NullTest | undefined {
  if (node.op === 'call' && functionName(node) === 'has') return fieldTest(operandsOf(node)[0], fields, false);
  if (node.op !== '==' && node.op !== '!=') return undefined;
  const [left, right] = operandsOf(node);
  if (literal(right) === null) return fieldTest(left, fields, node.op === '==');
  return literal(left) === null ? fieldTest(right, fields, node.op === '==') : undefined;
}

function fieldTest(
  node: CelNode | undefined,
  fields: ReadonlyMap<string, Field>,
  whenNull: boolean,
): NullTest | undefined {
  const field = fields.get((node && fieldNameOf(node)) ?? '');
  return field && { field, whenNull };
}

function expandNullTest(node: CelNode, { field, whenNull }: NullTest, isNull: (name: string) => boolean): void {
  node.setMeta('async', false);
  node.setMeta('macro', {
    typeCheck: (checker) => checker.getType('bool'),
    evaluate: () => isNull(field.name) === whenNull,
  });
}

/** The fields that a node reads, in their order. */
export function inputsOf(node: CelNode, fields: ReadonlyMap<string, Field>): readonly Field[] {
  const names = new Set<string>();
  walk(node, (part) => names.add(fieldNameOf(part) ?? ''));
  return [...fields.values()].filter(({ name }) => names.has(name));
}

/** Whether a node has the same value in every row. */
export function isConstant(node: CelNode): boolean {
  let constant = true;
  walk(node, ({ op }) => {
    if (op === 'id') constant = false;
  });
  return constant;
}
