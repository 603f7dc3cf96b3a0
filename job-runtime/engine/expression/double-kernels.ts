/** CEL's double: IEEE arithmetic. A NaN result is looked at twice: computed, or the want of an operand's value. */
import type { NumberColumn } from '../column.ts';
import { isMissing, markNotANumber } from './vector.ts';
import type { Operands, Selection } from './vector.ts';

function explainNaN({ left, right, out }: Operands, row: number): void {
  if (!isMissing(left, row) && !isMissing(right, row)) markNotANumber(out, row);
}

export function addDoubles(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const sum = x[row]! + y[row]!;
    out[row] = sum;
    if (sum !== sum) explainNaN(operands, row);
  }
}

export function subtractDoubles(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const difference = x[row]! - y[row]!;
    out[row] = difference;
    if (difference !== difference) explainNaN(operands, row);
  }
}

export function multiplyDoubles(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const product = x[row]! * y[row]!;
    out[row] = product;
    if (product !== product) explainNaN(operands, row);
  }
}

export function divideDoubles(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const quotient = x[row]! / y[row]!;
    out[row] = quotient;
    if (quotient !== quotient) explainNaN(operands, row);
  }
}

export function negateDoubles(input: NumberColumn, out: NumberColumn, { rows, count }: Selection): void {
  const x = input.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const value = -x[row]!;
    out.values[row] = value;
    if (value !== value && !isMissing(input, row)) markNotANumber(out, row);
  }
}
