import { describe, expect, it } from '@jest/globals';
import { isTimeZone, unknownLetters, unprintableDate, unreadable } from './time-format.ts';

describe('unknownLetters', () => {
  it.each([
    'iso8601',
    'yyyy-MM-dd HH:mm:ss',
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    'MM/dd/yy hh:mm a',
    'EEE d MMM yyyy',
    'ss.SSSSSS',
    "h 'o''clock' a",
  ])('finds none in %s', (format) => {
    expect(unknownLetters(format)).toBeUndefined();
  });

  it.each([
    ['YYYY-MM-dd', 'YYYY in YYYY-MM-dd; did you mean "yyyy"?'],
    ['yyyy-MM-ddTHH', 'T in yyyy-MM-ddTHH'],
    ['ss.SS', 'SS in ss.SS; did you mean "ss"?'],
    ["yyyy'", "an open quote in yyyy'"],
  ])('finds them in %s', (format, words) => {
    expect(unknownLetters(format)).toBe(words);
  });

  it('answers at once on a long pattern of one letter', () => {
    expect(unknownLetters(`${'M'.repeat(63)}!`)).toContain('MMM');
  });
});

describe('unreadable', () => {
  it.each([
    ['iso8601', 'timestamp'],
    ['dd.MM.yy', 'date'],
    ['yyyy-MM-dd hh a', 'timestamp'],
  ] as const)('accepts %s for a %s', (format, kind) => {
    expect(unreadable(format, kind)).toBeUndefined();
  });

  it.each([
    ['HH:mm:ss', 'timestamp', 'must have a year, a month and a day (yyyy, MM, dd)'],
    ['yyyy-MM-dd hh', 'timestamp', 'must have a (AM or PM) beside hh, or HH in its place'],
    ['yyyy-MM-dd HH', 'date', 'must have no time of day for a date'],
    ['iso8601', 'date', 'must be a pattern such as yyyy-MM-dd for a date'],
  ] as const)('refuses %s for a %s', (format, kind, words) => {
    expect(unreadable(format, kind)).toBe(words);
  });
});

describe('unprintableDate', () => {
  it('accepts any part of a day and refuses its hours', () => {
    expect([unprintableDate('EEE MMM'), unprintableDate('dd HH')]).toEqual([
      undefined,
      'must have no time of day for a date',
    ]);
  });
});

describe('isTimeZone', () => {
  it.each(['UTC', 'America/New_York', 'Asia/Kolkata'])('knows %s', (name) => expect(isTimeZone(name)).toBe(true));
  it('does not know a place that is none', () => expect(isTimeZone('Mars/Olympus')).toBe(false));
});
