/** Chunks: what is written in sections comes back in sections, however it was cut. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ChangeWriter, MeanSize, readChunk } from './changes.ts';

const KIB = 1024;

/** Section ids and the entries read from each chunk. */
function read(chunk: Uint8Array): [section: number, entries: string[]][] {
  const sections: [number, string[]][] = [];
  readChunk(chunk, (section, from) => {
    const entries: string[] = [];
    while (!from.done) entries.push(from.string());
    sections.push([section, entries]);
  });
  return sections;
}

function write(out: ChangeWriter, section: number, ...entries: readonly string[]): void {
  out.begin(section);
  for (const entry of entries) {
    out.body.string(entry);
    out.boundary();
  }
  out.end();
}

describe('ChangeWriter', () => {
  test('packs the sections of a commit into one chunk, and leaves out those without entries', () => {
    const out = new ChangeWriter(7);
    write(out, 16, 'a', 'b');
    write(out, 2);
    write(out, 300, 'c');
    const chunks = out.take();
    expect(chunks.map(read)).toEqual([
      [
        [16, ['a', 'b']],
        [300, ['c']],
      ],
    ]);
    expect(out.chunk).toBe(8);
    expect(out.take()).toEqual([]);
  });

  test('cuts long chunks where an entry ends, and says so', () => {
    const out = new ChangeWriter(1);
    out.begin(2);
    const cuts: number[] = [];
    for (let i = 0; i < 1000; i++) {
      out.body.string('x'.repeat(KIB - 2));
      if (out.boundary()) cuts.push(i);
    }
    out.end();
    expect(cuts).toEqual([199, 399, 599, 799, 999]);
    const chunks = out.take();
    expect(chunks.map(({ length }) => length)).toEqual([1, 2, 3, 4, 5].map(() => 200 * KIB + 6));
    expect(out.chunk).toBe(6);
  });

  test('every entry comes back once and in order, whatever the sections and the cuts', () => {
    const sections = fc.array(fc.tuple(fc.nat(200), fc.array(fc.string({ maxLength: 9 }), { maxLength: 9 })));
    fc.assert(
      fc.property(sections, fc.integer({ min: 1, max: 60 }), (given, cutAt) => {
        const out = new ChangeWriter(0, cutAt);
        for (const [section, entries] of given) write(out, section, ...entries);
        const chunks = out.take();
        expect(out.chunk).toBe(chunks.length);
        const flat = (lists: readonly (readonly [number, readonly string[]])[]): string[] =>
          lists.flatMap(([section, entries]) => entries.map((entry) => `${section} ${entry}`));
        expect(chunks.flatMap((chunk) => flat(read(chunk)))).toEqual(flat(given));
      }),
    );
  });
});

describe('readChunk', () => {
  test('refuses another version, and a chunk that was torn anywhere', () => {
    const out = new ChangeWriter(1);
    write(out, 2, 'abc');
    const [chunk] = out.take() as [Uint8Array];
    expect(() => read(Uint8Array.of(9, ...chunk.subarray(1)))).toThrow('state of version 9');
    for (let end = 2; end < chunk.length; end++) expect(() => read(chunk.subarray(0, end))).toThrow('ends early');
  });
});

describe('MeanSize', () => {
  test('knows nothing at first, then the mean of what it was given', () => {
    const sizes = new MeanSize();
    expect(sizes.of(10)).toBe(0);
    for (const bytes of [10, 20, 30]) sizes.add(bytes);
    expect(sizes.of(10)).toBe(200);
  });

  test('follows what is written lately', () => {
    const sizes = new MeanSize();
    for (let i = 0; i < 500_000; i++) sizes.add(10);
    for (let i = 0; i < 500_000; i++) sizes.add(1000);
    expect(sizes.of(1)).toBeGreaterThan(980);
  });
});
