/** `x in [constants]`. */
import { NULL, WIDE } from '../column.ts';
import { isAmong, sliceNumberKernel } from './text-kernels.ts';
import { isMissing, unaryKernel } from './vector.ts';
import type { Kernel, UnaryLoop } from './vector.ts';

const encoder = new TextEncoder();

/** undefined where the values are of a type that has no such kernel. */
export function membershipKernel(input: Kernel, values: readonly unknown[]): Kernel | undefined {
  if (input.kind === 'slice') {
    if (!values.every((value) => typeof value === 'string')) return undefined;
    return sliceNumberKernel(isAmong(values.map((value) => encoder.encode(value))), input);
  }
  if (values.every((value) => typeof value === 'bigint')) return unaryKernel(intMembership(values), input);
  if (values.every((value) => typeof value === 'number')) return unaryKernel(doubleMembership(values), input);
  return undefined;
}

function intMembership(values: readonly bigint[]): UnaryLoop {
  const small = new Set(values.map(Number).filter(Number.isSafeInteger));
  const large = new Set(values.filter((value) => !Number.isSafeInteger(Number(value))));
  return (input, out, { rows, count }) => {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const value = input.values[row]!;
      if (value === WIDE) out.values[row] = large.has(input.wide.get(row)!) ? 1 : 0;
      else out.values[row] = value !== value ? NULL : small.has(value) ? 1 : 0;
    }
  };
}

/** NaN equals nothing, not even a NaN in the list. */
function doubleMembership(values: readonly number[]): UnaryLoop {
  const members = new Set(values.filter((value) => value === value));
  return (input, out, { rows, count }) => {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (isMissing(input, row)) out.values[row] = NULL;
      else out.values[row] = members.has(input.values[row]!) ? 1 : 0;
    }
  };
}
