import { describe, expect, test } from '@jest/globals';
import { RecordBuilder } from '../log/record-builder.ts';
import type { RecordHeader } from '../log/record-headers.ts';
import { decodeHeaders, encodeHeaders } from '../log/record-headers.ts';
import { appendDeadLetter, deadLetterPlace } from './dead-letter-records.ts';
import type { DeadLetter } from './rejects.ts';

const LETTER: DeadLetter = {
  reason: 'BadValue',
  message: 'field ENTRIES is no long',
  topic: 'input',
  partition: 3,
  offset: 42,
  key: Buffer.from('k'),
  value: null,
  headers: null,
};

function written(letter: DeadLetter): { builder: RecordBuilder; headers: RecordHeader[] } {
  const builder = new RecordBuilder();
  appendDeadLetter(builder, letter, { job: 'default/mta', run: 'r1' }, Date.UTC(2026, 0, 2));
  return { builder, headers: decodeHeaders(builder.bytes, builder.headerStart[0]!, builder.headerEnd[0]!) };
}

const shown = (headers: readonly RecordHeader[]): string[] =>
  headers.map(({ key, value }) => `${key}=${value ? Buffer.from(value).toString() : 'null'}`);

describe('dead letters', () => {
  test('are the raw record with the facts in headers', () => {
    const { builder, headers } = written(LETTER);
    expect([builder.keyAt(0), builder.valueAt(0), builder.timestamp[0]]).toEqual([
      new Uint8Array(Buffer.from('k')),
      null,
      Date.UTC(2026, 0, 2),
    ]);
    expect(shown(headers)).toEqual([
      'streamjob.error=BadValue',
      'streamjob.message=field ENTRIES is no long',
      'streamjob.job=default/mta',
      'streamjob.run=r1',
      'streamjob.topic=input',
      'streamjob.partition=3',
      'streamjob.offset=42',
      'streamjob.time=2026-01-02T00:00:00.000Z',
    ]);
  });

  test('keep the headers of the record, and say where it came from', () => {
    const own = [
      { key: 'trace', value: Buffer.from('7') },
      { key: 'trace', value: null },
    ];
    const { headers } = written({ ...LETTER, headers: encodeHeaders(own) });
    const { headers: kept, ...place } = deadLetterPlace(headers)!;
    expect(shown(kept)).toEqual(['trace=7', 'trace=null']);
    expect(place).toEqual({
      topic: 'input',
      partition: 3,
      offset: 42,
      error: 'BadValue',
      message: 'field ENTRIES is no long',
    });
  });

  test('that failed a second time say so once', () => {
    const first = written(LETTER).headers;
    const { headers } = written({ ...LETTER, offset: 99, headers: encodeHeaders(first) });
    expect(headers).toHaveLength(8);
    expect(deadLetterPlace(headers)).toMatchObject({ offset: 99 });
  });

  test.each<{ what: string; headers: RecordHeader[] }>([
    { what: 'no headers', headers: [] },
    { what: 'headers of others', headers: [{ key: 'topic', value: Buffer.from('x') }] },
    {
      what: 'an offset that is no number',
      headers: ['topic', 'partition', 'offset'].map((name) => ({
        key: `streamjob.${name}`,
        value: Buffer.from(name === 'partition' ? '1' : 'x'),
      })),
    },
  ])('a record with $what is no dead letter of ours', ({ headers }) => {
    expect(deadLetterPlace(headers)).toBeUndefined();
  });
});
