/** Unknown fields, which the API server refuses when asked to be strict. */
import { rows, window } from './row.ts';
import type { Broken } from './row.ts';

export const UNKNOWN: readonly Broken[] = rows('strict', [
  [
    'a misspelt field',
    { 'spec.window.groupby': ['vendor'] },
    'spec.window.groupby',
    'unknown field; did you mean "groupBy"?',
  ],
  ['a misspelt sink', { 'spec.sink': { consol: {} } }, 'spec.sink.consol', 'unknown field; did you mean "console"?'],
  ['a misspelt part', { 'spec.stpes': [] }, 'spec.stpes', 'unknown field; did you mean "steps"?'],
  [
    'a sink of a later release',
    { 'spec.sink': { cassandra: {} } },
    'spec.sink.cassandra',
    'unknown field; known are console, file, kafka, gcs',
  ],
  [
    'a member of an aggregate',
    window({ aggregate: { n: { percentile: { field: 'zone', p: 0.5, q: 1 } } } }),
    'spec.window.aggregate.n.percentile.q',
    'unknown field; did you mean "p"?',
  ],
]);
