/** From manifests to plans: which fields are decoded, what the result row is, and what is refused. */
import { describe, expect, test } from '@jest/globals';
import type { SpecPatch } from '../../../test/builders/stream-job.ts';
import { FIELDS, TUMBLING, planOf, problemsOf } from '../../../test/builders/stream-job.ts';

const MORE = [...FIELDS, { name: 'A', type: 'string' }, { name: 'B', type: 'double' }, { name: 'C', type: 'int' }];
const SCHEMA = { format: 'csv', fields: MORE, eventTime: 'TIME', key: { fields: ['KEY'] } };
const decoded = (spec: SpecPatch): string[] =>
  planOf({ schema: SCHEMA, ...spec })
    .rows.createDecoder()
    .fields.map(({ name }) => name);
const results = (spec: SpecPatch): string[] =>
  planOf({ schema: SCHEMA, ...spec }).resultFields.map(({ name, type }) => `${name}: ${type.kind}`);

describe('the fields that are decoded', () => {
  const console = (columns: readonly string[], more: object = {}): object => ({ console: { columns, ...more } });

  test.each<{ what: string; spec: SpecPatch; want: string[] }>([
    { what: 'all of the result row', spec: {}, want: ['TIME', 'KEY', 'VALUE', 'A', 'B', 'C'] },
    { what: 'the columns of the sink', spec: { sink: console(['A', 'C']) }, want: ['A', 'C'] },
    {
      what: 'what a column is taken from',
      spec: { sink: console(['X'], { columnOptions: { X: { from: 'B' } } }) },
      want: ['B'],
    },
    {
      what: 'the key of a Kafka sink',
      spec: { sink: { kafka: { topic: 't', columns: ['A'], key: ['C'] } } },
      want: ['A', 'C'],
    },
    {
      what: 'all where routes look at the row',
      spec: { sink: { kafka: { topic: 't', columns: ['A'], routes: [{ when: 'C == 1', topic: 'u' }] } } },
      want: ['TIME', 'KEY', 'VALUE', 'A', 'B', 'C'],
    },
    {
      what: 'what an expression names',
      spec: { steps: [{ name: 'f', filter: 'C > 1 && A == "x"' }], sink: console(['KEY']) },
      want: ['KEY', 'A', 'C'],
    },
    {
      what: 'what a set field is made of, though nobody reads it',
      spec: { steps: [{ name: 'm', map: { set: { Z: 'C + 1' } } }], sink: console(['KEY']) },
      want: ['KEY', 'C'],
    },
    {
      what: 'not a field that is set anew before it is read',
      spec: { steps: [{ name: 'm', map: { set: { C: '7' } } }], sink: console(['C']) },
      want: [],
    },
    {
      what: 'a renamed field by its new name',
      spec: { steps: [{ name: 'm', map: { rename: { C: 'D' } } }], sink: console(['D']) },
      want: ['C'],
    },
    {
      what: 'event time where there is a window, with groups and aggregates',
      spec: { window: TUMBLING },
      want: ['TIME', 'KEY', 'VALUE'],
    },
    {
      what: 'no field for the count of records',
      spec: { window: { ...TUMBLING, aggregate: { N: { count: '*' } } } },
      want: ['TIME', 'KEY'],
    },
    {
      what: 'the event time of a deduplicate',
      spec: { steps: [{ name: 'd', deduplicate: { by: ['KEY'], within: '1s' } }], sink: console(['A']) },
      want: ['TIME', 'KEY', 'A'],
    },
    {
      what: 'what a delta reads',
      spec: {
        steps: [{ name: 'd', delta: { by: ['KEY'], fields: { D: 'C' } } }],
        window: { ...TUMBLING, aggregate: { N: { sum: 'D' } } },
      },
      want: ['TIME', 'KEY', 'C'],
    },
  ])('$what', ({ spec, want }) => {
    expect(decoded(spec)).toEqual(want);
  });
});

