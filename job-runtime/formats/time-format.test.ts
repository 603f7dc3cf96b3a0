import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteWriter } from './byte-writer.ts';
import { compileDateFormatter, compileTimestampFormatter } from './time-formatter.ts';
import type { TimeFormatter } from './time-formatter.ts';
import { compileDateParser, compileTimestampParser } from './time-parser.ts';
import type { TimeParser } from './time-parser.ts';
import { patternProblem } from './time-pattern.ts';

const encoder = new TextEncoder();

function parse(parser: TimeParser, text: string): number {
  const bytes = encoder.encode(`9${text}9`);
  return parser(bytes, 1, bytes.length - 1);
}

function print(formatter: TimeFormatter, millis: number): string {
  const writer = new ByteWriter(1);
  formatter(millis, writer);
  return new TextDecoder().decode(writer.toBytes());
}

describe('timestamps from text', () => {
  test.each([
    ['yyyy-MM-dd HH:mm:ss', '2024-02-29 23:59:58', '2024-02-29T23:59:58Z'],
    ['yyyyMMddHHmmssSSS', '20240229235958123', '2024-02-29T23:59:58.123Z'],
    ['MM-dd-yy', '07-22-24', '2024-07-22T00:00:00Z'],
    ['MM/dd/yyyy HH:mm', '12/30/2023 04:05', '2023-12-30T04:05:00Z'],
    ['yyyy-MM-dd HH:mm:ss.SSSSSS', '2024-01-01 00:00:00.123999', '2024-01-01T00:00:00.123Z'],
    ['d/M/yyyy H:m:s', '1/2/2024 3:4:5', '2024-02-01T03:04:05Z'],
    ['d/M/yyyy H:m:s', '11/12/2024 13:14:15', '2024-12-11T13:14:15Z'],
    ['MMM d, yyyy h:mm a', 'Jul 4, 2024 12:30 AM', '2024-07-04T00:30:00Z'],
    ['MMM d, yyyy hh:mm a', 'Jul 14, 2024 12:30 PM', '2024-07-14T12:30:00Z'],
    ['EEE, dd MMM yyyy', 'Thu, 29 Feb 2024', '2024-02-29T00:00:00Z'],
    ['dd/MMM/yyyy:HH:mm:ss X', '10/Oct/2000:13:55:36 -0700', '2000-10-10T20:55:36Z'],
    ['yyyy-MM-dd HH:mm X', '2000-10-10 13:55 +02', '2000-10-10T11:55:00Z'],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", '2024-01-01T00:00:00+05:30', '2023-12-31T18:30:00Z'],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'],
    ["yyyy 'Jahr' MM dd '日'", '2024 Jahr 01 02 日', '2024-01-02T00:00:00Z'],
    ['iso8601', '2024-01-31T08:00:00.5Z', '2024-01-31T08:00:00.500Z'],
    ['iso8601', '2024-01-31 08:00', '2024-01-31T08:00:00Z'],
    ['iso8601', '2024-01-31T08:00:00-0330', '2024-01-31T11:30:00Z'],
    ['iso8601', '2024-01-31T08:00:00.123456789+01:00', '2024-01-31T07:00:00.123Z'],
    ['epochMillis', '-1', '1969-12-31T23:59:59.999Z'],
    ['epochSeconds', '1706688000', '2024-01-31T08:00:00Z'],
  ])('%s: %s', (format, text, instant) => {
    expect(parse(compileTimestampParser(format), text)).toBe(Date.parse(instant));
  });

  test.each([
    ['yyyy-MM-dd', '2024-02-30'],
    ['yyyy-MM-dd', '2023-02-29'],
    ['yyyy-MM-dd', '2024-13-01'],
    ['yyyy-MM-dd', '2024-00-01'],
    ['yyyy-MM-dd', '2024-01-00'],
    ['yyyy-MM-dd', '0000-01-01'],
    ['yyyy-MM-dd', '2024-1-01'],
    ['yyyy-MM-dd', '2024-01-011'],
    ['yyyy-MM-dd', '2024/01/01'],
    ['yyyy-MM-dd', '２024-01-01'],
    ['yyyy-MM-dd HH:mm:ss', '2024-01-01 24:00:00'],
    ['yyyy-MM-dd HH:mm:ss', '2024-01-01 00:60:00'],
    ['yyyy-MM-dd HH:mm:ss', '2024-01-01 00:00:60'],
    ['yyyy-MM-dd HH:mm:ss.SSS', '2024-01-01 00:00:00.1x3'],
    ['d/M/yyyy', '31/4/2024'],
    ['d/M/yyyy', '031/4/2024'],
    ['d/M/yyyy', '1/4/2024 '],
    ['d MMM yyyy', '1 JUL 2024'],
    ['d MMM yyyy', '1 Jux 2024'],
    ['d M yyyy h a', '1 1 2024 13 PM'],
    ['d M yyyy h a', '1 1 2024 0 AM'],
    ['EEE, dd MMM yyyy', 'Fri, 29 Feb 2024'],
    ['d/M/yyyy X', '1/4/2024 +0'],
    ['d/M/yyyy XXX', '1/4/2024 +0100'],
    ['iso8601', '2024-01-31'],
    ['iso8601', '2024-01-31T08:00:00.Z'],
    ['iso8601', '2024-01-31T08:00:00+01'],
    ['iso8601', '2024-01-31T08:00:00+24:00'],
    ['iso8601', '2024-01-31T08:00:0'],
    ['iso8601', '2024-02-30T08:00:00Z'],
    ['iso8601', '2024-01-31T08:00:00.1234567890Z'],
    ['epochMillis', ''],
    ['epochMillis', '-'],
    ['epochMillis', '1.5'],
    ['epochMillis', '8640000000000001'],
    ['epochSeconds', '8640000000001'],
  ])('%s refuses %s', (format, text) => {
    expect(parse(compileTimestampParser(format), text)).toBeNaN();
  });

  test('a parser that refused a text reads the next one', () => {
    const parser = compileTimestampParser('yyyy-MM-dd HH:mm:ss');
    const texts = ['2024-01-01 00:00:00', '2024-02-30 00:00:00', '2024-02-30 00:00:01', '2024-01-01 00:00:01'];
    expect(texts.map((text) => parse(parser, text))).toEqual([Date.UTC(2024, 0), NaN, NaN, Date.UTC(2024, 0) + 1000]);
  });

  test.each([
    ['America/New_York', '2024-03-10 02:30:00', NaN],
    ['America/New_York', '2024-11-03 01:30:00', Date.UTC(2024, 10, 3, 5, 30)],
    ['Asia/Kathmandu', '2024-01-01 00:00:00', Date.UTC(2023, 11, 31, 18, 15)],
  ])('is local time in %s', (zone, text, instant) => {
    expect(parse(compileTimestampParser('yyyy-MM-dd HH:mm:ss', zone), text)).toBe(instant);
    expect(parse(compileTimestampParser('iso8601', zone), text)).toBe(instant);
    expect(parse(compileTimestampParser('yyyy-MM-dd H:m:s', zone), text)).toBe(instant);
  });

  test('an offset in the text wins over the zone', () => {
    for (const format of ['iso8601', "yyyy-MM-dd'T'HH:mm:ssXXX"]) {
      expect(parse(compileTimestampParser(format, 'America/New_York'), '2024-03-10T02:30:00Z')).toBe(
        Date.UTC(2024, 2, 10, 2, 30),
      );
    }
  });
});

