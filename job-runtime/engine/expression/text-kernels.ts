/**
 * Kernels over text as UTF-8 bytes: comparison (bytewise order is code point order), search, size, and building. Only
 * `matches` makes a string per row.
 */
import type { RE2JS } from 're2js';
import type { SliceColumn } from '../column.ts';
import { NULL } from '../column.ts';
import { sliceText } from './cell-values.ts';
import { createNumberScratch, prepareNumbers, SliceScratch } from './vector.ts';
import type { NumberKernel, SliceKernel } from './vector.ts';

/** A number per row from two slices that both have a value. */
type PairFunction = (left: SliceColumn, right: SliceColumn, row: number) => number;

export function slicePairKernel(compute: PairFunction, left: SliceKernel, right: SliceKernel): NumberKernel {
  const out = createNumberScratch();
  return {
    kind: 'number',
    heavy: true,
    run(batch, selection) {
      const x = left.run(batch, selection);
      const y = right.run(batch, selection);
      prepareNumbers(out, batch);
      const { rows, count } = selection;
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        out.values[row] = x.start[row]! < 0 || y.start[row]! < 0 ? NULL : compute(x, y, row);
      }
      return out;
    },
  };
}

const length = ({ start, end }: SliceColumn, row: number): number => end[row]! - start[row]!;

/** Whether `right` stands in `left` at `at`, a position in left's bytes. */
function standsAt(left: SliceColumn, right: SliceColumn, row: number, at: number): boolean {
  const a = left.bytes;
  const b = right.bytes;
  const end = right.end[row]!;
  let i = at;
  for (let j = right.start[row]!; j < end; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}

export const equalSlices: PairFunction = (left, right, row) =>
  length(left, row) === length(right, row) && standsAt(left, right, row, left.start[row]!) ? 1 : 0;

export const unequalSlices: PairFunction = (left, right, row) => 1 - equalSlices(left, right, row);

export const startsWith: PairFunction = (left, right, row) =>
  length(left, row) >= length(right, row) && standsAt(left, right, row, left.start[row]!) ? 1 : 0;

export const endsWith: PairFunction = (left, right, row) =>
  length(left, row) >= length(right, row) && standsAt(left, right, row, left.end[row]! - length(right, row)) ? 1 : 0;

export const contains: PairFunction = (left, right, row) => {
  const size = length(right, row);
  if (size === 0) return 1;
  const first = right.bytes[right.start[row]!]!;
  const last = left.end[row]! - size;
  for (let at = left.start[row]!; at <= last; at++) {
    if (left.bytes[at] === first && standsAt(left, right, row, at)) return 1;
  }
  return 0;
};

function order(left: SliceColumn, right: SliceColumn, row: number): number {
  const from = left.start[row]!;
  const to = right.start[row]!;
  const common = Math.min(length(left, row), length(right, row));
  for (let i = 0; i < common; i++) {
    const difference = left.bytes[from + i]! - right.bytes[to + i]!;
    if (difference !== 0) return difference;
  }
  return length(left, row) - length(right, row);
}

export const lessSlices: PairFunction = (left, right, row) => (order(left, right, row) < 0 ? 1 : 0);
export const lessOrEqualSlices: PairFunction = (left, right, row) => (order(left, right, row) <= 0 ? 1 : 0);

type SliceFunction = (input: SliceColumn, row: number) => number;

/** A number per row from a slice; NaN for a row that has none. */
export function sliceNumberKernel(compute: SliceFunction, input: SliceKernel): NumberKernel {
  const out = createNumberScratch();
  return {
    kind: 'number',
    heavy: true,
    run(batch, selection) {
      const column = input.run(batch, selection);
      prepareNumbers(out, batch);
      const { rows, count } = selection;
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        out.values[row] = column.start[row]! < 0 ? NULL : compute(column, row);
      }
      return out;
    },
  };
}

export const byteLength: SliceFunction = length;

/** Code points: every byte but the continuations begins one. */
export const codePoints: SliceFunction = ({ bytes, start, end }, row) => {
  let count = 0;
  for (let i = start[row]!; i < end[row]!; i++) if ((bytes[i]! & 0xc0) !== 0x80) count++;
  return count;
};

export function matchesPattern(pattern: RE2JS): SliceFunction {
  return (column, row) => (pattern.test(sliceText(column, row)) ? 1 : 0);
}

/** Constant lists: candidates of the same length are compared byte by byte. */
export function isAmong(values: readonly Uint8Array[]): SliceFunction {
  const byLength = Map.groupBy(values, (value) => value.length);
  return (column, row) => {
    const candidates = byLength.get(length(column, row));
    if (!candidates) return 0;
    for (const candidate of candidates) if (equalsBytes(column, row, candidate)) return 1;
    return 0;
  };
}

function equalsBytes({ bytes, start }: SliceColumn, row: number, candidate: Uint8Array): boolean {
  const from = start[row]!;
  for (let i = 0; i < candidate.length; i++) if (bytes[from + i] !== candidate[i]) return false;
  return true;
}

export function concatKernel(left: SliceKernel, right: SliceKernel): SliceKernel {
  const scratch = new SliceScratch();
  return {
    kind: 'slice',
    heavy: true,
    run(batch, selection) {
      const x = left.run(batch, selection);
      const y = right.run(batch, selection);
      scratch.prepare(batch);
      for (let i = 0; i < selection.count; i++) {
        const row = selection.rows[i]!;
        if (x.start[row]! < 0 || y.start[row]! < 0) scratch.fail(row);
        else {
          const from = scratch.writer.length;
          scratch.writer.slice(x.bytes, x.start[row]!, x.end[row]!);
          scratch.writer.slice(y.bytes, y.start[row]!, y.end[row]!);
          scratch.close(row, from);
        }
      }
      return scratch.seal();
    },
  };
}

/** lowerAscii and upperAscii: bytes in [first, last] change by `shift`; UTF-8 sequences hold no such bytes. */
export function caseKernel(input: SliceKernel, first: number, shift: number): SliceKernel {
  const scratch = new SliceScratch();
  const last = first + 25;
  return {
    kind: 'slice',
    heavy: true,
    run(batch, selection) {
      const { bytes, start, end } = input.run(batch, selection);
      scratch.prepare(batch);
      const { writer } = scratch;
      for (let i = 0; i < selection.count; i++) {
        const row = selection.rows[i]!;
        const from = writer.length;
        if (start[row]! < 0) scratch.fail(row);
        else {
          writer.slice(bytes, start[row]!, end[row]!);
          shiftCase(writer.bytes, { from, to: writer.length, first, last, shift });
          scratch.close(row, from);
        }
      }
      return scratch.seal();
    },
  };
}

function shiftCase(
  bytes: Uint8Array,
  { from, to, first, last, shift }: Record<'from' | 'to' | 'first' | 'last' | 'shift', number>,
): void {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= first && byte <= last) bytes[i] = byte + shift;
  }
}
