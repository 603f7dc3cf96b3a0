import { describe, expect, test } from '@jest/globals';
import { batchOf } from '../../test/builders/records.ts';
import type { SpecPatch } from '../../test/builders/stream-job.ts';
import { TUMBLING, streamJob } from '../../test/builders/stream-job.ts';
import type { RejectReason } from '../engine/task-output.ts';
import { encodeHeaders } from '../log/record-headers.ts';
import { Rejects, deadLetterLine } from './rejects.ts';

function reject(rejects: Rejects, reason: RejectReason, value: string | null = '1,a,5', row = 0): void {
  const records = batchOf(row === 0 ? [value] : ['first,x,1', value], { partition: 2, from: 40 });
  rejects.add({ reason, message: 'why', records, row, partition: 2, offset: records.offset[row]! });
}

describe('Rejects', () => {
  test.each<{ what: string; spec: SpecPatch; bad: number; late: number }>([
    { what: 'by default keeps bad records and drops late ones', spec: { window: TUMBLING }, bad: 1, late: 0 },
    { what: 'skips bad records', spec: { window: TUMBLING, onError: 'skip' }, bad: 0, late: 0 },
    {
      what: 'keeps late records',
      spec: { window: { ...TUMBLING, late: 'deadLetter' }, onError: 'skip' },
      bad: 0,
      late: 1,
    },
  ])('$what, and counts them all', ({ spec, bad, late }) => {
    const rejects = new Rejects(streamJob(spec));
    reject(rejects, 'BadValue');
    expect(rejects.take()).toHaveLength(bad);
    reject(rejects, 'Late');
    expect(rejects.take()).toHaveLength(late);
    expect([...rejects.counts]).toEqual([
      ['BadValue', 1],
      ['Late', 1],
    ]);
  });

  test('ends the job at a bad record, and not at a late one', () => {
    const rejects = new Rejects(streamJob({ window: TUMBLING, onError: 'fail' }));
    reject(rejects, 'Late');
    expect(() => reject(rejects, 'Malformed', 'x', 1)).toThrow('record input/2@41 is bad: Malformed: why');
  });

  test('keeps a copy: the batch may be overwritten', () => {
    const rejects = new Rejects(streamJob());
    const records = batchOf(['1,a,5'], { partition: 2, from: 40 });
    rejects.add({ reason: 'BadValue', message: 'why', records, row: 0, partition: 2, offset: 40 });
    records.bytes.fill(0);
    const [letter] = rejects.take();
    expect([letter!.key, letter!.value]).toEqual([
      new Uint8Array(Buffer.from('a')),
      new Uint8Array(Buffer.from('1,a,5')),
    ]);
    expect(rejects.take()).toEqual([]);
  });
});

describe('deadLetterLine', () => {
  const place = { reason: 'BadValue', message: 'why', topic: 't', partition: 2, offset: 2 ** 53 - 1 } as const;
  const line = (key: Uint8Array | null, value: Uint8Array | null, headers: Uint8Array | null = null): unknown =>
    JSON.parse(deadLetterLine({ ...place, key, value, headers }));

  test('shows text as text, with its place', () => {
    expect(line(Buffer.from('clé'), Buffer.from('1,"a\n",5'))).toEqual({ ...place, key: 'clé', value: '1,"a\n",5' });
  });

  test('shows other bytes in base64, and nothing as null', () => {
    expect(line(null, Uint8Array.of(0xff, 0x00, 0x61))).toEqual({ ...place, key: null, valueBase64: '/wBh' });
    expect(line(new Uint8Array(0), null)).toEqual({ ...place, key: '', value: null });
  });

  test('a byte order mark is kept, as bytes', () => {
    expect(line(null, Buffer.from('\ufeffa'))).toEqual({ ...place, key: null, valueBase64: '77u/YQ==' });
  });

  test('shows the headers that the record had', () => {
    const headers = encodeHeaders([{ key: 'trace', value: Buffer.from('1') }]);
    expect(line(null, null, headers)).toEqual({
      ...place,
      headers: [{ key: 'trace', value: '1' }],
      key: null,
      value: null,
    });
  });
});
