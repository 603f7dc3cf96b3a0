import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RecordSplitter } from './record-splitter.ts';

const CSV = { delimiter: 44, quote: 34, trim: false };

function split(text: string, dialect: typeof CSV | undefined, pieceBytes: number): string[] {
  const bytes = new TextEncoder().encode(text);
  const splitter = new RecordSplitter('file', dialect);
  const records: string[] = [];
  const take = (): number =>
    records.push(new TextDecoder().decode(splitter.bytes.subarray(splitter.start, splitter.end)));
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    splitter.push(bytes.subarray(at, at + pieceBytes));
    while (splitter.next()) take();
  }
  if (splitter.last()) take();
  return records;
}

describe('records of a file', () => {
  test.each([
    { name: 'lines, the last without a newline', text: 'a,b\nc,d', want: ['a,b', 'c,d'] },
    { name: 'CR LF', text: 'a,b\r\nc,d\r\n', want: ['a,b', 'c,d'] },
    { name: 'blank lines are none', text: '\n\na\n\r\n\nb\n\n', want: ['a', 'b'] },
    { name: 'a newline between quotes belongs to the record', text: 'a,"b\nc"\nd,e\n', want: ['a,"b\nc"', 'd,e'] },
    { name: 'a doubled quote does not end the column', text: '"a""\n",b\nc\n', want: ['"a""\n",b', 'c'] },
    { name: 'a quote inside an unquoted column is a byte', text: 'a"b,c\nd\n', want: ['a"b,c', 'd'] },
    { name: 'text behind a closing quote opens nothing', text: '"a"b"\nc\n', want: ['"a"b"', 'c'] },
    { name: 'a byte order mark is dropped', text: '\ufeffa,b\nc\n', want: ['a,b', 'c'] },
    { name: 'a quote that is never closed takes the rest', text: 'a\n"b\nc', want: ['a', '"b\nc'] },
  ])('$name', ({ text, want }) => {
    for (const pieceBytes of [1, 2, 3, 5, 1000]) expect(split(text, CSV, pieceBytes)).toEqual(want);
  });

  test('JSON lines know no quotes', () => {
    expect(split('{"a":"\n"}\n', undefined, 4)).toEqual(['{"a":"', '"}']);
  });

  test('the size of the pieces does not matter', () => {
    const text = fc
      .array(fc.constantFrom('"', ',', '\n', '\r', 'x', 'é'), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (given, pieceBytes) =>
        expect(split(given, CSV, pieceBytes)).toEqual(split(given, CSV, 1000)),
      ),
    );
  });
});
