/** Objects that hold exactly one member, or at least one. */
import { rows, steps, window } from './row.ts';
import type { Broken } from './row.ts';

export const UNIONS: readonly Broken[] = rows('cel', [
  [
    'two sinks',
    { 'spec.sink': { gcs: { bucket: 'my-bucket' }, file: { path: 'x' } } },
    'spec.sink',
    'give exactly one of console, file, kafka, gcs; got file and gcs',
  ],
  ['no sink', { 'spec.sink': {} }, 'spec.sink', 'give exactly one of console, file, kafka, gcs; got none'],
  [
    'no source',
    { 'spec.producer': { source: {} } },
    'spec.producer.source',
    'give exactly one of turnstile, people, web, bids, file; got none',
  ],
  [
    'a step of two kinds',
    steps({ name: 'x', filter: 'true', deduplicate: { by: ['zone'] } }),
    'spec.steps[0]',
    'give exactly one of filter, map, deduplicate, delta; got filter and deduplicate',
  ],
  [
    'an aggregate of two functions',
    window({ aggregate: { n: { sum: 'zone', max: 'zone' } } }),
    'spec.window.aggregate.n',
    'give exactly one of sum, count, min, max, avg, first, last, countDistinct, percentile; got sum and max',
  ],
  [
    'two starts',
    { 'spec.startFrom': { position: 'latest', offsets: { '0': 1 } } },
    'spec.startFrom',
    'give exactly one of position, timestamp, offsets; got position and offsets',
  ],
  ['no stop', { 'spec.stopAt': {} }, 'spec.stopAt', 'give exactly one of position, timestamp; got none'],
  [
    'a variable without a value',
    { 'spec.runtime.podTemplate.env': [{ name: 'A' }] },
    'spec.runtime.podTemplate.env[0]',
    'give exactly one of value, valueFrom; got none',
  ],
  [
    'a variable from nowhere',
    { 'spec.runtime.podTemplate.env': [{ name: 'A', valueFrom: {} }] },
    'spec.runtime.podTemplate.env[0].valueFrom',
    'give exactly one of secretKeyRef, configMapKeyRef; got none',
  ],
  ['an empty map step', steps({ name: 'x', map: {} }), 'spec.steps[0].map', 'give at least one of set, rename, drop'],
  [
    'an empty column option',
    { 'spec.sink': { console: { columnOptions: { rides: {} } } } },
    'spec.sink.console.columnOptions.rides',
    'give at least one of from, format, timezone',
  ],
]);