describe('times to text', () => {
  const instant = Date.UTC(2024, 6, 4, 3, 7, 9, 45);
  test.each([
    ['MM/dd/yyyy', 'UTC', '07/04/2024'],
    ['yy M d H m s S', 'UTC', '24 7 4 3 7 9 0'],
    ['EEE MMM dd hh:mm a', 'America/New_York', 'Wed Jul 03 11:07 PM'],
    ['HH:mm:ss.SSSSSS X XXX', 'Asia/Kathmandu', '08:52:09.045000 +0545 +05:45'],
    ['h a', 'UTC', '3 AM'],
    ['X XXX', 'UTC', 'Z Z'],
    ['X', 'America/New_York', '-04'],
    ["'at' HH 'o''clock'", 'UTC', 'at 03 oclock'],
    ['iso8601', 'UTC', '2024-07-04T03:07:09.045Z'],
    ['iso8601', 'America/New_York', '2024-07-03T23:07:09.045-04:00'],
    ['epochMillis', 'UTC', String(instant)],
    ['epochSeconds', 'America/New_York', String(Math.floor(instant / 1000))],
  ])('%s in %s: %s', (format, zone, text) => {
    expect(print(compileTimestampFormatter(format, zone), instant)).toBe(text);
  });

  test('days are days in every zone', () => {
    expect(print(compileDateFormatter(), Date.UTC(1969, 11, 31))).toBe('1969-12-31');
    expect(parse(compileDateParser('MM-dd-yy'), '01-02-24')).toBe(Date.UTC(2024, 0, 2));
  });
});

