import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NOW, readOnce, Scratch, sourceOf, TURNSTILE_SCHEMA, valuesOf } from './sources.test-kit.ts';

const MINUTE = 60_000;

describe('rate', () => {
  const source = (): ReturnType<typeof sourceOf> =>
    sourceOf(TURNSTILE_SCHEMA, { source: { turnstile: { count: 100 } }, rate: '0.1/s' }, true);

  test('the first record is due at once, the next a step later', async () => {
    const paced = source();
    await paced.open();
    expect(await readOnce(paced, 10, NOW)).toMatchObject({ records: [{}], waitMillis: 10_000, done: false });
    expect(await readOnce(paced, 10, NOW + 9_000)).toMatchObject({ records: [], waitMillis: 1_000 });
    expect((await readOnce(paced, 10, NOW + 10_000)).records).toHaveLength(1);
  });

  test('what is overdue comes at once, at most as much as is asked for', async () => {
    const paced = source();
    await paced.open();
    await readOnce(paced, 10, NOW);
    const late = await readOnce(paced, 4, NOW + MINUTE);
    expect(late.records).toHaveLength(4);
    expect(late.waitMillis).toBe(0);
    expect((await readOnce(paced, 4, NOW + MINUTE)).records).toHaveLength(2);
  });

  test('pacing starts anew at the next open, records go on', async () => {
    const paced = source();
    await paced.open();
    await readOnce(paced, 10, NOW);
    const position = paced.position();
    await paced.close();
    const again = source();
    await again.open(position);
    const { records } = await readOnce(again, 10, NOW + 7 * MINUTE);
    expect(records.map(({ time }) => time)).toEqual([NOW + 10_000]);
  });

  test('ends with its source', async () => {
    const paced = sourceOf(TURNSTILE_SCHEMA, { source: { turnstile: { count: 2 } }, rate: '1000/s' }, true);
    await paced.open();
    await readOnce(paced, 10, NOW);
    expect((await readOnce(paced, 10, NOW + 1000)).done).toBe(true);
  });
});

describe('speed', () => {
  const scratch = new Scratch();
  beforeEach(() => scratch.make());
  afterEach(() => scratch.remove());

  test('records come due by their event time, going back in time not at all', async () => {
    const path = await scratch.write('in.jsonl', [0, 60, 30, 120].map((second) => `{"t":${second}}`).join('\n'));
    const schema = {
      format: 'json',
      eventTime: 't',
      fields: [{ name: 't', type: 'timestamp', format: 'epochSeconds' }],
    };
    const paced = sourceOf(schema, { source: { file: { path, speed: 60 } } }, true);
    await paced.open();
    expect(await readOnce(paced, 10, NOW)).toMatchObject({ records: [{ value: '{"t":0}' }], waitMillis: 1000 });
    expect(paced.position()).toEqual({ records: 1 });
    expect(valuesOf((await readOnce(paced, 10, NOW + 1000)).records)).toEqual(['{"t":60}', '{"t":30}']);
    expect(paced.position()).toEqual({ records: 3 });
    expect(await readOnce(paced, 10, NOW + 2000)).toMatchObject({ records: [{ value: '{"t":120}' }], done: true });
    await paced.close();
  });

  test('a generator’s position counts what was given, not what was read ahead', async () => {
    const producer = { source: { turnstile: { count: 100, speed: 10 } } };
    const paced = sourceOf(TURNSTILE_SCHEMA, producer, true);
    await paced.open();
    await readOnce(paced, 10, NOW);
    const { records } = await readOnce(paced, 10, NOW + 3000);
    expect(records).toHaveLength(3);
    const again = sourceOf(TURNSTILE_SCHEMA, producer, true);
    await again.open(paced.position());
    const [next] = (await readOnce(again, 1, NOW + MINUTE)).records;
    expect(next!.time).toBe(records.at(-1)!.time + 10_000);
  });
});
