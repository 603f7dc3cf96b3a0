import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BinaryReader, BinaryWriter } from '../binary.ts';
import { DDSketch } from './ddsketch.ts';

const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(0));
const values = fc.array(value, { minLength: 1, maxLength: 60 });
const p = fc.double({ min: 0.01, max: 0.99, noNaN: true });

function sketchOf(given: readonly number[]): DDSketch {
  const sketch = new DDSketch();
  for (const each of given) sketch.add(each);
  return sketch;
}

function expectQuantile(sketch: DDSketch, given: readonly number[], at: number): void {
  const want = [...given].sort((a, b) => a - b)[Math.floor(at * (given.length - 1))]!;
  expect(Math.abs(sketch.quantile(at) - want)).toBeLessThanOrEqual(Math.abs(want) * 0.010001 + 2 ** -1022);
}

describe('DDSketch', () => {
  it('is within 1 % of the value of that rank', () => {
    fc.assert(fc.property(values, p, (given, at) => expectQuantile(sketchOf(given), given, at)));
  });

  it('merges to what one sketch of all would be, negative values too', () => {
    fc.assert(
      fc.property(values, values, p, (a, b, at) => {
        const merged = sketchOf(a);
        merged.merge(sketchOf(b));
        expectQuantile(merged, [...a, ...b], at);
        expect(merged.quantile(at)).toBe(sketchOf([...b, ...a]).quantile(at));
      }),
    );
  });

  it('is the same after writing and reading', () => {
    fc.assert(
      fc.property(values, p, (given, at) => {
        const out = new BinaryWriter();
        sketchOf(given).write(out);
        const read = DDSketch.read(new BinaryReader(out.toBytes()));
        expect(read.count).toBe(given.length);
        expect(read.quantile(at)).toBe(sketchOf(given).quantile(at));
      }),
    );
  });
});
