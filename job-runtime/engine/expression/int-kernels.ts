/**
 * CEL's int: exact 64 bits. The loops work on doubles and are right while operands and result are safe integers; a
 * result that is not (too large, WIDE, NaN for want of a value) sends its row to the exact path.
 */
import { exactInteger, NULL, storeInteger } from '../column.ts';
import type { NumberColumn } from '../column.ts';
import type { Operands, Selection } from './vector.ts';

export const MAX_INT = 2n ** 63n - 1n;
export const MIN_INT = -(2n ** 63n);
const SAFE = Number.MAX_SAFE_INTEGER;

export const fitsInt = (value: bigint): boolean => value >= MIN_INT && value <= MAX_INT;

type Exact = (left: bigint, right: bigint) => bigint | undefined;

const exactSum: Exact = (left, right) => left + right;
const exactDifference: Exact = (left, right) => left - right;
const exactProduct: Exact = (left, right) => left * right;
const exactQuotient: Exact = (left, right) => (right === 0n ? undefined : left / right);
const exactRemainder: Exact = (left, right) => (right === 0n ? undefined : left % right);

/** Stores an exact result, or no value if it is out of range. */
export function storeExact(out: NumberColumn, row: number, value: bigint | undefined): void {
  if (value === undefined || !fitsInt(value)) out.values[row] = NULL;
  else storeInteger(out, row, value);
}

function computeExactly(operands: Operands, row: number, exact: Exact): void {
  const { left, right, out } = operands;
  const x = left.values[row]!;
  const y = right.values[row]!;
  if (x !== x || y !== y) out.values[row] = NULL;
  else storeExact(out, row, exact(exactInteger(left, row), exactInteger(right, row)));
}

export function addInts(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const sum = x[row]! + y[row]!;
    if (sum <= SAFE && sum >= -SAFE) out[row] = sum;
    else computeExactly(operands, row, exactSum);
  }
}

export function subtractInts(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const difference = x[row]! - y[row]!;
    if (difference <= SAFE && difference >= -SAFE) out[row] = difference;
    else computeExactly(operands, row, exactDifference);
  }
}

/** A product beyond 2^53 rounds to no less than 2^53, so a safe product is an exact one. */
export function multiplyInts(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const product = x[row]! * y[row]! + 0; // + 0: integers have no −0
    if (product <= SAFE && product >= -SAFE) out[row] = product;
    else computeExactly(operands, row, exactProduct);
  }
}

/** The double quotient of safe integers never rounds up to the next integer: the gap to it is at least 1 / y. */
export function divideInts(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const quotient = Math.trunc(x[row]! / y[row]!) + 0;
    if (quotient <= SAFE && quotient >= -SAFE) out[row] = quotient;
    else computeExactly(operands, row, exactQuotient);
  }
}

/** By the exact quotient: the machine's own `%` on doubles is a slow call. Zero and WIDE divisors come out as NaN. */
export function remainderOfInts(operands: Operands, { rows, count }: Selection): void {
  const x = operands.left.values;
  const y = operands.right.values;
  const out = operands.out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const dividend = x[row]!;
    const divisor = y[row]!;
    const remainder = dividend - Math.trunc(dividend / divisor) * divisor + 0;
    if (remainder === remainder) out[row] = remainder;
    else computeExactly(operands, row, exactRemainder);
  }
}

export function negateInts(input: NumberColumn, out: NumberColumn, { rows, count }: Selection): void {
  const x = input.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const value = x[row]!;
    if (value <= SAFE) out.values[row] = 0 - value;
    else storeExact(out, row, value === value ? -exactInteger(input, row) : undefined);
  }
}
