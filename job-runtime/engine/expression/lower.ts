/** The checked tree as kernels: each node by its signature, and by the library where no kernel has that signature. */
import type { Field } from '../column.ts';
import { kernelTypeOf } from './cel-types.ts';
import { constantKernel } from './constant-kernels.ts';
import type { Library } from './environment.ts';
import { fallbackKernel } from './fallback-kernel.ts';
import { fieldKernel, nullTestKernel } from './field-kernels.ts';
import { KERNELS } from './kernel-table.ts';
import { originalNames } from './library-functions.ts';
import { membershipKernel } from './membership-kernels.ts';
import { isEquality, nullSafe, nullSafeMembership, watch } from './null-equality.ts';
import { fieldNameOf, functionName, operandsOf } from './syntax.ts';
import type { CelNode } from './syntax.ts';
import { inputsOf, isConstant } from './tree.ts';
import type { Tree } from './tree.ts';
import type { Kernel, NumberKernel } from './vector.ts';

export class Lowering {
  /** The nodes that the library evaluates. */
  readonly interpreted: CelNode[] = [];
  private readonly tree: Tree;
  private readonly library: Library;

  constructor(tree: Tree, library: Library) {
    this.tree = tree;
    this.library = library;
  }

  /** undefined if the node's values fit no column. */
  lower(node: CelNode): Kernel | undefined {
    const type = kernelTypeOf(node.checkedType);
    if (!type) return undefined;
    const test = this.tree.nullTests.get(node);
    if (test) return nullTestKernel(test.field, test.whenNull ? 1 : 0);
    const field = this.fieldOf(node);
    if (field) return fieldKernel(field);
    if (isConstant(node)) return constantKernel(type, this.constantValue(node));
    const before = this.interpreted.length;
    const kernel = node.op === 'in' ? this.lowerMembership(node) : this.lowerOperation(node);
    if (kernel) return kernel;
    // Operands that the library would have evaluated are now part of this node.
    this.interpreted.length = before;
    const fallback = fallbackKernel({ node, type, inputs: inputsOf(node, this.tree.fields), library: this.library });
    if (fallback) this.interpreted.push(node);
    return fallback;
  }

  private fieldOf(node: CelNode): Field | undefined {
    return this.tree.fields.get(fieldNameOf(node) ?? '');
  }

  /** undefined if it has no value, in any row. */
  private constantValue(node: CelNode): unknown {
    try {
      return this.library.evaluate(node);
    } catch {
      return undefined;
    }
  }

  private lowerOperation(node: CelNode): Kernel | undefined {
    const build = KERNELS.get(signatureOf(node));
    if (!build) return undefined;
    const nodes = operandsOf(node);
    const operands: Kernel[] = [];
    for (const operand of nodes) {
      const kernel = this.lower(operand);
      if (!kernel) return undefined;
      operands.push(kernel);
    }
    const constants = nodes.map((operand) => this.constantText(operand));
    if (isEquality(node)) return this.equality(node, operands, (watched) => build(watched, constants));
    const kernel = build(operands, constants);
    // A conversion may be its operand as it is; but where that is null, the conversion fails.
    return kernel && operands.includes(kernel) ? { ...kernel, isNull: () => false } : kernel;
  }

  private equality(
    node: CelNode,
    operands: readonly Kernel[],
    build: (operands: readonly Kernel[]) => Kernel | undefined,
  ): Kernel | undefined {
    const fields = operandsOf(node).map((operand) => this.fieldOf(operand));
    if (fields.every((field) => !field)) return build(operands);
    const [left, right] = operands.map((kernel, i) => watch(kernel, fields[i]));
    const kernel = build([left!.kernel, right!.kernel]);
    return kernel && nullSafe(kernel as NumberKernel, [left!, right!], node.op === '==' ? 1 : 0);
  }

  private constantText(node: CelNode): string | undefined {
    const value = isConstant(node) ? this.constantValue(node) : undefined;
    return typeof value === 'string' ? value : undefined;
  }

  private lowerMembership(node: CelNode): Kernel | undefined {
    const [element, list] = operandsOf(node);
    if (list!.op !== 'list' || !isConstant(list!)) return undefined;
    const values = this.constantValue(list!);
    const input = this.lower(element!);
    if (!input || !Array.isArray(values)) return undefined;
    const watched = watch(input, this.fieldOf(element!));
    const membership = membershipKernel(watched.kernel, values);
    return membership && nullSafeMembership(membership as NumberKernel, watched);
  }
}

/** `int + int`, `-int`, `size(string)`, `string.contains(string)`. */
function signatureOf(node: CelNode): string {
  const { op } = node;
  const types = operandsOf(node).map(({ checkedType }) => kernelTypeOf(checkedType) ?? 'other');
  if (op === '!_' || op === '-_') return `${op[0]}${types[0]}`;
  if (op === 'call') return `${originalNames(functionName(node))}(${types.join(', ')})`;
  if (op === 'rcall') return `${types[0]}.${originalNames(functionName(node))}(${types.slice(1).join(', ')})`;
  return op === '?:' ? op : `${types[0]} ${op} ${types[1]}`;
}
