import { describe, expect, test } from '@jest/globals';
import { encode, recordsOf, transact } from '../../test/conformance/log-text.ts';
import type { ReadRecord } from '../../test/conformance/log-text.ts';
import { movePart, stateOf, stateOfPart } from '../../test/builders/task-state.ts';
import type { ColumnBatch, Field, NumberColumn, SliceColumn } from '../engine/column.ts';
import { appendSlice, createColumnBatch, RowError } from '../engine/column.ts';
import { createRowEncoder } from '../formats/row-encoder.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { partitionOf } from '../log/partitioner.ts';
import type { Route } from './routes.ts';
import { createRouter, routeProblems } from './routes.ts';
import { keyFields, keyProblems } from './topic-key.ts';
import { TopicRows } from './topic.ts';

const STATION: Field = { name: 'STATION', type: { kind: 'string' }, slot: 0 };
const ENTRIES: Field = { name: 'ENTRIES', type: { kind: 'long' }, slot: 1 };
const END: Field = { name: 'window.end', type: { kind: 'timestamp' }, slot: 2 };
const FIELDS = [STATION, ENTRIES, END];
const PARTITIONS = 3;
const NOW = 1_700_000_000_000;

type Row = readonly [station: string | null, entries: number];

function batchOf(rows: readonly Row[]): ColumnBatch {
  const batch = createColumnBatch(
    FIELDS.map(({ type }) => type),
    rows.length,
  );
  rows.forEach(([station, entries], row) => {
    appendSlice(batch.columns[0] as SliceColumn, row, encode(station));
    (batch.columns[1] as NumberColumn).values[row] = entries;
    (batch.columns[2] as NumberColumn).values[row] = 0;
    batch.rows[row] = row;
  });
  batch.count = rows.length;
  batch.selected = rows.length;
  return batch;
}

function topicRows(key: readonly Field[], routes: readonly Route[] = [], task = 0): TopicRows {
  const topics = [...routes.map(({ topic }) => topic), 'results'];
  return new TopicRows({
    encoder: createRowEncoder(
      'json',
      [STATION, ENTRIES].map((field) => ({ name: field.name, field })),
    ),
    key,
    topics: topics.map((name) => ({ name, partitions: PARTITIONS })),
    router: createRouter(routes, FIELDS, topics, 'results'),
    task,
  });
}

interface Found extends ReadRecord {
  readonly topic: string;
  readonly partition: number;
}

/** What is in the topics after the rows were committed, topic by topic and partition by partition. */
async function committed(target: TopicRows, ...topics: string[]): Promise<Found[]> {
  const log = new EmbeddedLog();
  for (const topic of topics) await log.createTopic(topic, { partitions: PARTITIONS });
  await transact(log, (transaction) => target.appendTo(transaction, NOW));
  const found: Found[] = [];
  for (const topic of topics) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const batch = await log.fetch({ topic, partition }, 0, 1 << 20);
      if (batch) found.push(...recordsOf(batch).map((record) => ({ ...record, topic, partition })));
    }
  }
  return found;
}

const byKey = (key: string): number => partitionOf(PARTITIONS, encode(key)!);

