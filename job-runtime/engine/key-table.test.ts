import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyTable, hashBytes } from './key-table.ts';

const idOf = (table: KeyTable, key: Uint8Array): number =>
  table.idOf(key, 0, key.length, hashBytes(key, 0, key.length));
const text = (key: Uint8Array): string => Buffer.from(key).toString('latin1');
const keys = fc.array(fc.uint8Array({ maxLength: 6, max: 3 }), { maxLength: 300 });

describe('KeyTable', () => {
  it('gives each different key the next id, as a map of texts does', () => {
    fc.assert(
      fc.property(keys, (given) => {
        const table = new KeyTable();
        const ids = new Map<string, number>();
        for (const key of given) {
          if (!ids.has(text(key))) ids.set(text(key), ids.size);
          expect(idOf(table, key)).toBe(ids.get(text(key)));
        }
        expect(table.size).toBe(ids.size);
      }),
    );
  });

  it('sorts ids by the bytes of their keys', () => {
    fc.assert(
      fc.property(keys, (given) => {
        const table = new KeyTable();
        for (const key of given) idOf(table, key);
        const sorted = [...table.sortedIds()].map((id) =>
          Buffer.from(table.arena.slice(table.offsets[id], table.offsets[id + 1])),
        );
        expect(sorted).toEqual([...sorted].sort((a, b) => Buffer.compare(a, b)));
      }),
    );
  });

  it('starts again with id 0 after clear', () => {
    const table = new KeyTable();
    for (let i = 0; i < 1000; i++) idOf(table, Buffer.from(`key ${i}`));
    table.clear();
    expect(idOf(table, Buffer.from('key 7'))).toBe(0);
    expect(idOf(table, Buffer.from('key 9'))).toBe(1);
  });

  it('keeps keys apart whose hashes are equal', () => {
    const table = new KeyTable();
    const [a, b] = [Buffer.from('a'), Buffer.from('b')];
    expect(table.idOf(a, 0, 1, 42)).toBe(0);
    expect(table.idOf(b, 0, 1, 42)).toBe(1);
    expect(table.idOf(a, 0, 1, 42)).toBe(0);
  });
});
