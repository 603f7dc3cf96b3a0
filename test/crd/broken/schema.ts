/** The schema of records. */
import { field, rows, window } from './row.ts';
import type { Broken } from './row.ts';

export const SCHEMA: readonly Broken[] = rows('cel', [
  ['a field named twice', field({ name: 'vendor' }), 'spec.schema.fields', 'must not name a field twice; got vendor'],
  [
    'a format of a string',
    field({ format: 'yyyy' }),
    'spec.schema.fields[1].format',
    'must be absent unless type is timestamp or date',
  ],
  [
    'a zone of a date',
    field({ type: 'date', timezone: 'UTC' }),
    'spec.schema.fields[1].timezone',
    'must be absent unless type is timestamp',
  ],
  [
    'letters of another pattern language',
    field({ type: 'date', format: 'YYYY-MM-dd' }),
    'spec.schema.fields[1].format',
    'must be iso8601, epochMillis, epochSeconds or a pattern of',
  ],
  ['a path in csv', field({ path: 'a.b' }), 'spec.schema.fields', 'must have no path, which is for json; got extra'],
  [
    'columns in json',
    { ...field({ from: ['A'] }), 'spec.schema.format': 'json' },
    'spec.schema.fields',
    'must have no from, which is for csv; got extra',
  ],
  [
    'a list in csv',
    field({ type: 'array<long>' }),
    'spec.schema.fields',
    'must have no array or map types, which are for json; got extra',
  ],
  [
    'settings of csv for json',
    { 'spec.schema.format': 'json', 'spec.schema.csv': {} },
    'spec.schema.csv',
    'must be absent unless format is csv',
  ],
  [
    'the same delimiter and quote',
    { 'spec.schema.csv': { delimiter: '"' } },
    'spec.schema.csv.delimiter',
    'must differ from quote; got "\\""',
  ],
  [
    'an event time that is no field',
    { 'spec.schema.eventTime': 'pikup' },
    'spec.schema.eventTime',
    'must name a field of type timestamp; got pikup, which is no field',
  ],
  [
    'an event time that is a date',
    { 'spec.schema.eventTime': 'day' },
    'spec.schema.eventTime',
    'must name a field of type timestamp; got day, which is date',
  ],
  [
    'a key that is no field',
    { 'spec.schema.key': { fields: ['vendor', 'id'] } },
    'spec.schema.key',
    'must name fields of the schema; got id',
  ],
  [
    'two fields as one string',
    { 'spec.schema.key': { fields: ['vendor', 'zone'], encoding: 'string' } },
    'spec.schema.key.encoding',
    'must be joined or json for a key of several fields; got string for 2 fields',
  ],
  [
    'a name given twice',
    window({ groupBy: ['zone', 'zone'] }),
    'spec.window.groupBy',
    'must not repeat a name; got "zone" twice',
  ],
]);
