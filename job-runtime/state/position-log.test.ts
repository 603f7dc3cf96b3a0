import { beforeEach, describe, expect, test } from '@jest/globals';
import { StreamJobError } from '../errors.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import type { Log, LogWriter } from '../log/log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { wrapped } from './model-task.test-kit.ts';
import { PositionLog } from './position-log.ts';

const TOPIC = 'producer';

let log: EmbeddedLog;
let writer: LogWriter;

beforeEach(async () => {
  log = new EmbeddedLog();
  await log.createTopic(TOPIC, { partitions: 1 });
  writer = log.writer('producer');
});

async function put(positions: PositionLog, value: string, outcome: 'commit' | 'abort' = 'commit'): Promise<void> {
  const transaction = writer.begin();
  positions.append(transaction, new TextEncoder().encode(value), 1000);
  await transaction[outcome]();
  if (outcome === 'commit') positions.committed(transaction);
}

async function valueIn(from: Log = log): Promise<string | undefined> {
  const value = await new PositionLog(from, TOPIC).read();
  return value && new TextDecoder().decode(value);
}

describe('PositionLog', () => {
  test('gives nothing before the first commit', async () => {
    expect(await valueIn()).toBeUndefined();
  });

  test('gives the last value that was committed', async () => {
    const positions = new PositionLog(log, TOPIC);
    for (const value of ['first', 'second', 'third']) await put(positions, value);
    await put(positions, 'never', 'abort');
    expect(await valueIn()).toBe('third');
  });

  test('a record without a value is damaged', async () => {
    const builder = new RecordBuilder();
    builder.append(null, null, 1000);
    const transaction = writer.begin();
    transaction.append(TOPIC, 0, builder);
    await transaction.commit();
    await expect(valueIn()).rejects.toMatchObject({ code: 'StateUnreadable' });
  });

  test.each([
    { name: 'number', options: { purgeRecords: 10 }, kept: 11 },
    { name: 'size', options: { purgeBytes: 10 * (1 + 256) }, kept: 11 },
  ])('deletes old records by their $name, never the last one', async ({ options, kept }) => {
    const positions = new PositionLog(log, TOPIC, options);
    let most = 0;
    for (let i = 0; i < 35; i++) {
      await put(positions, `${i % 10}`);
      const { start, end } = await log.offsets({ topic: TOPIC, partition: 0 });
      most = Math.max(most, end - start);
      expect(await positions.purge()).toBeUndefined();
    }
    expect(most).toBe(kept);
    expect(await log.offsets({ topic: TOPIC, partition: 0 })).toEqual({ start: 30, end: 35 });
    expect(await valueIn()).toBe('4');
  });

  test('counts what a read found', async () => {
    const first = new PositionLog(log, TOPIC);
    for (let i = 0; i < 30; i++) await put(first, `${i}`);
    const positions = new PositionLog(log, TOPIC, { purgeRecords: 10 });
    await positions.read();
    await positions.purge();
    expect((await log.offsets({ topic: TOPIC, partition: 0 })).start).toBe(29);
    expect(await valueIn()).toBe('29');
  });

  test('a deletion that fails is tried again when as many have come together', async () => {
    let attempts = 0;
    const refusing = wrapped(log, {
      deleteRecords: async () => {
        attempts++;
        throw new StreamJobError('NotAuthorized', 'not allowed');
      },
    });
    const positions = new PositionLog(refusing, TOPIC, { purgeRecords: 10 });
    for (let i = 0; i < 35; i++) {
      await put(positions, `${i}`);
      await positions.purge();
    }
    expect(attempts).toBe(3);
    expect(await valueIn()).toBe('34');
  });
});
