import { describe, expect, it } from '@jest/globals';
import { BinaryReader, BinaryWriter } from '../binary.ts';
import { hashBytes } from '../key-table.ts';
import { HyperLogLog } from './hyperloglog.ts';

function sketchOf(from: number, to: number): HyperLogLog {
  const sketch = new HyperLogLog();
  for (let i = from; i < to; i++) {
    const bytes = Buffer.from(`user ${i}`);
    sketch.add(hashBytes(bytes, 0, bytes.length), hashBytes(bytes, 0, bytes.length, 0x5bd1e995));
  }
  return sketch;
}

const written = (sketch: HyperLogLog): Uint8Array => {
  const out = new BinaryWriter();
  sketch.write(out);
  return out.toBytes();
};

describe('HyperLogLog', () => {
  it.each([0, 1, 10, 256])('counts %d values exactly', (count) => {
    expect(sketchOf(0, count).count()).toBe(count);
  });

  it.each([300, 1000, 5000, 20_000, 100_000, 1_000_000])('counts %d values within 5 %%', (count) => {
    expect(Math.abs(sketchOf(0, count).count() / count - 1)).toBeLessThan(0.05);
  });

  it.each([
    { name: 'few and few', a: [0, 50], b: [30, 80] },
    { name: 'few and few that are many together', a: [0, 200], b: [100, 300] },
    { name: 'many and few', a: [0, 1000], b: [900, 1020] },
    { name: 'few and many', a: [900, 1020], b: [0, 1000] },
    { name: 'many and many', a: [0, 1000], b: [500, 2000] },
  ])('merges $name to what one sketch of all would be', ({ a, b }) => {
    const merged = sketchOf(a[0]!, a[1]!);
    merged.merge(sketchOf(b[0]!, b[1]!));
    const all = sketchOf(a[0]!, a[1]!);
    for (let i = b[0]!; i < b[1]!; i++) all.merge(sketchOf(i, i + 1));
    expect(merged.count()).toBe(all.count());
  });

  it.each([0, 100, 5000])('is the same after writing and reading (%d values)', (count) => {
    const sketch = sketchOf(0, count);
    const read = HyperLogLog.read(new BinaryReader(written(sketch)));
    expect(read.count()).toBe(sketch.count());
    expect(written(read)).toEqual(written(sketch));
  });
});