describe('the result row', () => {
  test.each<{ what: string; spec: SpecPatch; want: string[] }>([
    {
      what: 'without a window is what the last step leaves',
      spec: {
        steps: [{ name: 'm', map: { set: { Z: 'C + 1', A: 'VALUE' }, rename: { C: 'D' }, drop: ['B', 'TIME'] } }],
      },
      want: ['KEY: string', 'VALUE: long', 'A: long', 'D: int', 'Z: long'],
    },
    {
      what: 'with one is its bounds, groups and aggregates',
      spec: { window: TUMBLING },
      want: ['window.start: timestamp', 'window.end: timestamp', 'KEY: string', 'SUM: long'],
    },
    {
      what: 'has the types of the aggregates',
      spec: {
        window: {
          ...TUMBLING,
          groupBy: [],
          aggregate: {
            S: { sum: 'B' },
            I: { sum: 'C' },
            N: { count: 'A' },
            L: { min: 'TIME' },
            H: { max: 'C' },
            M: { avg: 'C' },
            F: { first: 'A' },
            E: { last: 'B' },
            U: { countDistinct: 'A' },
            P: { percentile: { field: 'C', p: 0.5 } },
          },
        },
      },
      want: [
        'window.start: timestamp',
        'window.end: timestamp',
        'S: double',
        'I: long',
        'N: long',
        'L: timestamp',
        'H: int',
        'M: double',
        'F: string',
        'E: double',
        'U: long',
        'P: double',
      ],
    },
  ])('$what', ({ spec, want }) => {
    expect(results(spec)).toEqual(want);
  });

  test('keeps the format of times, and the event time’s zone for the bounds', () => {
    const fields = [
      { name: 'TIME', type: 'timestamp', format: 'yyyy-MM-dd HH:mm', timezone: 'America/New_York' },
      { name: 'KEY', type: 'string' },
    ];
    const { resultFields } = planOf({
      schema: { ...SCHEMA, fields },
      window: { ...TUMBLING, aggregate: { FIRST: { min: 'TIME' }, N: { count: '*' } } },
    });
    expect(resultFields.map(({ format, timezone }) => [format, timezone])).toEqual([
      ['yyyy-MM-dd HH:mm:ss', 'America/New_York'],
      ['yyyy-MM-dd HH:mm:ss', 'America/New_York'],
      [undefined, undefined],
      ['yyyy-MM-dd HH:mm', 'America/New_York'],
      [undefined, undefined],
    ]);
  });
});

describe('the time of a job', () => {
  const times = (spec: SpecPatch): unknown[] => {
    const { delay, maxFuture, eventTime, window } = planOf({ schema: SCHEMA, ...spec }).rows;
    return [eventTime?.name, delay, maxFuture, window?.lateness.closedBound(30), window?.lastEnd(7)];
  };

  test.each<{ what: string; spec: SpecPatch; want: unknown[] }>([
    { what: 'no window, no memory', spec: {}, want: [undefined, 0, 3_600_000, undefined, undefined] },
    {
      what: 'tumbling',
      spec: { window: { ...TUMBLING, allowedLateness: '5ms', watermark: { delay: '3ms', maxFuture: '9ms' } } },
      want: ['TIME', 3, 9, 20, 10],
    },
    {
      what: 'sliding',
      spec: { window: { ...TUMBLING, type: 'sliding', slide: '4ms', offset: '1ms' } },
      want: ['TIME', 0, 3_600_000, 27, 15],
    },
    {
      what: 'session',
      spec: { window: { ...TUMBLING, type: 'session', size: undefined, gap: '6ms', allowedLateness: '5ms' } },
      want: ['TIME', 0, 3_600_000, 25, 13],
    },
  ])('$what', ({ spec, want }) => {
    expect(times(spec)).toEqual(want);
  });
});

describe('the declared key', () => {
  const samples = (spec: SpecPatch): boolean => planOf(spec).rows.declaredKey !== undefined;

  test.each<{ what: string; spec: SpecPatch; want: boolean }>([
    { what: 'is sampled where the job decodes it', spec: { window: TUMBLING }, want: true },
    { what: 'is not where nothing reads it', spec: { window: { ...TUMBLING, groupBy: ['VALUE'] } }, want: false },
    {
      what: 'is not where none is declared',
      spec: { schema: { ...SCHEMA, key: undefined }, window: TUMBLING },
      want: false,
    },
    {
      what: 'is that of the producer where the schema says none',
      spec: {
        schema: { ...SCHEMA, key: undefined },
        producer: { source: { file: { path: 'x' } }, key: ['KEY'] },
        window: TUMBLING,
      },
      want: true,
    },
  ])('$what', ({ spec, want }) => {
    expect(samples(spec)).toBe(want);
  });
});

describe('what is refused', () => {
  test('names every mistake of the first step that has one: behind it, fields may be missing', () => {
    const problems = problemsOf({
      steps: [
        { name: 'one', map: { set: { A: 'MISSING + 1', B: 'KEY * 2' } } },
        { name: 'two', filter: 'A > 1' },
      ],
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'spec.steps[0].map.set.A',
      'spec.steps[0].map.set.B',
    ]);
  });

  test('a filter must be true or false', () => {
    expect(problemsOf({ steps: [{ name: 'one', filter: 'VALUE + 1' }] })).toEqual([
      expect.stringContaining('spec.steps[0].filter: '),
    ]);
  });
});

test('says which expression is slow', () => {
  const { reasons } = planOf({ steps: [{ name: 'slow', filter: '[1, 2].exists(x, x == VALUE)' }] });
  expect(reasons).toEqual([expect.stringMatching(/^spec\.steps\[0\]\.filter: .* is evaluated record by record/)]);
});