describe('patterns', () => {
  const anyInstant = fc.integer({ min: Date.UTC(1, 0, 1, 24), max: Date.UTC(9999, 11, 30) });
  const anyZone = fc.constantFrom(
    'UTC',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'America/Sao_Paulo',
  );
  const withOffset = fc.constantFrom(
    'iso8601',
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    'EEE d MMM yyyy h:m:s.SSS a X',
    'X yyyyMMddHHmmssSSS',
  );

  test('what is printed with its offset reads back, in any zone', () => {
    const sinceOffsetsAreWholeMinutes = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(withOffset, anyZone, anyZone, sinceOffsetsAreWholeMinutes, (format, from, to, instant) => {
        const text = print(compileTimestampFormatter(format, from), instant);
        expect(parse(compileTimestampParser(format, to), text)).toBe(instant);
      }),
    );
  });

  test('what is printed without an offset reads back in UTC', () => {
    const formats = fc.constantFrom(
      'yyyy-MM-dd HH:mm:ss.SSS',
      'd.M.yyyy H:m:s SSS',
      'SSSssmmHHddMMyyyy',
      'h:m:s.SSS a, MMM d yyyy',
      'epochMillis',
    );
    fc.assert(
      fc.property(formats, anyInstant, (format, instant) => {
        expect(parse(compileTimestampParser(format), print(compileTimestampFormatter(format), instant))).toBe(instant);
      }),
    );
  });

  test('fixed places agree with Date', () => {
    const two = fc.integer({ min: 0, max: 70 }).map((value) => String(value).padStart(2, '0'));
    const year = fc.integer({ min: 1, max: 9999 }).map((value) => String(value).padStart(4, '0'));
    const parser = compileTimestampParser('yyyy-MM-dd HH:mm:ss');
    fc.assert(
      fc.property(year, two, two, fc.tuple(two, two, two), (y, month, day, [hour, minute, second]) => {
        const text = `${y}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
        const date = new Date(text);
        const exists = !Number.isNaN(date.getTime()) && date.toISOString() === text;
        expect(parse(parser, text.slice(0, 19).replace('T', ' '))).toBe(exists ? date.getTime() : NaN);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['yyyy-MM-dd', undefined],
    ['iso8601', undefined],
    ['yyyy-MM-ddTHH:mm', undefined],
    ['YYYY-MM-dd', '"YYYY" means nothing in a time format; put literal letters in single quotes'],
    ['yyyy-MM-dd at', '"t" means nothing in a time format; put literal letters in single quotes'],
    ["yyyy 'of", 'has a single quote that is never closed'],
  ])('%s: %s', (format, problem) => {
    expect(patternProblem(format)).toBe(problem);
  });
});
