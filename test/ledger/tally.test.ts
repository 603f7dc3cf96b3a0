import { describe, expect, test } from '@jest/globals';
import { Tally } from './tally.ts';
import type { Balance } from './tally.ts';

function balanceOf(expected: readonly string[], found: readonly string[]): Balance {
  const tally = new Tally();
  for (const text of expected) tally.expect(text);
  for (const text of found) tally.found(text);
  return tally.balance();
}

const NOTHING = { missing: 0, duplicates: 0, foreign: 0, examples: [] };

describe('Tally', () => {
  test.each<{ what: string; expected: string[]; found: string[]; wrong: Partial<Balance> }>([
    { what: 'balances in any order', expected: ['a', 'b'], found: ['b', 'a'], wrong: {} },
    { what: 'balances where a text is expected twice', expected: ['a', 'a'], found: ['a', 'a'], wrong: {} },
    { what: 'sees what is lost', expected: ['a', 'b'], found: ['a'], wrong: { missing: 1, examples: ['missing: b'] } },
    {
      what: 'sees one of two lost',
      expected: ['a', 'a'],
      found: ['a'],
      wrong: { missing: 1, examples: ['missing: a'] },
    },
    {
      what: 'sees what came twice',
      expected: ['a'],
      found: ['a', 'a', 'a'],
      wrong: { duplicates: 2, examples: ['too often: a (2 times)'] },
    },
    {
      what: 'sees what is not as expected on both sides',
      expected: ['a 1'],
      found: ['a 2'],
      wrong: { missing: 1, foreign: 1, examples: ['missing: a 1', 'unexpected: a 2'] },
    },
  ])('$what', ({ expected, found, wrong }) => {
    expect(balanceOf(expected, found)).toEqual({
      expected: expected.length,
      found: found.length,
      ...NOTHING,
      ...wrong,
    });
  });

  test('tells five of many', () => {
    const { missing, examples } = balanceOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'], []);
    expect([missing, examples.length]).toEqual([7, 5]);
  });
});
