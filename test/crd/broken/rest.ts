/** Rules of the other parts. */
import { WINDOWLESS } from '../manifests.ts';
import { kafka, many, rows, window } from './row.ts';
import type { Broken } from './row.ts';

export const REST: readonly Broken[] = rows('cel', [
  [
    'a sink into the own topic',
    kafka({ topic: 'rides' }),
    'spec.sink.kafka.topic',
    'must differ from topic.name, or the job reads its own results; got rides',
    { serverPath: 'spec.sink.kafka' },
  ],
  [
    'a route into the own topic',
    kafka({ routes: [{ when: 'true', topic: 'rides' }] }),
    'spec.sink.kafka.routes[0].topic',
    'must differ from topic.name, or the job reads its own results; got rides',
    { serverPath: 'spec.sink.kafka' },
  ],
  [
    'a rate and a speed',
    { 'spec.producer': { source: { web: { speed: 2 } }, rate: '1/s' } },
    'spec.producer.rate',
    'must be absent where the source has a speed; got rate 1/s and speed 2',
  ],
  [
    'a rate of nothing',
    { 'spec.producer': { source: { web: {} }, rate: '0.0/s' } },
    'spec.producer.rate',
    'must be more than 0; got 0.0/s',
  ],
  [
    'a replay by an event time that is not there',
    {
      ...WINDOWLESS,
      'spec.schema.eventTime': undefined,
      'spec.producer': { source: { file: { path: 'x', order: 'eventTime' } } },
    },
    'spec.schema.eventTime',
    'must name a timestamp field, since the file is replayed by event time',
    { serverPath: 'spec.schema' },
  ],
  [
    'more replicas at least than at most',
    { 'spec.consumer': { minReplicas: 3, maxReplicas: 2 } },
    'spec.consumer.minReplicas',
    'must be at most maxReplicas; got minReplicas 3 and maxReplicas 2',
  ],
  [
    'an end before the start',
    {
      'spec.startFrom': { timestamp: '2024-02-01T00:00:00Z' },
      'spec.stopAt': { timestamp: '2024-02-01T00:00:00+01:00' },
    },
    'spec.stopAt.timestamp',
    'must be after startFrom.timestamp',
    { serverPath: 'spec.stopAt' },
  ],
  [
    'two retentions',
    { 'spec.topic': { name: 'rides', retention: '1h', config: { 'retention.ms': '1' } } },
    'spec.topic.retention',
    'must be absent where config has retention.ms',
  ],
  [
    'a day that does not exist',
    { 'spec.startFrom': { timestamp: '2023-02-29T00:00:00Z' } },
    'spec.startFrom.timestamp',
    'must be a day that exists; got 2023-02-29T00:00:00Z',
  ],
  [
    'names in another form',
    window({ aggregate: { 'a-b': { count: '*' } } }),
    'spec.window.aggregate.a-b',
    'its name must be a field name',
    {
      serverPath: 'spec.window.aggregate',
      serverMessage: 'each name must have at most 63 characters and match ^[A-Za-z_]',
    },
  ],
  [
    'partitions in words',
    { 'spec.startFrom': { offsets: { first: 1 } } },
    'spec.startFrom.offsets.first',
    'its name must be a partition number; got "first"',
    { serverPath: 'spec.startFrom.offsets', serverMessage: 'each name must have at most 4 characters and match' },
  ],
  [
    'a setting without a name',
    { 'spec.topic.config': { [many(40).join('')]: '1' } },
    `spec.topic.config.${many(40).join('')}`,
    'its name must have at most 100 characters',
    { serverPath: 'spec.topic.config', serverMessage: 'each name must have at most 100 characters' },
  ],
  [
    'a label with a space',
    { 'spec.runtime.podTemplate.labels': { 'a b': 'x' } },
    'spec.runtime.podTemplate.labels["a b"]',
    'its name must be a label name',
    {
      serverPath: 'spec.runtime.podTemplate.labels',
      serverMessage: 'each name must have at most 317 characters and match',
    },
  ],
  [
    'an option of a column with a long name',
    { 'spec.sink': { console: { columnOptions: { [many(50).join('')]: { format: 'yyyy' } } } } },
    `spec.sink.console.columnOptions.${many(50).join('')}`,
    'its name must have at most 128 characters',
    { serverPath: 'spec.sink.console.columnOptions', serverMessage: 'each name must have at most 128 characters' },
  ],
]);
