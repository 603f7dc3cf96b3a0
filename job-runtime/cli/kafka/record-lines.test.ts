import { describe, expect, test } from '@jest/globals';
import { RecordBuilder } from '../../log/record-builder.ts';
import { encodeHeaders } from '../../log/record-headers.ts';
import { recordLines } from './record-lines.ts';
import type { LineFormat } from './record-lines.ts';

const NO_TEXT = Uint8Array.of(0xff, 0x00, 0x61);

function line(format: LineFormat, key: Uint8Array | null, value: Uint8Array | null, timestamp = 0): string {
  const builder = new RecordBuilder();
  builder.append(key, value, timestamp);
  return recordLines(builder.toBatch(3, 42), 1, format);
}

describe('text', () => {
  test.each([
    ['text as text', Buffer.from('k 1'), Buffer.from('clé "7" \\n'), '3@42 k 1 clé "7" \\n\n'],
    ['what is absent', null, null, '3@42 - -\n'],
    ['an empty value', null, Buffer.alloc(0), '3@42 - \n'],
    ['other bytes in base64', NO_TEXT, Buffer.from('v'), '3@42 base64:/wBh v\n'],
    ['on one line', null, Buffer.from('a\nb\r\tc'), '3@42 - a\\nb\\r\\tc\n'],
    [
      'nothing that commands a terminal',
      null,
      Buffer.from('\u001b[2J\u202eb\u009b'),
      '3@42 - \\u001b[2J\\u202eb\\u009b\n',
    ],
  ])('shows %s', (_, key, value, expected) => {
    expect(line('text', key, value)).toBe(expected);
  });
});

describe('json', () => {
  const json = (...args: Parameters<typeof line> extends [LineFormat, ...infer A] ? A : never): unknown =>
    JSON.parse(line('json', ...args));
  const place = { partition: 3, offset: 42, timestamp: '1970-01-01T00:00:00.000Z', headers: [] };

  test('holds text, null, and other bytes in base64', () => {
    expect(json(Buffer.from('k'), null)).toEqual({ ...place, key: 'k', value: null });
    expect(json(NO_TEXT, Buffer.from('a\nb'))).toEqual({ ...place, keyBase64: '/wBh', value: 'a\nb' });
  });

  test.each([-1, Infinity, 2 ** 60])('has no time for %p', (timestamp) => {
    expect(json(null, null, timestamp)).toMatchObject({ timestamp: null });
  });

  test('holds headers in their order', () => {
    const builder = new RecordBuilder();
    builder.append(null, null, 0);
    const headers = encodeHeaders([
      { key: 'a', value: Buffer.from('1') },
      { key: 'a', value: null },
    ]);
    builder.setHeaders(headers, 0, headers.length);
    const found = JSON.parse(recordLines(builder.toBatch(0, 0), 1, 'json')) as { headers: unknown };
    expect(found.headers).toEqual([
      { key: 'a', value: '1' },
      { key: 'a', value: null },
    ]);
  });
});
