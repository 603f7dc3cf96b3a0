import { describe, expect, it } from '@jest/globals';
import { nearest, suggestion } from './nearest.ts';

describe('nearest', () => {
  it.each([
    { name: 'groupby', known: ['groupBy', 'aggregate'], want: 'groupBy' },
    { name: 'STATON', known: ['UNIT', 'STATION'], want: 'STATION' },
    { name: 'sise', known: ['slide', 'size'], want: 'size' },
    { name: 'ZZ', known: ['CA'], want: undefined },
    { name: 'cassandra', known: ['console', 'file'], want: undefined },
  ])('finds $want for $name', ({ name, known, want }) => {
    expect(nearest(name, known)).toBe(want);
  });
});

describe('suggestion', () => {
  it('lists the known names where none is near and they are few', () => {
    expect(suggestion('cassandra', ['console', 'file'])).toBe('; known are console, file');
  });

  it('says nothing where none is near and they are many', () => {
    expect(
      suggestion(
        'cassandra',
        Array.from({ length: 13 }, (_, index) => `x${index}`),
      ),
    ).toBe('');
  });
});
