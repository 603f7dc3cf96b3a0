/**
 * ==, !=, < and <= of numbers, booleans, times and durations (> and >= swap their operands). Columns without wide cells
 * compare as doubles; otherwise row by row, exactly. int against double compares the mathematical values, as CEL wants.
 */
import { NULL, WIDE } from '../column.ts';
import type { NumberColumn } from '../column.ts';
import { isMissing } from './vector.ts';
import type { BinaryLoop, Operands, Selection } from './vector.ts';

export type NumberType = 'int' | 'double' | 'other';

type Comparison = (left: number | bigint, right: number | bigint) => boolean;

function exactly(types: readonly [NumberType, NumberType], compare: Comparison): BinaryLoop {
  return ({ left, right, out }, { rows, count }) => {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (isMissing(left, row) || isMissing(right, row)) out.values[row] = NULL;
      else out.values[row] = compare(cell(left, row, types[0]), cell(right, row, types[1])) ? 1 : 0;
    }
  };
}

function cell(column: NumberColumn, row: number, type: NumberType): number | bigint {
  const value = column.values[row]!;
  return type === 'int' && value === WIDE ? column.wide.get(row)! : value;
}

function withExactPath(fast: BinaryLoop, compare: Comparison): (left: NumberType, right: NumberType) => BinaryLoop {
  return (left, right) => {
    const slow = exactly([left, right], compare);
    return (operands, selection) => {
      const wide = operands.left.wide.size + operands.right.wide.size > 0;
      (wide ? slow : fast)(operands, selection);
    };
  };
}

function lessLoop({ left, right, out }: Operands, { rows, count }: Selection): void {
  const a = left.values;
  const b = right.values;
  const result = out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const x = a[row]!;
    const y = b[row]!;
    result[row] = x < y ? 1 : x >= y ? 0 : NULL;
  }
}

function lessOrEqualLoop({ left, right, out }: Operands, { rows, count }: Selection): void {
  const a = left.values;
  const b = right.values;
  const result = out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const x = a[row]!;
    const y = b[row]!;
    result[row] = x <= y ? 1 : x > y ? 0 : NULL;
  }
}

function equalLoop({ left, right, out }: Operands, { rows, count }: Selection): void {
  const a = left.values;
  const b = right.values;
  const result = out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const x = a[row]!;
    const y = b[row]!;
    result[row] = x === y ? 1 : x === x && y === y ? 0 : NULL;
  }
}

function unequalLoop({ left, right, out }: Operands, { rows, count }: Selection): void {
  const a = left.values;
  const b = right.values;
  const result = out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const x = a[row]!;
    const y = b[row]!;
    result[row] = x === y ? 0 : x === x && y === y ? 1 : NULL;
  }
}

export const less = withExactPath(lessLoop, (left, right) => left < right);
export const lessOrEqual = withExactPath(lessOrEqualLoop, (left, right) => left <= right);
export const equal = withExactPath(equalLoop, (left, right) => left === right);
export const unequal = withExactPath(unequalLoop, (left, right) => left !== right);
