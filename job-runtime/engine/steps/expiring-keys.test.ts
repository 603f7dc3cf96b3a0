import { describe, expect, test } from '@jest/globals';
import { BinaryReader } from '../binary.ts';
import { ChangeWriter } from '../changes.ts';
import { ExpiringKeys } from './expiring-keys.ts';

const idOf = (subject: ExpiringKeys, key: string): number => {
  const bytes = Buffer.from(key);
  return subject.idOf(bytes, bytes.length);
};

function add(subject: ExpiringKeys, key: string, until: number): number {
  const id = idOf(subject, key);
  subject.until[id] = until;
  return id;
}

describe('ExpiringKeys', () => {
  test('a new key was set by nobody', () => {
    const subject = new ExpiringKeys();
    expect(subject.until[idOf(subject, 'a')]).toBe(-Infinity);
    add(subject, 'a', 5);
    expect(subject.until[idOf(subject, 'a')]).toBe(5);
  });

  test('keeps few keys without looking at them', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 1000; i++) add(subject, `k${i}`, i);
    expect(subject.expire(Infinity)).toBeUndefined();
    expect(subject.keys.size).toBe(1000);
  });

  test('drops keys once most are dead, and tells where the others went', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 4000; i++) add(subject, `k${i}`, i);
    const oldIds = subject.expire(2999)!;
    expect(oldIds).toHaveLength(1000);
    expect(subject.keys.size).toBe(1000);
    for (const [id, old] of oldIds.entries()) {
      expect(idOf(subject, `k${old}`)).toBe(id);
      expect(subject.until[id]).toBe(old);
    }
  });

  test('keeps all while most are alive', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 4000; i++) add(subject, `k${i}`, i);
    expect(subject.expire(1000)).toBeUndefined();
    expect(subject.keys.size).toBe(4000);
  });

  test('a key whose time has come is a new one after the sweep', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 4000; i++) add(subject, `k${i}`, i);
    subject.expire(2999);
    expect(subject.until[idOf(subject, 'k2999')]).toBe(-Infinity);
  });

  test('an empty key is a key', () => {
    const subject = new ExpiringKeys();
    expect([add(subject, '', 5), idOf(subject, 'a'), idOf(subject, '')]).toEqual([0, 1, 0]);
  });

  test('counts dead keys no more often than there are lookups to pay for it', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 200_000; i++) add(subject, `k${i}`, 1e9);
    const start = performance.now();
    for (let i = 0; i < 100_000; i++) {
      add(subject, 'k0', 1e9);
      subject.expire(i);
    }
    // 100,000 counts of 200,000 keys take half a minute.
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('lets go of the memory of a flood', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 300_000; i++) add(subject, `k${i}`, 1);
    subject.expire(10);
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 2000; i++) add(subject, `r${round} ${i}`, 20 + round);
      subject.expire(20 + round);
    }
    expect(subject.until.length).toBeLessThan(20_000);
    expect(subject.keys.hashes.length).toBeLessThan(20_000);
  });

  test('changes hold the live keys and their values, and restore them', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 5000; i++) add(subject, `k${i}`, i);
    const values = new Map<number, number>();
    const out = new ChangeWriter(1);
    subject.writeChanges(out, 0, { bound: 4989, value: (id) => out.body.varint(id * 3) });
    const restored = new ExpiringKeys();
    const from = new BinaryReader(out.body.toBytes(), 1);
    restored.applyChanges(from, 1, (id) => values.set(id, from.varint()));
    expect(restored.liveBytes()).toBe(0);
    expect(restored.keys.size).toBe(10);
    expect(values.get(idOf(restored, 'k4990'))).toBe(4990 * 3);
    expect(restored.until[idOf(restored, 'k4999')]).toBe(4999);
  });

  test('only what changed is written, once, and what stands in an old chunk on demand', () => {
    const subject = new ExpiringKeys();
    const written = (chunk: number, rewriteBefore: number, bound = 0): string[] => {
      const keys: string[] = [];
      const value = (id: number): void => {
        const { arena, offsets } = subject.keys;
        keys.push(Buffer.from(arena.subarray(offsets[id], offsets[id + 1])).toString());
      };
      subject.writeChanges(new ChangeWriter(chunk), rewriteBefore, { bound, value });
      return keys;
    };
    add(subject, 'a', 10);
    add(subject, 'b', 20);
    expect(written(1, 0)).toEqual(['a', 'b']);
    add(subject, 'c', 30);
    subject.changed(add(subject, 'b', 25));
    expect(written(2, 0)).toEqual(['b', 'c']);
    expect(written(3, 0)).toEqual([]);
    expect(written(3, 2)).toEqual(['a']);
    expect(written(4, 3, 26)).toEqual(['c']);
  });

  test('a sweep keeps a dead key until an entry that says otherwise is out of date', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 4000; i++) add(subject, `k${i}`, 5000);
    subject.writeChanges(new ChangeWriter(7), 0, { bound: 0, value: () => undefined });
    for (let i = 0; i < 4000; i++) subject.changed(add(subject, `k${i}`, i < 3 ? 5 : 5000));
    subject.writeChanges(new ChangeWriter(8), 0, { bound: 0, value: () => undefined });
    subject.changed(add(subject, 'k3', 5));
    for (let i = 4; i < 4000; i++) subject.until[idOf(subject, `k${i}`)] = 6;
    expect(subject.expire(10)).toHaveLength(1);
    let count = 0;
    subject.writeChanges(new ChangeWriter(9), 0, { bound: 10, value: () => void count++ });
    expect(count).toBe(1);
    expect(subject.sweep(10)).toHaveLength(0);
  });

  test('a sweep carries along when keys were written', () => {
    const subject = new ExpiringKeys();
    for (let i = 0; i < 4000; i++) add(subject, `k${i}`, i);
    subject.writeChanges(new ChangeWriter(7), 0, { bound: 0, value: () => undefined });
    subject.changed(idOf(subject, 'k3999'));
    expect(subject.expire(2999)).toHaveLength(1000);
    let count = 0;
    const value = (): void => void count++;
    subject.writeChanges(new ChangeWriter(8), 7, { bound: 2999, value });
    expect(count).toBe(1);
    subject.writeChanges(new ChangeWriter(9), 8, { bound: 2999, value });
    expect(count).toBe(1000);
  });
});
