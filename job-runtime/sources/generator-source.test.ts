import { describe, expect, test } from '@jest/globals';
import { decodeAll, schemaOf } from '../formats/decoding.test-kit.ts';
import { NOW, openAndReadAll, readAll, readOnce, sourceOf, TURNSTILE_SCHEMA, valuesOf } from './sources.test-kit.ts';

const turnstile = (settings: object, producer: object = {}): object => ({
  source: { turnstile: settings },
  ...producer,
});

describe('turnstile', () => {
  test('gives the records of the pipeline, in the order of the columns', async () => {
    const records = await openAndReadAll(sourceOf(TURNSTILE_SCHEMA, turnstile({ count: 2000 }, { key: ['ID'] })));
    expect(records).toHaveLength(2000);
    const pattern =
      /^A00[12],R00[12],02-00-00,Test-Station[12],456NQR,BMT,07-2[23]-24,\d\d:\d\d:\d\d,REGULAR,([5-9]|10),([5-9]|10),[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12},2024-07-2[23] \d\d:\d\d:\d\d$/;
    for (const { key, value } of records) {
      expect(value).toMatch(pattern);
      expect(key).toBe(value.split(',')[11]);
    }
    expect(new Set(records.map(({ key }) => key)).size).toBe(2000);
    for (const column of [0, 1, 3]) expect(new Set(records.map(({ value }) => value.split(',')[column])).size).toBe(2);
    expect(new Set(records.map(({ value }) => value.split(',')[9])).size).toBe(6);
  });

  test('times are local to the event time’s zone; the date is the local one', async () => {
    const start = '2024-07-23T03:59:55Z';
    const [first, second] = await openAndReadAll(sourceOf(TURNSTILE_SCHEMA, turnstile({ count: 2, start })));
    expect(first!.value).toMatch(/,07-22-24,23:59:55,.*,2024-07-22 23:59:55$/);
    expect(second!.value).toMatch(/,07-23-24,00:00:05,.*,2024-07-23 00:00:05$/);
    expect(second!.time - first!.time).toBe(10_000);
  });

  test('without a start, event time begins now; the rate gives the steps', async () => {
    const records = await openAndReadAll(sourceOf(TURNSTILE_SCHEMA, turnstile({ count: 3 }, { rate: '2/s' })));
    expect(records.map(({ time }) => time - NOW)).toEqual([0, 500, 1000]);
  });

  test('the same seed gives the same records, another seed others', async () => {
    const run = (seed: number): Promise<unknown> =>
      openAndReadAll(sourceOf(TURNSTILE_SCHEMA, turnstile({ count: 50, seed })));
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  test('is endless without a count', async () => {
    const source = sourceOf(TURNSTILE_SCHEMA, turnstile({}));
    await source.open();
    expect((await readOnce(source, 100)).done).toBe(false);
    expect(source.progress()).toEqual({ done: 100, total: undefined, unit: 'records' });
  });

  test('goes on from any position as if it had never stopped', async () => {
    const producer = turnstile({ count: 30 });
    const all = await openAndReadAll(sourceOf(TURNSTILE_SCHEMA, producer));
    for (let cut = 0; cut <= 30; cut++) {
      const source = sourceOf(TURNSTILE_SCHEMA, producer);
      await source.open({ records: cut, start: NOW });
      expect(await readAll(source, 7)).toEqual(all.slice(cut));
      expect(source.position()).toEqual({ records: 30, start: NOW });
    }
  });

  test('writes DATE and TIME where the event time is made of them', async () => {
    const schema = {
      format: 'csv',
      eventTime: 'AT',
      fields: [
        { name: 'AC', type: 'string' },
        { name: 'AT', type: 'timestamp', from: ['DATE', 'TIME'], format: 'MM/dd/yyyy HH:mm:ss' },
        { name: 'ENTRIES', type: 'int' },
        { name: 'NOTE', type: 'string', optional: true },
      ],
    };
    const [record] = await openAndReadAll(sourceOf(schema, turnstile({ count: 1 })));
    expect(record!.value).toMatch(/^A00[12],07\/22\/2024,17:52:11,([5-9]|10),$/);
  });

  test.each([
    { fields: [{ name: 'STATOIN', type: 'string' }], message: 'gives no "STATOIN"; did you mean "STATION"?' },
    { fields: [{ name: 'STATION', type: 'long' }], message: '"STATION" is long, but the turnstile source gives text' },
    {
      fields: [{ name: 'ENTRIES', type: 'boolean' }],
      message: '"ENTRIES" is boolean, but the turnstile source gives a number',
    },
  ])('a field that it cannot give: $message', ({ fields, message }) => {
    const make = (): unknown => sourceOf({ format: 'csv', fields }, turnstile({ count: 1 }));
    expect(make).toThrow(expect.objectContaining({ code: 'ConfigInvalid', message: expect.stringContaining(message) }));
  });
});

describe('keys', () => {
  const keyOf = async (schemaKey: object | undefined, key: readonly string[] | undefined): Promise<string | null> => {
    const schema = schemaKey ? { ...TURNSTILE_SCHEMA, key: schemaKey } : TURNSTILE_SCHEMA;
    return (await openAndReadAll(sourceOf(schema, turnstile({ count: 1 }, key ? { key } : {}))))[0]!.key;
  };

  test('none is declared: records have none', async () => {
    expect(await keyOf(undefined, undefined)).toBeNull();
  });

  test('one field is its text, several are one csv line, json is an array', async () => {
    expect(await keyOf(undefined, ['SCP'])).toBe('02-00-00');
    expect(await keyOf(undefined, ['SCP', 'TIMESTAMP'])).toBe('02-00-00,2024-07-22 13:52:11');
    expect(await keyOf({ fields: ['LINENAME', 'ENTRIES'], encoding: 'json' }, undefined)).toMatch(/^\["456NQR",\d+\]$/);
  });
});

describe('bids', () => {
  const schema = {
    format: 'json',
    eventTime: 'dateTime',
    fields: [
      ...['auction', 'bidder', 'price'].map((name) => ({ name, type: 'long' })),
      ...['channel', 'url', 'extra'].map((name) => ({ name, type: 'string' })),
      { name: 'dateTime', type: 'timestamp', format: 'epochMillis' },
    ],
  };

  test('are NEXMark’s: hot auctions, hot bidders, prices over six orders, about 200 bytes', async () => {
    const values = valuesOf(
      await openAndReadAll(sourceOf(schema, { source: { bids: { count: 6000, start: '2024-01-01T00:00:00Z' } } })),
    );
    const bids = values.map(
      (value) => JSON.parse(value) as Record<string, number> & { channel: string; extra: string },
    );
    const share = (holds: (bid: (typeof bids)[number]) => boolean): number => bids.filter(holds).length / bids.length;
    expect(share(({ auction }) => auction! % 100 === 0)).toBeGreaterThan(0.45);
    expect(share(({ bidder }) => bidder! % 100 === 1)).toBeGreaterThan(0.7);
    expect(share(({ channel }) => !channel.startsWith('channel-'))).toBeGreaterThan(0.45);
    expect(Math.min(...bids.map(({ price }) => price!))).toBeGreaterThanOrEqual(100);
    expect(Math.max(...bids.map(({ price }) => price!))).toBeGreaterThan(50_000_000);
    expect(bids[5999]!.dateTime).toBe(Date.UTC(2024, 0, 1) + 600);
    const size = values.reduce((sum, { length }) => sum + length, 0) / values.length;
    expect(size).toBeGreaterThan(180);
    expect(size).toBeLessThan(270);
  });
});

describe('web', () => {
  const fields = ['user', 'session', 'page', 'referrer', 'user_agent', 'event_type'].map((name) => ({
    name,
    type: 'string',
  }));
  const schema = {
    format: 'json',
    eventTime: 'time',
    fields: [...fields, { name: 'time', type: 'timestamp', path: 'meta.at' }],
  };

  test('a session has one user and browser, some records, and an end', async () => {
    const records = await openAndReadAll(sourceOf(schema, { source: { web: { count: 3000 } } }));
    const sessions = new Map<string, { users: Set<string>; first: number; last: number }>();
    for (const { value, time } of records) {
      const { session, user, user_agent: agent } = JSON.parse(value) as Record<string, string>;
      const known = sessions.get(session!) ?? { users: new Set(), first: time, last: time };
      sessions.set(session!, { users: known.users.add(`${user} ${agent}`), first: known.first, last: time });
    }
    expect(sessions.size).toBeGreaterThan(300);
    for (const { users, first, last } of sessions.values()) {
      expect(users.size).toBe(1);
      expect(last - first).toBeLessThan(200_000);
    }
  });

  test('views, clicks and purchases; nested times', async () => {
    const values = valuesOf(await openAndReadAll(sourceOf(schema, { source: { web: { count: 2000 } } })));
    const events = values.map((value) => JSON.parse(value) as { event_type: string; meta: { at: string } });
    const count = (type: string): number => events.filter(({ event_type: given }) => given === type).length;
    expect(count('view')).toBeGreaterThan(1600);
    expect(count('click')).toBeGreaterThan(150);
    expect(count('purchase')).toBeGreaterThan(20);
    expect(events[0]!.meta.at).toBe('2024-07-22T17:52:11.000Z');
  });
});

describe('people', () => {
  const fields = [
    { name: 'name', type: 'string' },
    { name: 'address', type: 'string' },
    { name: 'year', type: 'int' },
  ];
  const schema = { format: 'csv', csv: { delimiter: '$' }, fields };

  test('one in four is a JSON string literal; addresses have two lines', async () => {
    const values = valuesOf(await openAndReadAll(sourceOf(schema, { source: { people: { count: 400 } } })));
    const wrapped = values.filter((value) => value.startsWith('"'));
    expect(wrapped.length).toBeGreaterThan(60);
    expect(wrapped.length).toBeLessThan(140);
    for (const value of values) {
      const line = value.startsWith('"') ? (JSON.parse(value) as string) : value;
      expect(line).toMatch(/^[^$"]+\$"[^$"]+\n[^$"]+, [A-Z]{2} [\d-]+"\$(19|20)\d\d$/);
    }
  });

  test('are the same for the same seed, from any position', async () => {
    const producer = { source: { people: { count: 12, seed: 9 } } };
    const all = await openAndReadAll(sourceOf(schema, producer));
    const source = sourceOf(schema, producer);
    await source.open({ records: 5 });
    expect(await readAll(source)).toEqual(all.slice(5));
  });

  test('as json nothing is wrapped', async () => {
    const values = valuesOf(
      await openAndReadAll(sourceOf({ format: 'json', fields }, { source: { people: { count: 20 } } })),
    );
    for (const value of values) expect(Object.keys(JSON.parse(value) as object)).toEqual(['name', 'address', 'year']);
  });
});

test('the job’s decoder finds nothing wrong with any generator', async () => {
  const csv = (delimiter: string, ...fields: object[]): object => ({
    format: 'csv',
    csv: { delimiter, quote: "'" },
    fields,
  });
  const text = (name: string): object => ({ name, type: 'string' });
  const cases = [
    { schema: TURNSTILE_SCHEMA, source: { turnstile: { count: 500 } } },
    {
      schema: csv('$', text('name'), text('address'), { name: 'year', type: 'int' }),
      source: { people: { count: 200 } },
    },
    { schema: csv(' ', text('address'), text('name')), source: { people: { count: 200 } } },
    {
      schema: csv(';', text('userAgent'), { name: 'time', type: 'date', format: 'd MMM yyyy' }),
      source: { web: { count: 200 } },
    },
    { schema: csv('/', text('url'), { name: 'price', type: 'decimal(2)' }), source: { bids: { count: 200 } } },
  ];
  for (const { schema, source } of cases) {
    const values = valuesOf(await openAndReadAll(sourceOf(schema, { source })));
    const decoded = decodeAll(schemaOf(schema), values);
    expect(decoded.filter((row) => 'bad' in row)).toEqual([]);
  }
});
