import { describe, expect, it } from '@jest/globals';
import { aggregateInput, fieldsAfter, resultFields } from './fields.ts';
import { RecordSchema } from './record-schema.ts';
import { Steps } from './steps.ts';
import { Window } from './window.ts';

const schema = RecordSchema.parse({
  format: 'csv',
  fields: [
    { name: 'a', type: 'int' },
    { name: 'b', type: 'decimal(2)' },
    { name: 'at', type: 'timestamp' },
  ],
  eventTime: 'at',
});

const after = (...steps: object[]): [string, unknown][] => [...fieldsAfter(schema, Steps.parse(steps))];

const INT = { kind: 'int' };
const DECIMAL = { kind: 'decimal', scale: 2 };
const TIMESTAMP = { kind: 'timestamp' };

describe('fieldsAfter', () => {
  it('leaves the fields of the schema as filters and deduplication do', () => {
    const steps = [
      { name: 'f', filter: 'a > 1' },
      { name: 'd', deduplicate: { by: ['a'] } },
    ];
    expect(after(...steps)).toEqual([
      ['a', INT],
      ['b', DECIMAL],
      ['at', TIMESTAMP],
    ]);
  });

  it('sets, then renames, then drops', () => {
    const map = { set: { c: 'a + 1', a: '"x"' }, rename: { a: 'first', b: 'a' }, drop: ['at'] };
    expect(after({ name: 'm', map })).toEqual([
      ['first', undefined],
      ['a', DECIMAL],
      ['c', undefined],
    ]);
  });

  it('gives a change the type of its reading', () => {
    expect(after({ name: 'x', delta: { by: ['a'], fields: { growth: 'b' } } }).at(-1)).toEqual(['growth', DECIMAL]);
  });
});

describe('resultFields', () => {
  it('is bounds, groups and aggregates with their types, in this order', () => {
    const aggregate = {
      total: { sum: 'a' },
      exact: { sum: 'b' },
      n: { count: '*' },
      kinds: { countDistinct: 'a' },
      mean: { avg: 'b' },
      p95: { percentile: { field: 'a', p: 0.95 } },
      latest: { max: 'at' },
      last: { last: 'b' },
    };
    const window = Window.parse({ type: 'tumbling', size: '1m', groupBy: ['a'], aggregate });
    expect([...resultFields({ schema, steps: [], window })]).toEqual([
      ['window.start', TIMESTAMP],
      ['window.end', TIMESTAMP],
      ['a', INT],
      ['total', { kind: 'long' }],
      ['exact', DECIMAL],
      ['n', { kind: 'long' }],
      ['kinds', { kind: 'long' }],
      ['mean', { kind: 'double' }],
      ['p95', { kind: 'double' }],
      ['latest', TIMESTAMP],
      ['last', DECIMAL],
    ]);
  });

  it('is what the last step leaves where there is no window', () => {
    expect([...resultFields({ schema, steps: [] }).keys()]).toEqual(['a', 'b', 'at']);
  });
});

describe('aggregateInput', () => {
  it('names the function and its field', () => {
    expect(aggregateInput({ count: '*' })).toEqual({ kind: 'count', field: '*' });
    expect(aggregateInput({ percentile: { field: 'a', p: 0.5 } })).toEqual({ kind: 'percentile', field: 'a' });
  });
});
