import { mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readAll, openAndReadAll, members, NOW, Scratch, sourceOf, valuesOf, type Given } from '../sources.test-kit.ts';

const scratch = new Scratch();
beforeEach(() => scratch.make());
afterEach(() => scratch.remove());

const SCHEMA = {
  format: 'csv',
  csv: { header: true },
  eventTime: 'AT',
  fields: [
    { name: 'NAME', type: 'string' },
    { name: 'AT', type: 'timestamp', from: ['DATE', 'TIME'], format: 'MM/dd/yyyy HH:mm:ss' },
    { name: 'COUNT', type: 'long' },
  ],
};
const HEADER = ',COUNT,DATE,TIME,NAME\n';
const OPEN_ENDED = { ...SCHEMA, csv: { header: false } };

const replay = (schema: object, path: string, settings: object = {}): ReturnType<typeof sourceOf> => {
  const { key, ...file } = settings as { key?: readonly string[] };
  return sourceOf(schema, { source: { file: { path, ...file } }, ...(key ? { key } : {}) });
};

const read = async (content: string | Uint8Array, schema: object = SCHEMA, settings: object = {}): Promise<Given[]> =>
  openAndReadAll(replay(schema, await scratch.write('in', content), settings));

describe('csv with a header', () => {
  test('columns come in the topic’s order; those that the schema does not name are left out', async () => {
    const records = await read(`${HEADER}0,7,01/02/2024,03:04:05,59 ST\n1,8,01/02/2024,03:04:06,"A, B"\n`, SCHEMA, {
      key: ['NAME'],
    });
    expect(records).toEqual([
      { key: '59 ST', value: '59 ST,01/02/2024,03:04:05,7', time: Date.UTC(2024, 0, 2, 3, 4, 5) },
      { key: 'A, B', value: '"A, B",01/02/2024,03:04:06,8', time: Date.UTC(2024, 0, 2, 3, 4, 6) },
    ]);
  });

  test('names are found trimmed and without quotes', async () => {
    expect(valuesOf(await read('"NAME", COUNT ,DATE,TIME   \t\na,1,01/02/2024,00:00:00\n'))).toEqual([
      'a,01/02/2024,00:00:00,1',
    ]);
  });

  test('quoted columns keep their bytes, newlines and all', async () => {
    expect(valuesOf(await read(`${HEADER}0,7,d,t,"two\nlines ""q"""\n1,8,d,t,x\n`))).toEqual([
      '"two\nlines ""q""",d,t,7',
      'x,d,t,8',
    ]);
  });

  test('a row that does not fit the header stays as it is, and malformed', async () => {
    const values = valuesOf(await read(`${HEADER}0,7,d\n0,7,d,t\n0,7,d,t,"x"y\n0,7,d,t,ok\n`));
    // Four columns are what the topic has: one more delimiter keeps the row from passing for a record.
    expect(values).toEqual(['0,7,d', '0,7,d,t,', '0,7,d,t,"x"y', 'ok,d,t,7']);
  });

  test('an optional field may have no column', async () => {
    const schema = { ...SCHEMA, fields: [...SCHEMA.fields, { name: 'NOTE', type: 'string', optional: true }] };
    expect(valuesOf(await read(`${HEADER}0,7,d,t,x\n`, schema))).toEqual(['x,d,t,7,']);
  });

  test('a missing column: one clear error with the columns that are there, and the nearest', async () => {
    await expect(read(',COUNTS,DATE,WHO\n', { ...SCHEMA, fields: SCHEMA.fields.slice(1) })).rejects.toMatchObject({
      code: 'InputUnreadable',
      message: `${scratch.path('in')} lacks column "TIME", "COUNT" (nearest: "COUNTS"); its header has COUNTS, DATE, WHO`,
    });
  });

  test('a header alone is no record', async () => {
    expect(await read(HEADER)).toEqual([]);
    expect(await read(HEADER.trim())).toEqual([]);
  });
});

