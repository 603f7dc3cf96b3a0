import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { oneLine } from './one-line.ts';

describe('oneLine', () => {
  it.each([
    { title: 'a line as it is', text: 'Kafka is “away”, 雨 😀', want: 'Kafka is “away”, 雨 😀' },
    { title: 'several lines', text: ' a\r\n  b\n\n\tc\n', want: 'a b c' },
    { title: 'line ends of other kinds', text: 'a\u2028b\u2029c\u000bd', want: 'a b c d' },
    { title: 'colours and bells', text: '\u001b[31mred\u001b[0m\u0007', want: '[31mred[0m' },
    { title: 'what turns the direction', text: 'a\u202eb\u2066c\u200fd', want: 'abcd' },
    { title: 'half a character', text: 'a\ud800b', want: 'ab' },
    { title: 'nothing', text: '\u0000\n', want: '' },
  ])('takes $title', ({ text, want }) => {
    expect(oneLine(text)).toBe(want);
  });

  it('cuts at 1024 characters, and not through one', () => {
    expect(oneLine('x'.repeat(1024))).toBe('x'.repeat(1024));
    expect(oneLine('x'.repeat(1025))).toBe(`${'x'.repeat(1023)}…`);
    expect(oneLine(`${'x'.repeat(1022)}😀😀`)).toBe(`${'x'.repeat(1022)}…`);
  });

  it('makes one short printable line of any text, and leaves such a line alone', () => {
    const unit = fc.constantFrom(
      'a',
      ' ',
      '😀',
      '\n',
      '\t',
      '\u0000',
      '\u0085',
      '\u2028',
      '\u202e',
      '\ud83d',
      '\udc00',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 3000, size: 'max' }), (text) => {
        const line = oneLine(text);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(line.isWellFormed()).toBe(true);
        expect(line.length).toBeLessThanOrEqual(1024);
        expect(oneLine(line)).toBe(line);
      }),
    );
  });
});
