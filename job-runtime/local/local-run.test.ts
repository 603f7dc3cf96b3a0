/** Whole jobs in one process, on a clock of their own. */
import { gzipSync } from 'node:zlib';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Workbench } from '../../test/builders/local-run.ts';
import type { SpecPatch } from '../../test/builders/stream-job.ts';
import { FIELDS, TUMBLING } from '../../test/builders/stream-job.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
let bench: Workbench;

beforeEach(() => {
  bench = new Workbench();
});

afterEach(() => {
  bench.remove();
});

/** A job over a file of records. */
function fromFile(lines: readonly string[], spec: SpecPatch = {}, speed?: number): SpecPatch {
  const file = { path: bench.file('input.csv', lines.map((line) => `${line}\n`).join('')), ...(speed && { speed }) };
  return { window: TUMBLING, ...spec, producer: { source: { file } } };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i},k${i % 7},1`);
const toFolder = (more: object = {}): SpecPatch => ({ sink: { file: { path: bench.file('out'), ...more } } });

describe('a run over a file', () => {
  test('closes every window at the end, in order, and tells what it did', async () => {
    const summary = await bench.run(fromFile(['1,a,5', '12,b,1', '3,a,2', '25,a,9', 'x,a,1']));
    expect(bench.printed).toBe(
      'window.start,window.end,KEY,SUM\n' +
        '1970-01-01 00:00:00,1970-01-01 00:00:00,a,5\n' +
        '1970-01-01 00:00:00,1970-01-01 00:00:00,b,1\n' +
        '1970-01-01 00:00:00,1970-01-01 00:00:00,a,9\n',
    );
    expect(summary).toMatchObject({
      records: 5,
      rows: 3,
      stopped: false,
      keyMismatches: 0,
      duplicates: 0,
      filtered: 0,
    });
    expect([...summary.rejected]).toEqual([
      ['Late', 1],
      ['BadValue', 1],
    ]);
    expect(summary.deadLetters).toEqual({ count: 1, path: undefined });
  });

  test('two runs of it write the same bytes, whatever the partitions', async () => {
    const spec = { ...fromFile(numbered(5000)), topic: { name: 'input', partitions: 3 } };
    const schema = { format: 'csv', fields: FIELDS, eventTime: 'TIME' };
    const outputs = [];
    for (const folder of ['one', 'two']) {
      const sink = { file: { path: bench.file(folder), compression: 'none' } };
      await bench.run({ ...spec, schema, window: { ...TUMBLING, size: '1s' }, sink });
      outputs.push(bench.files(folder));
    }
    expect(outputs[0]).toEqual(outputs[1]);
    expect(Object.keys(outputs[0]!).length).toBeGreaterThan(5);
  });

  test('a file whose records are all bad has no results', async () => {
    expect(await bench.run(fromFile(['x']))).toMatchObject({ records: 1, rows: 0, stopped: false });
    expect(bench.printed).toBe('');
  });

  test('partitions that never see a record hold nothing up', async () => {
    const spec = { ...fromFile(['1,a,5', '12,a,1']), topic: { name: 'input', partitions: 64 } };
    const schema = { format: 'csv', fields: FIELDS, eventTime: 'TIME' };
    const window = { ...TUMBLING, groupBy: ['VALUE'], aggregate: { N: { count: '*' } } };
    expect(await bench.run({ ...spec, schema, window })).toMatchObject({ rows: 2 });
  });

  test('tells its progress', async () => {
    const run = bench.create(fromFile(['1,a,5', '12,a,1', '3,a,1']));
    expect(run.progress()).toMatchObject({ records: 0, rows: 0, late: 0, bad: 0, watermark: -Infinity });
    await run.run(bench.stop.signal);
    expect(run.progress()).toMatchObject({ records: 3, rows: 2, late: 1, bad: 0, watermark: Infinity });
  });

  test('counts rows into a topic that is gone with the run', async () => {
    const { outputs } = await bench.run(fromFile(['1,a,5', '12,a,1'], { sink: { kafka: { topic: 'out' } } }));
    expect(outputs).toEqual(['2 records in topic out (embedded: gone with this run)']);
  });
});

describe('a run that ends early', () => {
  const generated = (more: object = {}): SpecPatch => ({
    schema: {
      format: 'csv',
      fields: [
        { name: 'STATION', type: 'string' },
        { name: 'ENTRIES', type: 'long' },
        { name: 'TIMESTAMP', type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss' },
      ],
      eventTime: 'TIMESTAMP',
    },
    producer: { source: { turnstile: { start: '1970-01-01T00:00:00Z' } }, rate: '1/s' },
    window: {
      type: 'tumbling',
      size: '1m',
      watermark: { idleTimeout: '30s' },
      groupBy: ['STATION'],
      aggregate: { N: { count: '*' } },
    },
    ...more,
  });

  test('labels what the stop cut short as partial, and only that', async () => {
    bench.onSleep = () => {
      if (bench.time >= 3.5 * MINUTE) bench.stop.abort();
    };
    const summary = await bench.run(generated(toFolder()), { unpaced: false });
    expect(summary.stopped).toBe(true);
    const names = Object.keys(bench.files('out'));
    const whole = names.filter((name) => !name.includes('partial'));
    expect(whole.every((name) => /_19700101T00000[0-2]Z_|_19700101T000[0-2]00Z_/.test(name))).toBe(true);
    expect(whole.length).toBeGreaterThanOrEqual(3);
    expect(names.filter((name) => name.includes('partial')).every((name) => name.includes('19700101T000300Z_'))).toBe(
      true,
    );
    expect(names.length).toBeGreaterThan(whole.length);
  });

  test('an endless run gives windows out while it goes on, though partitions never see a record', async () => {
    const printedAt: number[] = [];
    bench.onSleep = () => {
      if (bench.printed.length > 0) printedAt.push(bench.time);
      if (bench.time >= 5 * MINUTE) bench.stop.abort();
    };
    await bench.run(generated({ topic: { name: 'input', partitions: 32 } }), { unpaced: false });
    expect(printedAt[0]).toBeLessThan(2 * MINUTE);
  });

  test('ends without a failure when the reader of its output has seen enough', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    bench.onSleep = () => {
      if (bench.time > 10 * MINUTE) throw new RangeError('nobody stopped it');
    };
    const summary = await bench.run(generated(), { unpaced: false, stdout });
    expect(summary.stopped).toBe(true);
  });
});

describe('idle partitions of a run by the clock', () => {
  /** Key a has records over two minutes, key d only at the start; they go to two partitions. */
  const lines = ['0,a,1', '1000,d,1', ...Array.from({ length: 23 }, (_, i) => `${5000 * (i + 1)},a,1`)];
  const window = {
    ...TUMBLING,
    size: '10s',
    watermark: { idleTimeout: '20s' },
    groupBy: [],
    aggregate: { N: { count: '*' } },
  };

  test('no longer hold the windows of the others open', async () => {
    const firstRows: number[] = [];
    bench.onSleep = () => {
      if (bench.printed.length > 0) firstRows.push(bench.time);
    };
    const spec = { ...fromFile(lines, { window }, 1), topic: { name: 'input', partitions: 2 } };
    await bench.run(spec, { unpaced: false });
    expect(firstRows[0]).toBeGreaterThan(20 * SECOND);
    expect(firstRows[0]).toBeLessThan(30 * SECOND);
  });

  test('without a clock nothing is idle', async () => {
    const spec = { ...fromFile(lines, { window }), topic: { name: 'input', partitions: 2 } };
    expect(await bench.run(spec)).toMatchObject({ rows: 12 });
  });

  test.each([
    {
      what: 'a step that takes records in order',
      steps: [{ name: 'd', delta: { by: ['KEY'], fields: { D: 'VALUE' } } }],
    },
    { what: 'no step', steps: [] },
  ])('when all are idle the last window closes, with $what', async ({ steps }) => {
    let closedAt = 0;
    bench.onSleep = () => {
      if (closedAt === 0 && bench.printed.split('\n').length === 4) closedAt = bench.time;
    };
    // The last record is hours away, so all partitions fall idle in between.
    const sparse = ['0,a,1', '12000,a,5', '18000000,a,7'];
    await bench.run(fromFile(sparse, { steps, window: { ...window, groupBy: ['KEY'] } }, 1), { unpaced: false });
    expect(closedAt).toBeGreaterThan(20 * SECOND);
    expect(closedAt).toBeLessThan(2 * MINUTE);
  });
});

describe('bad records', () => {
  const lines = ['1,a,5', '2,a,x', 'nothing', '12,a,1', '3,a,9'];

  test('onError fail stops the job and says where', async () => {
    await expect(bench.run({ ...fromFile(lines), onError: 'fail' })).rejects.toMatchObject({
      code: 'RecordBad',
      message: expect.stringContaining('record input/0@1 is bad: BadValue: field VALUE is no long'),
    });
  });

  test('onError skip only counts them', async () => {
    const summary = await bench.run({ ...fromFile(lines), ...toFolder(), onError: 'skip' });
    expect([...summary.rejected]).toEqual([
      ['Late', 1],
      ['BadValue', 1],
      ['Malformed', 1],
    ]);
    expect(summary.deadLetters).toEqual({ count: 0, path: undefined });
    expect(Object.keys(bench.files('out')).filter((name) => name.includes('dead'))).toEqual([]);
  });

  test('onError deadLetter keeps them beside the results', async () => {
    const summary = await bench.run({ ...fromFile(lines), ...toFolder() });
    const letters = bench.files('out')['test_dead-letters.jsonl']!.trim().split('\n');
    expect(summary.deadLetters).toEqual({ count: 2, path: bench.file('out/test_dead-letters.jsonl') });
    expect(letters.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({
        reason: 'BadValue',
        topic: 'input',
        partition: 0,
        offset: 1,
        key: 'a',
        value: '2,a,x',
      }),
      expect.objectContaining({ reason: 'Malformed', offset: 2, value: 'nothing' }),
    ]);
  });

  test('late records are kept only where the window says so', async () => {
    const summary = await bench.run({
      ...fromFile(lines, { window: { ...TUMBLING, late: 'deadLetter' } }),
      ...toFolder(),
      onError: 'skip',
    });
    expect(summary.deadLetters.count).toBe(1);
    expect(bench.files('out')['test_dead-letters.jsonl']).toContain('"reason":"Late"');
  });
});

describe('failures outside', () => {
  test('a torn input keeps the results of the windows that were complete', async () => {
    const whole = gzipSync(numbered(200_000).join('\n'));
    const file = { path: bench.file('input.csv.gz', whole.subarray(0, whole.length >> 1)) };
    const spec = { window: { ...TUMBLING, size: '10s' }, producer: { source: { file } }, ...toFolder() };
    await expect(bench.run(spec)).rejects.toMatchObject({ code: 'InputTruncated' });
    const files = bench.files('out');
    expect(Object.keys(files).length).toBeGreaterThan(3);
    const sums = Object.values(files).map((content) =>
      content
        .trim()
        .split('\n')
        .slice(1)
        .reduce((sum, line) => sum + Number(line.split(',').at(-1)), 0),
    );
    expect(new Set(sums)).toEqual(new Set([10_000]));
  });

  test('a missing input is known before anything is worked on', async () => {
    const file = { path: bench.file('missing.csv') };
    await expect(bench.run({ producer: { source: { file } } })).rejects.toMatchObject({ code: 'InputUnreadable' });
  });

  test('an output folder that cannot be is known before anything is worked on', async () => {
    bench.file('taken', 'a file');
    const sink = { file: { path: bench.file('taken/out') } };
    await expect(bench.run({ ...fromFile(numbered(10)), sink })).rejects.toMatchObject({ code: 'OutputFailed' });
  });

  test('results of an earlier run with other content are not overwritten', async () => {
    await bench.run({ ...fromFile(['1,a,5']), ...toFolder() });
    await expect(bench.run({ ...fromFile(['1,a,6']), ...toFolder() })).rejects.toMatchObject({ code: 'OutputFailed' });
  });
});