describe('records as they stand', () => {
  test('csv without a header', async () => {
    expect(valuesOf(await read('a,01/02/2024,00:00:00,1\r\nbroken', OPEN_ENDED))).toEqual([
      'a,01/02/2024,00:00:00,1',
      'broken',
    ]);
  });

  test('a key is one text for equal values, however they are written', async () => {
    const keys = (await read('a,d,t,007\nb,d,t,7\n,d,t,-0\n', OPEN_ENDED, { key: ['COUNT'] })).map(({ key }) => key);
    expect(keys).toEqual(['7', '7', '0']);
  });

  test('a row that is no record has no key', async () => {
    expect((await read('a,b\n', OPEN_ENDED, { key: ['NAME'] }))[0]!.key).toBeNull();
  });

  test('JSON lines, with key and event time', async () => {
    const schema = {
      format: 'json',
      eventTime: 't',
      fields: [
        { name: 'id', type: 'long' },
        { name: 't', type: 'timestamp', path: 'at.t' },
      ],
    };
    const lines = ['{"id":9007199254740993,"at":{"t":"2024-01-02T00:00:00Z"}}', 'no json', '{"id":1}'];
    const records = await read(lines.join('\n'), schema, { key: ['id'] });
    expect(valuesOf(records)).toEqual(lines);
    expect(records.map(({ key }) => key)).toEqual(['9007199254740993', null, '1']);
    expect(records.map(({ time }) => time)).toEqual(new Array(3).fill(Date.UTC(2024, 0, 2)));
  });

  test('the time of a row without one is that of the row before; of the first rows it is now', async () => {
    const times = (await read('a,b\na,01/02/2024,00:00:00,1\na,b\n', OPEN_ENDED)).map(({ time }) => time);
    expect(times).toEqual([NOW, Date.UTC(2024, 0, 2), Date.UTC(2024, 0, 2)]);
  });
});

