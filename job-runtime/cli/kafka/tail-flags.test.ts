import { describe, expect, test } from '@jest/globals';
import { tailOptions } from './tail-flags.ts';

const parsed = (flags: Record<string, string>): unknown =>
  tailOptions(new Map(Object.entries(flags).map(([name, value]) => [name, [value]])));

describe('flags of tail', () => {
  test.each<[Record<string, string>, object]>([
    [{}, { from: 'latest', partition: undefined, count: undefined, untilEnd: false, format: 'text' }],
    [
      { from: 'earliest', 'until-end': '', format: 'json' },
      { from: 'earliest', untilEnd: true, format: 'json' },
    ],
    [
      { from: '1970-01-01T00:00:01Z', count: '5' },
      { from: { time: 1000 }, count: 5 },
    ],
    [
      { from: '7', partition: '0' },
      { from: { offset: 7 }, partition: 0 },
    ],
  ])('%j', (flags, expected) => {
    expect(parsed(flags)).toMatchObject(expected);
  });

  test('say all that is wrong at once', () => {
    expect(parsed({ from: 'now', partition: '-1', count: '0', format: 'xml' })).toEqual({
      complaints: [
        '--from must be earliest, latest, a time such as 2024-01-31T08:00:00Z, or an offset; got now',
        '--partition must be the number of a partition, from 0 on; got -1',
        '--count must be at least 1; got 0',
        '--format must be text or json; got xml',
      ],
    });
    expect(parsed({ from: '7' })).toEqual({
      complaints: ['--from OFFSET is the offset of one partition: add --partition N'],
    });
  });
});
