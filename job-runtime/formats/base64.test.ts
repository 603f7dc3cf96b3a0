import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64, writeBase64 } from './base64.ts';
import { ByteWriter } from './byte-writer.ts';

const encoder = new TextEncoder();

describe('base64', () => {
  test('agrees with Buffer both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const [text, back] = [new ByteWriter(1), new ByteWriter(1)];
        writeBase64(bytes, 0, bytes.length, text);
        expect(Buffer.from(text.toBytes()).toString('latin1')).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text.bytes, 0, text.length, back)).toBe(true);
        expect([...back.toBytes()]).toEqual([...bytes]);
      }),
    );
  });

  test.each(['a', 'ab', 'abc', 'ab=c', '====', 'a===', 'ab-_', 'ab==abcd', 'ab c'])('refuses %s', (text) => {
    const writer = new ByteWriter(1);
    expect(decodeBase64(encoder.encode(text), 0, text.length, writer)).toBe(false);
    expect(writer).toHaveLength(0);
  });
});
