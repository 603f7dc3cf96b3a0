import { describe, expect, test } from '@jest/globals';
import { murmur2, Partitioner, partitionOf } from './partitioner.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** org.apache.kafka.common.utils.UtilsTest#testMurmur2 */
describe('murmur2 gives what the Java client gives', () => {
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s → %d', (text, want) => {
    expect(murmur2(bytes(text))).toBe(want);
  });

  test('of a range equals that of the copied range', () => {
    expect(murmur2(bytes('xxfoobaryyy'), 2, 8)).toBe(-790332482);
  });
});

describe('Partitioner', () => {
  test('a negative hash is made positive by dropping the sign bit', () => {
    expect(partitionOf(7, bytes('foobar'))).toBe((-790332482 & 0x7fffffff) % 7);
  });

  test('records without a key go round, and keyed ones do not move the round', () => {
    const partitioner = new Partitioner(3);
    const partitions = [null, null, bytes('k'), null, null].map((key) => partitioner.partition(key));
    expect([partitions[0], partitions[1], partitions[3], partitions[4]]).toEqual([0, 1, 2, 0]);
    expect(partitions[2]).toBe(partitionOf(3, bytes('k')));
  });

  test('the empty key is a key', () => {
    const partitioner = new Partitioner(5);
    expect(partitioner.partition(bytes(''))).toBe(partitioner.partition(bytes('')));
  });
});
