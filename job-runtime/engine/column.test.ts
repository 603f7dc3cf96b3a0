import { describe, expect, it } from '@jest/globals';
import type { NumberColumn, SliceColumn } from './column.ts';
import { appendSlice, createColumn, exactInteger, storeInteger } from './column.ts';

const text = (column: SliceColumn, row: number): string | null =>
  column.start[row]! < 0 ? null : Buffer.from(column.bytes.subarray(column.start[row], column.end[row])).toString();

describe('appendSlice', () => {
  it('keeps the values of all rows, nulls and empty ones too', () => {
    const column = createColumn({ kind: 'string' }, 4) as SliceColumn;
    ['first', null, '', 'x'.repeat(1000)].forEach((value, row) =>
      appendSlice(column, row, value === null ? null : Buffer.from(value)),
    );
    expect([0, 1, 2, 3].map((row) => text(column, row))).toEqual(['first', null, '', 'x'.repeat(1000)]);
  });

  it('uses its buffer again when it is filled anew, however often', () => {
    const column = createColumn({ kind: 'string' }, 1) as SliceColumn;
    for (let fill = 0; fill < 100; fill++) {
      column.used = 0;
      appendSlice(column, 0, Buffer.from(`value ${fill}`));
    }
    expect(text(column, 0)).toBe('value 99');
    expect(column.bytes.length).toBeLessThanOrEqual(256);
  });

  it('does not write into a buffer that is not its own', () => {
    const column = createColumn({ kind: 'string' }, 1) as SliceColumn;
    const foreign = new Uint8Array(100);
    column.bytes = foreign;
    appendSlice(column, 0, Buffer.from('abc'));
    expect(foreign.every((byte) => byte === 0)).toBe(true);
  });
});

describe('storeInteger and exactInteger', () => {
  it.each([0n, -1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 63n), 10n ** 38n])('give back %d', (value) => {
    const column = createColumn({ kind: 'long' }, 1) as NumberColumn;
    storeInteger(column, 0, value);
    expect(exactInteger(column, 0)).toBe(value);
  });
});
