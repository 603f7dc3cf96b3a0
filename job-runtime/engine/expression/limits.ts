/**
 * What one row may cost. The library walks lists without a meter, so what could multiply is refused or bounded before it
 * runs: loops inside loops inside loops, and long lists where a loop's body walks a list again.
 */
import type { Field } from '../column.ts';
import { ExpressionProblem } from './problem.ts';
import { boundVariable, fieldNameOf, functionName, isCall, operandsOf, walk } from './syntax.ts';
import type { CelNode } from './syntax.ts';

const MAX_LOOP_DEPTH = 2;
/** Each cel.bind can multiply the size of a value. */
const MAX_BIND_DEPTH = 2;
/** Elements of a list or map field, where they are walked once per element of another. */
const MAX_NESTED_ELEMENTS = 1000;

interface Depth {
  readonly loops: number;
  readonly binds: number;
}

/** How many elements a list or map field may have before its row fails. Throws an ExpressionProblem. */
export function elementLimit(root: CelNode, fields: ReadonlyMap<string, Field>): number {
  const lengths = new Lengths(fields);
  lengths.visit(root, { loops: 0, binds: 0 });
  const multiplies = lengths.nested || (lengths.hasLoop && lengths.hasBind);
  if (multiplies) walk(root, refuseMakers);
  return multiplies || lengths.hasBind ? MAX_NESTED_ELEMENTS : Infinity;
}

class Lengths {
  nested = false;
  hasLoop = false;
  hasBind = false;
  private readonly fields: ReadonlyMap<string, Field>;

  constructor(fields: ReadonlyMap<string, Field>) {
    this.fields = fields;
  }

  visit(node: CelNode, depth: Depth): void {
    const inner = this.enter(node, depth);
    if (depth.loops > 0 && this.isLong(node)) this.nested = true;
    // The list that a loop walks is no part of the loop.
    operandsOf(node).forEach((operand, index) =>
      this.visit(operand, index === 0 && inner.loops > depth.loops ? depth : inner),
    );
  }

  private enter(node: CelNode, { loops, binds }: Depth): Depth {
    if (boundVariable(node) === undefined) return { loops, binds };
    const isBind = functionName(node) === 'bind';
    if (isBind) this.hasBind = true;
    else this.hasLoop = true;
    if (isBind && binds === MAX_BIND_DEPTH) throw tooDeep(node, `${MAX_BIND_DEPTH} cel.bind`);
    if (!isBind && loops === MAX_LOOP_DEPTH) throw tooDeep(node, `${MAX_LOOP_DEPTH} loops over lists`);
    return isBind ? { loops, binds: binds + 1 } : { loops: loops + 1, binds };
  }

  private isLong(node: CelNode): boolean {
    const kind = this.fields.get(fieldNameOf(node) ?? '')?.type.kind;
    return kind === 'array' || kind === 'map' || makesList(node);
  }
}

const tooDeep = (node: CelNode, what: string): ExpressionProblem =>
  new ExpressionProblem(node.start, `at most ${what} may stand one inside another`);

/** Functions whose result is as long as their input pleases. */
const makesList = (node: CelNode): boolean => isCall(node) && ['split', 'json'].includes(functionName(node));

function refuseMakers(node: CelNode): void {
  if (!makesList(node)) return;
  throw new ExpressionProblem(
    node.start,
    `${functionName(node)} stands in no expression that walks a list for each element of another`,
  );
}
