import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BinaryReader, BinaryWriter } from './binary.ts';
import type { NumberColumn } from './column.ts';
import { exactInteger, storeInteger } from './column.ts';

describe('BinaryWriter and BinaryReader', () => {
  it('give back varints', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (values) => {
        const out = new BinaryWriter(1);
        for (const value of values) out.varint(value);
        const from = new BinaryReader(out.toBytes());
        expect(values.map(() => from.varint())).toEqual(values);
        expect(from.done).toBe(true);
      }),
    );
  });

  it('give back integer cells: null, small and wide', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }))), (values) => {
        const column: NumberColumn = { kind: 'number', values: new Float64Array(values.length), wide: new Map() };
        const out = new BinaryWriter();
        values.forEach((value, row) => {
          if (value === null) column.values[row] = NaN;
          else storeInteger(column, row, value);
          out.integerCell(column, row);
        });
        const from = new BinaryReader(out.toBytes());
        const read = values.map(() => {
          const back: NumberColumn = {
            kind: 'number',
            values: new Float64Array([from.integerCell()]),
            wide: new Map([[0, from.wide]]),
          };
          return Number.isNaN(back.values[0]!) ? null : exactInteger(back, 0);
        });
        expect(read).toEqual(values);
      }),
    );
  });

  it('give back blobs, texts and doubles', () => {
    const out = new BinaryWriter(1);
    out.blob(new Uint8Array([1, 2, 3]), 1, 3);
    out.string('Grüße');
    out.double(-0.5);
    const from = new BinaryReader(out.toBytes());
    expect([...from.blob()]).toEqual([2, 3]);
    expect(from.string()).toBe('Grüße');
    expect(from.double()).toBe(-0.5);
  });

  it('refuse to read past the end', () => {
    const out = new BinaryWriter();
    out.blob(new Uint8Array(100));
    const torn = out.toBytes().slice(0, 50);
    expect(() => new BinaryReader(torn).blob()).toThrow('ends early');
    expect(() => new BinaryReader(new Uint8Array([0x80])).varint()).toThrow('ends early');
    expect(() => new BinaryReader(new Uint8Array(7)).double()).toThrow('ends early');
  });
});
