import { describe, expect, it } from '@jest/globals';
import { TroubleTeller } from './trouble-teller.ts';

/** `lines`: the trouble of each second, looked at four times; what was said, with the second. */
function told(lines: readonly (string | undefined)[]): string[] {
  const said: string[] = [];
  let line: string | undefined;
  let now = 0;
  let before: string | undefined;
  const trouble = (_source: string, message: string | undefined): void => {
    if (message !== before) said.push(`${Math.floor(now / 1000)} ${message ?? 'over'}`);
    before = message;
  };
  const teller = new TroubleTeller({ events: { trouble }, source: 'log', look: () => line, now: () => now });
  for (const each of lines) {
    line = each;
    for (let look = 0; look < 4; look++, now += 250) teller.look();
  }
  return said;
}

const silence = (name: string, seconds: number): string =>
  `no heartbeat has reached ${name} for ${seconds} s, longer than its session`;

describe('TroubleTeller', () => {
  it.each<{ name: string; lines: readonly (string | undefined)[]; want: string[] }>([
    { name: 'is silent while there is none', lines: [undefined, undefined], want: [] },
    { name: 'leaves out what passes within a second', lines: [undefined, 'a', undefined, undefined], want: [] },
    { name: 'says what lasts, and that it is over', lines: ['a', 'a', undefined, undefined], want: ['1 a', '3 over'] },
    {
      name: 'says the words that an outage settles on',
      lines: ['closed', 'refused', 'refused', undefined, undefined],
      want: ['2 refused', '4 over'],
    },
    {
      name: 'leaves out other words at the end of a trouble',
      lines: ['a', 'a', 'b', 'b', undefined, undefined],
      want: ['1 a', '5 over'],
    },
    {
      name: 'says other words that stay',
      lines: ['a', 'a', ...Array<string>(8).fill('b')],
      want: ['1 a', '8 b'],
    },
    { name: 'takes a short gap for none', lines: ['a', 'a', undefined, 'a', 'a'], want: ['1 a'] },
    {
      name: 'does not tell the time',
      lines: Array.from({ length: 12 }, (_, second) => silence('g', 10 + second)),
      want: [`1 ${silence('g', 0).replace(' 0 s, longer', ' longer')}`],
    },
  ])('$name', ({ lines, want }) => {
    expect(told(lines)).toEqual(want);
  });
});