describe('TopicRows', () => {
  test('a row is a record with its key, in the partition of the key, at the time of the commit', async () => {
    const target = topicRows([STATION]);
    target.rows(batchOf([['Astor Pl', 7]]));
    expect(await committed(target, 'results')).toEqual([
      {
        topic: 'results',
        partition: byKey('Astor Pl'),
        offset: 0,
        timestamp: NOW,
        key: 'Astor Pl',
        value: '{"STATION":"Astor Pl","ENTRIES":7}',
      },
    ]);
  });

  test('rows of one key keep their order over batches', async () => {
    const target = topicRows([STATION]);
    for (let round = 0; round < 3; round++)
      target.rows(
        batchOf([
          ['A', round * 2],
          ['A', round * 2 + 1],
        ]),
      );
    const values = (await committed(target, 'results')).map(({ value }) => JSON.parse(value!).ENTRIES);
    expect(values).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('a key of several fields is one csv line', async () => {
    const target = topicRows([STATION, ENTRIES]);
    target.rows(
      batchOf([
        ['a,b', 7],
        [null, 8],
        ['', 9],
      ]),
    );
    const keys = (await committed(target, 'results')).map(({ key }) => key);
    expect(keys.sort()).toEqual(['"",9', '"a,b",7', ',8']);
  });

  test('a null in a key of one field is no key', async () => {
    const target = topicRows([STATION]);
    target.rows(batchOf([[null, 7]]));
    expect((await committed(target, 'results')).map(({ key }) => key)).toEqual([null]);
  });

  test('records without a key go round, from the number of the task on', async () => {
    const target = topicRows([], [], 2);
    target.rows(
      batchOf([
        ['A', 0],
        ['B', 1],
        ['C', 2],
        ['D', 3],
      ]),
    );
    const found = await committed(target, 'results');
    expect(found.map(({ partition, value }) => [JSON.parse(value!).ENTRIES, partition]).sort()).toEqual([
      [0, 2],
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
  });

  test('what was appended once is not appended again', async () => {
    const target = topicRows([STATION]);
    target.rows(batchOf([['A', 0]]));
    await committed(target, 'results');
    target.rows(batchOf([['A', 1]]));
    expect((await committed(target, 'results')).map(({ value }) => JSON.parse(value!).ENTRIES)).toEqual([1]);
  });

  test('a restored task goes on where the round stood', async () => {
    const before = topicRows([]);
    before.rows(
      batchOf([
        ['A', 0],
        ['B', 1],
      ]),
    );
    await committed(before, 'results');
    const after = movePart(before, topicRows([]));
    after.rows(batchOf([['C', 2]]));
    expect((await committed(after, 'results')).map(({ partition }) => partition)).toEqual([2]);
  });

  test('state that would lose rows is a mistake of the caller', () => {
    const target = topicRows([]);
    target.rows(batchOf([['A', 0]]));
    expect(() => stateOf(stateOfPart(target))).toThrow('call appendTo first');
  });
});

describe('routes', () => {
  const routes: Route[] = [
    { when: 'ENTRIES >= 100', topic: 'busy' },
    { when: 'STATION == "A"', topic: 'of-a' },
  ];

  test('the first that is true takes the row, and the topic the rest', async () => {
    const target = topicRows([STATION], routes);
    target.rows(
      batchOf([
        ['A', 1],
        ['B', 2],
        ['A', 300],
        ['B', 400],
      ]),
    );
    const found = await committed(target, 'busy', 'of-a', 'results');
    expect(found.map(({ topic, value }) => `${topic} ${JSON.parse(value!).ENTRIES}`).sort()).toEqual([
      'busy 300',
      'busy 400',
      'of-a 1',
      'results 2',
    ]);
  });

  test('a route that fails on a row does not take it', async () => {
    const target = topicRows([], [{ when: 'size(STATION) > 0', topic: 'named' }]);
    const batch = batchOf([
      [null, 1],
      ['A', 2],
    ]);
    target.rows(batch);
    const found = await committed(target, 'named', 'results');
    expect(found.map(({ topic, value }) => `${topic} ${JSON.parse(value!).ENTRIES}`)).toEqual(['named 2', 'results 1']);
    expect([...batch.error]).toEqual([RowError.none, RowError.none]);
  });

  test('only selected rows are routed', async () => {
    const target = topicRows([], routes);
    const batch = batchOf([
      ['A', 100],
      ['B', 200],
      ['A', 3],
    ]);
    batch.rows.set([1, 2]);
    batch.selected = 2;
    target.rows(batch);
    const found = await committed(target, 'busy', 'of-a', 'results');
    expect(found.map(({ topic, value }) => `${topic} ${JSON.parse(value!).ENTRIES}`)).toEqual(['busy 200', 'of-a 3']);
  });

  test('may read the bounds of the window', async () => {
    const target = topicRows([], [{ when: 'record["window.end"] < timestamp("2000-01-01T00:00:00Z")', topic: 'old' }]);
    target.rows(batchOf([['A', 1]]));
    expect(await committed(target, 'old', 'results')).toMatchObject([{ topic: 'old' }]);
  });

  test.each([
    { when: 'ENTRIE > 1', message: /ENTRIE/ },
    { when: 'ENTRIES + 1', message: /true or false/ },
  ])('$when is a problem with its place', ({ when, message }) => {
    const problems = routeProblems([routes[0]!, { when, topic: 't' }], FIELDS, ['spec', 'sink', 'kafka', 'routes']);
    expect(problems).toEqual([{ path: 'spec.sink.kafka.routes[1].when', message: expect.stringMatching(message) }]);
  });
});

describe('the key', () => {
  const column = { name: 'DAY', field: END, format: 'yyyy-MM-dd', timezone: 'UTC' };
  const choice = { columns: [column], resultFields: FIELDS, groupBy: [] };

  test('is that of the columns named, as they print, or of fields', () => {
    expect(keyFields({ ...choice, key: ['DAY', 'STATION'] })).toEqual([
      { ...END, name: 'DAY', format: 'yyyy-MM-dd', timezone: 'UTC' },
      STATION,
    ]);
  });

  test('is by default that of the groups, whatever a column of the same name holds', () => {
    const groupBy = [{ ...STATION, slot: 17 }];
    expect(keyFields({ ...choice, columns: [{ ...column, name: 'STATION' }], groupBy })).toEqual([STATION]);
  });

  test('of a name that is neither is a problem', () => {
    expect(keyProblems({ ...choice, key: ['DAY', 'STATON'] }, ['spec', 'sink', 'kafka', 'key'])).toEqual([
      {
        path: 'spec.sink.kafka.key[1]',
        message: 'must name a column or a field of the result; got "STATON"; did you mean "STATION"?',
      },
    ]);
  });
});
