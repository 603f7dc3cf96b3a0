import { describe, expect, test } from '@jest/globals';
import { ChunkList, costOf } from './chunk-list.ts';

describe('ChunkList', () => {
  test('a chunk keeps its number and its offset when older ones go', () => {
    const chunks = new ChunkList();
    [10, 11, 14, 20].forEach((offset, at) => chunks.push(offset, at * 1000));
    expect(chunks.next).toBe(4);
    chunks.dropBelow(1);
    chunks.dropBelow(2);
    expect(chunks).toMatchObject({ first: 2, next: 4, firstOffset: 14, bytes: costOf(2000) + costOf(3000) });
    chunks.push(21, 0);
    expect(chunks.next).toBe(5);
    expect(chunks.bytesBelow(4)).toBe(costOf(2000) + costOf(3000));
    expect(chunks.bytesBelow(1)).toBe(0);
  });

  test.each([
    { wanted: 0, keptFrom: 1 },
    { wanted: 1, keptFrom: 2 },
    { wanted: costOf(100), keptFrom: 2 },
    { wanted: costOf(100) + 1, keptFrom: 3 },
    { wanted: Infinity, keptFrom: 4 },
  ])('to get rid of $wanted bytes, chunk $keptFrom is the first to keep', ({ wanted, keptFrom }) => {
    const chunks = new ChunkList();
    for (let at = 0; at < 4; at++) chunks.push(at, 100);
    chunks.dropBelow(1);
    expect(chunks.behind(wanted)).toBe(keptFrom);
  });
});