describe('order: eventTime', () => {
  const sorted = (content: string): Promise<Given[]> =>
    read(content, OPEN_ENDED, { order: 'eventTime', key: ['NAME'] });
  const row = (name: string, minute: string): string => `${name},01/02/2024,00:${minute}:00,1\n`;

  test('sorts, and equal times keep the order of the file', async () => {
    const records = await sorted(row('c', '03') + row('a', '01') + row('d', '03') + row('b', '02') + row('e', '03'));
    expect(records.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a row without a time goes right behind the row before it; the first rows go to the front', async () => {
    const records = await sorted(`first,x,y,1\n${row('late', '09')}bad,x,y,1\n${row('early', '01')}`);
    expect(records.map(({ key }) => key)).toEqual(['first', 'early', 'late', 'bad']);
  });

  test('goes on from a position', async () => {
    const path = await scratch.write('in', row('c', '03') + row('a', '01') + row('b', '02'));
    const source = replay(OPEN_ENDED, path, { order: 'eventTime', key: ['NAME'] });
    await source.open({ records: 1 });
    expect((await readAll(source)).map(({ key }) => key)).toEqual(['b', 'c']);
    await source.close();
  });

  test.each([
    { order: 'eventTime', message: 'spec.producer.source.file.order: eventTime needs spec.schema.eventTime' },
    { speed: 2, message: 'spec.producer.source.file.speed: 2 needs spec.schema.eventTime' },
  ])('$message', ({ message, ...settings }) => {
    const schema = { format: 'csv', fields: [{ name: 'a', type: 'string' }] };
    expect(() => replay(schema, 'in', settings)).toThrow(expect.objectContaining({ code: 'ConfigInvalid', message }));
  });
});

describe('gzip', () => {
  const rows = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, index) => `n${from + index},d,t,${'x'.repeat(40)}\n`).join('');

  test('all members are read, wherever they end', async () => {
    const parts = Array.from({ length: 40 }, (_, part) => rows(part * 500, part * 500 + 500));
    const values = valuesOf(
      await read(
        members(...parts.map((part) => part.slice(0, 100)), ...parts.map((part) => part.slice(100))),
        OPEN_ENDED,
      ),
    );
    const whole = parts.map((part) => part.slice(0, 100)).join('') + parts.map((part) => part.slice(100)).join('');
    expect(values).toEqual(whole.trimEnd().split('\n'));
  });

  test('is seen by its first bytes; none and gzip force it', async () => {
    const packed = members('a,d,t,1\n');
    expect(valuesOf(await read(packed, OPEN_ENDED))).toEqual(['a,d,t,1']);
    expect(valuesOf(await read(packed, OPEN_ENDED, { compression: 'gzip' }))).toEqual(['a,d,t,1']);
    expect(valuesOf(await read(packed, OPEN_ENDED, { compression: 'none' }))).not.toEqual(['a,d,t,1']);
    await expect(read('a,d,t,1\n', OPEN_ENDED, { compression: 'gzip' })).rejects.toMatchObject({
      code: 'InputUnreadable',
      message: expect.stringContaining('damaged'),
    });
  });

  test.each(['file', 'eventTime'])(
    'of a truncated file all complete records come, then one error (order: %s)',
    async (order) => {
      const content = Array.from(
        { length: 30_000 },
        (_, index) => `${index},01/02/2024,00:00:00,${(index * 7919) % 10_007}\n`,
      ).join('');
      const packed = members(content.slice(0, 100_000), content.slice(100_000));
      const path = await scratch.write('cut.gz', packed.subarray(0, packed.length - 5000));
      const source = replay(OPEN_ENDED, path, { order });
      await source.open();
      const records: Given[] = [];
      await expect(readAll(source, 1000, records)).rejects.toMatchObject({
        code: 'InputTruncated',
        message: expect.stringMatching(/^.*cut\.gz is truncated: [^\n]*$/),
      });
      await source.close();
      expect(records.length).toBeGreaterThan(20_000);
      expect(valuesOf(records)).toEqual(content.split('\n').slice(0, records.length));
    },
  );

  test('wherever a file is cut, a prefix of its records comes and then the error, unless the cut is between members', async () => {
    const parts = ['a,d,t,1\nb,d,', 't,2\nc,d,t,3\n', 'd,d,t,4\n'];
    const lines = parts.join('').trimEnd().split('\n');
    const packed = members(...parts);
    const ends = parts.map((_, index) => members(...parts.slice(0, index + 1)).length);
    for (let cut = 2; cut < packed.length; cut++) {
      const source = replay(OPEN_ENDED, await scratch.write('cut.gz', packed.subarray(0, cut)));
      await source.open();
      const records: Given[] = [];
      const outcome = await readAll(source, 10, records).then(
        () => 'whole',
        (error: { code: string }) => error.code,
      );
      await source.close();
      expect(outcome).toBe(ends.includes(cut) ? 'whole' : 'InputTruncated');
      const complete = outcome === 'whole' ? valuesOf(records).slice(0, -1) : valuesOf(records);
      expect(complete).toEqual(lines.slice(0, complete.length));
    }
  });

  test('a file that ends between the bytes of the next member’s header is truncated', async () => {
    const packed = Buffer.concat([members('a,d,t,1\n'), new Uint8Array([0x1f, 0x8b, 8])]);
    const source = replay(OPEN_ENDED, await scratch.write('cut.gz', packed));
    await source.open();
    const records: Given[] = [];
    await expect(readAll(source, 10, records)).rejects.toMatchObject({ code: 'InputTruncated' });
    expect(valuesOf(records)).toEqual(['a,d,t,1']);
    await source.close();
  });
});

describe('what cannot be read', () => {
  test.each([
    { name: 'missing', want: 'there is no such file' },
    { name: 'folder', want: 'it is a directory' },
    { name: 'empty', want: 'the file is empty' },
    { name: 'empty.gz', want: 'the file is empty' },
  ])('$name: $want', async ({ name, want }) => {
    await mkdir(scratch.path('folder'));
    await scratch.write('empty', '');
    await scratch.write('empty.gz', members(''));
    const path = scratch.path(name);
    await expect(openAndReadAll(replay(OPEN_ENDED, path))).rejects.toMatchObject({
      code: 'InputUnreadable',
      message: `cannot read ${path}: ${want}`,
    });
  });
});

test('goes on from any position', async () => {
  const path = await scratch.write(
    'in',
    `${HEADER}${Array.from({ length: 20 }, (_, row) => `${row},${row},d,t,n${row}\n`).join('')}`,
  );
  const all = await openAndReadAll(replay(SCHEMA, path));
  for (let cut = 0; cut <= 20; cut++) {
    const source = replay(SCHEMA, path);
    await source.open({ records: cut });
    expect(valuesOf(await readAll(source, 3))).toEqual(valuesOf(all).slice(cut));
    expect(source.position()).toEqual({ records: 20 });
    await source.close();
  }
});
