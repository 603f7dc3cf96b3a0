import { describe, expect, it } from '@jest/globals';
import { isNumeric, isTime, parseFieldType } from './field-type.ts';

describe('parseFieldType', () => {
  it.each([
    ['long', { kind: 'long' }],
    ['decimal(2)', { kind: 'decimal', scale: 2 }],
    ['decimal(38)', { kind: 'decimal', scale: 38 }],
    ['array<long>', { kind: 'array', element: { kind: 'long' } }],
    ['map<decimal(0)>', { kind: 'map', element: { kind: 'decimal', scale: 0 } }],
  ])('reads %s', (text, type) => {
    expect(parseFieldType(text)).toEqual(type);
  });

  it.each(['', 'Long', 'decimal', 'decimal(39)', 'array', 'array<array<long>>', 'map<string,long>'])(
    'refuses %j',
    (text) => {
      expect(() => parseFieldType(text)).toThrow(RangeError);
    },
  );

  it('knows numbers and times', () => {
    const kinds = [
      'string',
      'boolean',
      'int',
      'long',
      'double',
      'decimal(2)',
      'timestamp',
      'date',
      'bytes',
      'array<long>',
    ];
    const types = kinds.map((text) => parseFieldType(text));
    expect(types.filter(isNumeric).map(({ kind }) => kind)).toEqual(['int', 'long', 'double', 'decimal']);
    expect(types.filter(isTime).map(({ kind }) => kind)).toEqual(['timestamp', 'date']);
  });
});
