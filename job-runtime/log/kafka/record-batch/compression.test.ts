import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { compress, COMPRESSIONS, decompress } from './compression.ts';
import { joinedBytes } from './joined-bytes.ts';

const text = (size: number): Buffer => Buffer.alloc(size, 'a line of text that comes again and again\n');
const INPUTS = [
  { what: 'nothing', bytes: Buffer.alloc(0) },
  { what: 'one byte', bytes: Buffer.of(7) },
  { what: 'a block and a byte', bytes: text((64 << 10) + 1) },
  { what: 'many blocks', bytes: text(1_000_000) },
  { what: 'what cannot be compressed', bytes: randomBytes(200_000) },
];
const REAL = COMPRESSIONS.filter((compression) => compression !== 'none');

describe.each(COMPRESSIONS)('%s', (compression) => {
  test.each(INPUTS)('gives back $what', ({ bytes }) => {
    const back = decompress(compression, compress(compression, bytes));
    expect(Buffer.compare(back, bytes)).toBe(0);
  });
});

describe.each(REAL)('%s from anyone', (compression) => {
  test('inflates to the limit and not further', () => {
    const small = compress(compression, text(300_000));
    expect(decompress(compression, small, 300_000)).toHaveLength(300_000);
    expect(() => decompress(compression, small, 299_999)).toThrow('inflates to more than 299999 bytes');
  });

  test('that ends early is damaged', () => {
    const whole = compress(compression, text(3_000));
    expect(() => decompress(compression, whole.subarray(0, whole.length - 1))).toThrow(
      `holds damaged ${compression} data`,
    );
  });

  test('that is something else is damaged', () => {
    expect(() => decompress(compression, text(100))).toThrow(`holds damaged ${compression} data`);
  });
});

describe('snappy', () => {
  test('of clients that write one bare block is read', () => {
    expect(Buffer.compare(decompress('snappy', compressSync(text(90_000))), text(90_000))).toBe(0);
  });

  test('that declares more than it can hold takes no memory', () => {
    expect(() => decompress('snappy', Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0))).toThrow('damaged snappy');
  });
});

describe('lz4', () => {
  test.each([{}, { contentChecksum: true }, { blockChecksums: true }, { contentChecksum: true, blockChecksums: true }])(
    'frames of other writers are read: %p',
    (options) => {
      const bytes = joinedBytes([text(500_000), randomBytes(5_000_000)]);
      expect(Buffer.compare(decompress('lz4', compressFrameSync(Buffer.from(bytes), options)), bytes)).toBe(0);
    },
  );

  test('frames can be read by others', () => {
    const bytes = joinedBytes([text(100_000), randomBytes(100_000)]);
    expect(Buffer.compare(decompressFrameSync(Buffer.from(compress('lz4', bytes))), bytes)).toBe(0);
  });

  test('frames of blocks that depend on each other are refused, as by Kafka', () => {
    const frame = compress('lz4', text(1000)).slice();
    frame[4] = 0x40;
    expect(() => decompress('lz4', frame)).toThrow('damaged lz4');
  });
});
