import { beforeEach, describe, expect, test } from '@jest/globals';
import { streamJob } from '../../test/builders/stream-job.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import type { RunRecord } from './run-record.ts';
import { expectRun, fingerprint, readRun, readStop, recordRun, recordStop } from './run-record.ts';

const TOPIC = 'sj.default.job.r1.run';

const RUN: RunRecord = {
  version: 1,
  uid: 'uid-1',
  namespace: 'default',
  name: 'job',
  run: 'r1',
  topic: 'input',
  topicId: 'input-0',
  partitions: 2,
  shufflePartitions: 8,
  startOffsets: [0, 17],
  fingerprint: fingerprint(streamJob().spec),
  createdAt: 1_700_000_000_000,
};

let log: EmbeddedLog;

beforeEach(async () => {
  log = new EmbeddedLog();
  await log.createTopic(TOPIC, { partitions: 1 });
});

const record = (run: RunRecord, writer = 'w'): Promise<RunRecord> =>
  recordRun(log, log.writer(writer), TOPIC, async () => run);

async function writeRaw(key: string | null, value: string | null): Promise<void> {
  const encode = (text: string | null): Uint8Array | null => (text === null ? null : new TextEncoder().encode(text));
  const builder = new RecordBuilder();
  builder.append(encode(key), encode(value), 1000);
  const transaction = log.writer('raw').begin();
  transaction.append(TOPIC, 0, builder);
  await transaction.commit();
}

describe('the record of a run', () => {
  test('is read as it was recorded', async () => {
    expect(await readRun(log, TOPIC)).toBeUndefined();
    expect(await record(RUN)).toEqual(RUN);
    expect(await readRun(log, TOPIC)).toEqual(RUN);
  });

  test('is made once: later ones get the first', async () => {
    await record(RUN);
    let made = 0;
    const again = await recordRun(log, log.writer('w'), TOPIC, async () => ({ ...RUN, partitions: ++made }));
    expect(again).toEqual(RUN);
    expect(made).toBe(0);
  });

  test('of two leaders that write at once, both go by the first', async () => {
    const results = await Promise.all([record({ ...RUN, partitions: 1 }, 'a'), record({ ...RUN, partitions: 2 }, 'b')]);
    expect(results[0]).toEqual(results[1]);
    expect((await log.offsets({ topic: TOPIC, partition: 0 })).end).toBe(2);
  });

  test('where a run ends may be recorded later, once', async () => {
    await record(RUN);
    expect(await readStop(log, TOPIC)).toBeUndefined();
    const writer = log.writer('w');
    expect(await recordStop(log, writer, TOPIC, { stopOffsets: [5, 20], now: 1 })).toEqual([5, 20]);
    expect(await recordStop(log, writer, TOPIC, { stopOffsets: [9, 99], now: 2 })).toEqual([5, 20]);
    expect(await readStop(log, TOPIC)).toEqual([5, 20]);
    expect(await readRun(log, TOPIC)).toEqual(RUN);
  });

  test.each([
    { name: 'no JSON', value: '{', message: 'it is no JSON' },
    { name: 'no value', value: null, message: 'it is no JSON' },
    { name: 'a later version', value: '{"version": 2}', message: 'it is of version 2' },
    { name: 'no version', value: '{}', message: 'version: ' },
    { name: 'a part missing', value: JSON.stringify({ ...RUN, startOffsets: undefined }), message: 'startOffsets: ' },
    { name: 'a part of another type', value: JSON.stringify({ ...RUN, partitions: 'two' }), message: 'partitions: ' },
  ])('with $name it cannot be read', async ({ value, message }) => {
    await writeRaw(null, 'some record of another kind');
    await writeRaw('run', value);
    await expect(readRun(log, TOPIC)).rejects.toMatchObject({
      code: 'StateUnreadable',
      message: expect.stringContaining(`the record of the run at ${TOPIC}/0@1 cannot be read: ${message}`),
    });
  });

  test('another uid is a conflict of names, and the line says what to do', () => {
    expect(() => expectRun(RUN, { uid: 'uid-2', fingerprint: RUN.fingerprint })).toThrow(
      expect.objectContaining({
        code: 'NameConflict',
        message:
          'run r1 in Kafka belongs to an earlier StreamJob default/job (uid uid-1, this one has uid-2): ' +
          'set spec.resumeFrom to r1 to take over its state, or delete the topics of that run',
      }),
    );
  });
});

