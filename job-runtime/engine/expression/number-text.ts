/** Numbers from text and from each other, as CEL's int() and double() want them: exact, or undefined. */
import { fitsInt } from './int-kernels.ts';

export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,40}$/.test(text)) return undefined;
  const value = BigInt(text);
  return fitsInt(value) ? value : undefined;
}

const DOUBLE = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const NAMED_DOUBLE: ReadonlyMap<string, number> = new Map([
  ['inf', Infinity],
  ['+inf', Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-inf', -Infinity],
  ['-infinity', -Infinity],
  ['nan', NaN],
]);

export function parseDouble(text: string): number | undefined {
  return DOUBLE.test(text) ? Number(text) : NAMED_DOUBLE.get(text.toLowerCase());
}

export function convertDoubleToInt(value: number): bigint | undefined {
  if (!Number.isFinite(value)) return undefined;
  const integer = BigInt(Math.trunc(value));
  return fitsInt(integer) ? integer : undefined;
}
