import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isUtf8 } from './utf8.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

function decodes(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe('isUtf8', () => {
  test('agrees with TextDecoder', () => {
    const edge = fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xee,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 6 }), (bytes) => {
        const padded = Uint8Array.from([0xe2, ...bytes, 0x82]);
        expect(isUtf8(padded, 1, padded.length - 1)).toBe(decodes(Uint8Array.from(bytes)));
      }),
      { numRuns: 5000 },
    );
  });

  test('agrees with TextDecoder on every lead byte and what may follow it', () => {
    for (let lead = 0x80; lead <= 0xff; lead++) {
      for (const second of [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
        for (const rest of [[], [0x80], [0xbf, 0x80], [0x80, 0x41]]) {
          const bytes = Uint8Array.from([lead, second, ...rest]);
          expect([...bytes, isUtf8(bytes, 0, bytes.length)]).toEqual([...bytes, decodes(bytes)]);
        }
      }
    }
  });
});