const FIELDS = [
  { name: 'TIME', type: 'timestamp', format: 'epochMillis' },
  { name: 'KEY', type: 'string' },
  { name: 'VALUE', type: 'long', optional: true },
];
const SCHEMA = { format: 'csv', fields: FIELDS, eventTime: 'TIME', key: { fields: ['KEY'] } };
const WINDOW = {
  type: 'tumbling',
  size: '10ms',
  groupBy: ['KEY'],
  aggregate: { SUM: { sum: 'VALUE' }, N: { count: '*' } },
};
const STEPS = [
  { name: 'some', filter: 'VALUE > 1' },
  { name: 'more', map: { set: { TWICE: 'VALUE * 2' } } },
  { name: 'once', deduplicate: { by: ['KEY', 'TIME'] } },
  { name: 'change', delta: { by: ['KEY'], fields: { D: 'VALUE' }, maxChange: 5 } },
];
const BASE = { schema: SCHEMA, window: WINDOW, steps: STEPS };

/** What a run of the base job says to this change of it. */
function verdict(patch: object): string {
  const recorded = { ...RUN, fingerprint: fingerprint(streamJob(BASE).spec) };
  try {
    expectRun(recorded, { uid: RUN.uid, fingerprint: fingerprint(streamJob({ ...BASE, ...patch }).spec) });
    return 'goes on';
  } catch (error) {
    return (error as Error).message.replace(/^job default\/job changed its (.*) since run r1 began, .*$/, '$1');
  }
}

const step = (at: number, changed: object): object => ({ steps: STEPS.map((old, i) => (i === at ? changed : old)) });
const field = (at: number, changed: object): object => ({
  schema: { ...SCHEMA, fields: FIELDS.map((old, i) => (i === at ? { ...old, ...changed } : old)) },
});
const window = (changed: object): object => ({ window: { ...WINDOW, ...changed } });

describe('what may change in a run', () => {
  test.each([
    { name: 'nothing', patch: {} },
    { name: 'the order of members', patch: { window: Object.fromEntries(Object.entries(WINDOW).reverse()) } },
    { name: 'how a field is read', patch: field(0, { format: 'epochSeconds', optional: true }) },
    { name: 'a new field', patch: { schema: { ...SCHEMA, fields: [...FIELDS, { name: 'NEW', type: 'int' }] } } },
    { name: 'a filter', patch: step(0, { name: 'some', filter: 'VALUE > 2' }) },
    { name: 'the reset of a meter', patch: step(3, { ...STEPS[3], delta: { by: ['KEY'], fields: { D: 'VALUE' } } }) },
    {
      name: 'when results come',
      patch: window({ emit: 'updates', allowedLateness: '1m', watermark: { delay: '5s' } }),
    },
    { name: 'what becomes of late records, and a name', patch: window({ late: 'deadLetter', name: 'other' }) },
    {
      name: 'onError, and the settings of the sink',
      patch: { onError: 'fail', sink: { console: { format: 'json' } } },
    },
  ])('$name: it goes on', ({ patch }) => {
    expect(verdict(patch)).toBe('goes on');
  });

  test.each([
    { name: 'the topic', patch: { topic: { name: 'other', partitions: 1 } }, changed: 'topic.name' },
    { name: 'the type of a field', patch: field(2, { type: 'double' }), changed: 'schema.fields.VALUE' },
    { name: 'what the key holds', patch: { schema: { ...SCHEMA, key: undefined } }, changed: 'schema.key' },
    { name: 'fewer steps', patch: { steps: STEPS.slice(1) }, changed: 'steps' },
    { name: 'the order of steps', patch: { steps: [...STEPS].reverse() }, changed: 'steps' },
    { name: 'a map', patch: step(1, { name: 'more', map: { set: { TWICE: 'VALUE * 3' } } }), changed: 'steps' },
    { name: 'the name of a step', patch: step(0, { ...STEPS[0], name: 'other' }), changed: 'steps' },
    { name: 'a window’s size', patch: window({ size: '20ms' }), changed: 'window' },
    {
      name: 'an aggregate',
      patch: window({ aggregate: { SUM: { max: 'VALUE' }, N: { count: '*' } } }),
      changed: 'window',
    },
    {
      name: 'the order of aggregates',
      patch: window({ aggregate: { N: { count: '*' }, SUM: { sum: 'VALUE' } } }),
      changed: 'window',
    },
    { name: 'the groups', patch: window({ groupBy: [] }), changed: 'window' },
    { name: 'shuffling', patch: window({ shuffle: 'always' }), changed: 'window' },
    {
      name: 'two things',
      patch: { ...field(2, { type: 'int' }), ...window({ size: '1s' }) },
      changed: 'schema.fields.VALUE, window',
    },
  ])('$name: it says so', ({ patch, changed }) => {
    expect(verdict(patch)).toBe(changed);
  });
});
