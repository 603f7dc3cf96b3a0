/** int(), double(), string(), timestamp() between kernel types. Each number is exact or the row fails. */
import { NULL, WIDE } from '../column.ts';
import type { NumberColumn, SliceColumn } from '../column.ts';
import { convertDoubleToInt, parseDouble, parseInt64 } from './number-text.ts';
import { storeExact } from './int-kernels.ts';
import { isInstant, parseInstant } from './instant.ts';
import { sliceText, storeNumber } from './cell-values.ts';
import { printDouble } from './text-functions.ts';
import { createNumberScratch, isMissing, prepareNumbers, SliceScratch } from './vector.ts';
import type { NumberKernel, Selection, SliceKernel } from './vector.ts';

export function intToDouble(input: NumberColumn, out: NumberColumn, { rows, count }: Selection): void {
  const x = input.values;
  const result = out.values;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const value = x[row]!;
    result[row] = value === WIDE ? Number(input.wide.get(row)!) : value;
  }
}

export function doubleToInt(input: NumberColumn, out: NumberColumn, { rows, count }: Selection): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const value = Math.trunc(input.values[row]!) + 0;
    if (Number.isSafeInteger(value)) out.values[row] = value;
    else storeExact(out, row, convertDoubleToInt(value));
  }
}

/** Whole seconds, towards the past. */
export function timestampToInt(input: NumberColumn, out: NumberColumn, { rows, count }: Selection): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    out.values[row] = Math.floor(input.values[row]! / 1000);
  }
}

export function intToTimestamp(input: NumberColumn, out: NumberColumn, { rows, count }: Selection): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const millis = input.values[row]! * 1000;
    out.values[row] = isInstant(millis) ? millis : NULL;
  }
}

/** Reads a number from text; stores no value if there is none. */
type TextReader = (input: SliceColumn, out: NumberColumn, row: number) => void;

export function textToNumberKernel(read: TextReader, input: SliceKernel): NumberKernel {
  const out = createNumberScratch();
  return {
    kind: 'number',
    heavy: true,
    run(batch, { rows, count }) {
      const column = input.run(batch, { rows, count });
      prepareNumbers(out, batch);
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        if (column.start[row]! < 0) out.values[row] = NULL;
        else read(column, out, row);
      }
      return out;
    },
  };
}

const MAX_PLAIN_DIGITS = 15;

/** Up to 15 digits are read in place. */
export const readInt: TextReader = (input, out, row) => {
  const { bytes, start, end } = input;
  let at = start[row]!;
  const last = end[row]!;
  const negative = at < last && bytes[at] === 45;
  if (negative) at++;
  if (last - at > MAX_PLAIN_DIGITS || last === at) return storeExact(out, row, parseInt64(sliceText(input, row)));
  let value = 0;
  for (; at < last; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return storeExact(out, row, parseInt64(sliceText(input, row)));
    value = value * 10 + digit;
  }
  out.values[row] = negative ? 0 - value : value;
};

export const readDouble: TextReader = (input, out, row) =>
  storeNumber('double', out, row, parseDouble(sliceText(input, row)));

export const readTimestamp: TextReader = (input, out, row) => {
  out.values[row] = parseInstant(sliceText(input, row));
};

/** Writes the text of a number cell that has a value. */
type NumberWriter = (column: NumberColumn, row: number, scratch: SliceScratch) => void;

export function numberToTextKernel(write: NumberWriter, input: NumberKernel): SliceKernel {
  const scratch = new SliceScratch();
  return {
    kind: 'slice',
    heavy: true,
    run(batch, { rows, count }) {
      const column = input.run(batch, { rows, count });
      scratch.prepare(batch);
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        const from = scratch.writer.length;
        if (isMissing(column, row)) scratch.fail(row);
        else {
          write(column, row, scratch);
          scratch.close(row, from);
        }
      }
      return scratch.seal();
    },
  };
}

export const writeInt: NumberWriter = (column, row, { writer }) => {
  const value = column.values[row]!;
  if (value === WIDE) writer.text(String(column.wide.get(row)!));
  else writer.integer(value);
};

export const writeBool: NumberWriter = (column, row, { writer }) =>
  writer.text(column.values[row] === 1 ? 'true' : 'false');

export const writeDouble: NumberWriter = (column, row, { writer }) => writer.text(printDouble(column.values[row]!));
