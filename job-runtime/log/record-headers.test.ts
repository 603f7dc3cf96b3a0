import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeHeaders, encodeHeaders } from './record-headers.ts';

describe('record headers', () => {
  test('are written as Kafka writes them', () => {
    const bytes = encodeHeaders([
      { key: 'a', value: Uint8Array.of(1, 2) },
      { key: '', value: null },
    ]);
    expect([...bytes]).toEqual([4, 2, 97, 4, 1, 2, 0, 1]);
  });

  test('none are none', () => {
    expect(decodeHeaders(new Uint8Array(0), -1, -1)).toEqual([]);
    expect(decodeHeaders(encodeHeaders([]), 0, 1)).toEqual([]);
  });

  test('come back as they were, wherever they stand', () => {
    const header = fc.record({ key: fc.string(), value: fc.option(fc.uint8Array({ maxLength: 300 })) });
    fc.assert(
      fc.property(fc.array(header), fc.nat(5), (headers, before) => {
        const bytes = encodeHeaders(headers);
        const buffer = new Uint8Array(bytes.length + before + 3).fill(255);
        buffer.set(bytes, before);
        const read = decodeHeaders(buffer, before, before + bytes.length);
        expect(read.map(({ key, value }) => [key, value && [...value]])).toEqual(
          headers.map(({ key, value }) => [
            new TextDecoder().decode(new TextEncoder().encode(key)),
            value && [...value],
          ]),
        );
      }),
    );
  });

  test('a torn run is an error', () => {
    const bytes = encodeHeaders([{ key: 'key', value: Uint8Array.of(1, 2, 3) }]);
    for (let end = 0; end < bytes.length; end++) expect(() => decodeHeaders(bytes, 0, end)).toThrow('end early');
    expect(() => decodeHeaders(Uint8Array.of(255, 255, 255, 255, 255, 255, 255), 0, 7)).toThrow('end early');
  });
});
