/** What only parseStreamJob can tell: zones, the order of steps, types that steps make. */
import { WINDOWLESS } from '../manifests.ts';
import { field, kafka, rows, steps, window } from './row.ts';
import type { Broken } from './row.ts';

export const ONLY_HERE: readonly Broken[] = rows('none', [
  [
    'a zone that does not exist',
    window({ timezone: 'Mars/Olympus' }),
    'spec.window.timezone',
    'must be a known time zone such as UTC or America/New_York; got "Mars/Olympus"',
  ],
  [
    'a field in a zone that does not exist',
    field({ type: 'timestamp', timezone: 'EST6' }),
    'spec.schema.fields[1].timezone',
    'must be a known time zone',
  ],
  [
    'a column in a zone that does not exist',
    { 'spec.sink': { console: { columnOptions: { 'window.end': { timezone: 'Nowhere' } } } } },
    'spec.sink.console.columnOptions["window.end"].timezone',
    'must be a known time zone',
  ],
  [
    'a date that cannot be read',
    field({ type: 'date', format: 'MM-dd' }),
    'spec.schema.fields[1].format',
    'must have a year, a month and a day (yyyy, MM, dd); got MM-dd',
  ],
  [
    'a date with an hour',
    field({ type: 'date', format: 'yyyy-MM-dd HH' }),
    'spec.schema.fields[1].format',
    'must have no time of day for a date',
  ],
  [
    'a date in milliseconds',
    field({ type: 'date', format: 'epochMillis' }),
    'spec.schema.fields[1].format',
    'must be a pattern such as yyyy-MM-dd for a date',
  ],
  [
    'an hour of which half of the day',
    field({ type: 'timestamp', format: 'yyyy-MM-dd hh:mm' }),
    'spec.schema.fields[1].format',
    'must have a (AM or PM) beside hh, or HH in its place',
  ],
  [
    'letters run together',
    field({ type: 'date', format: 'yyyyyyyy-MM-dd' }),
    'spec.schema.fields[1].format',
    'must be iso8601',
  ],
  [
    'delta of no field',
    steps({ name: 'x', delta: { by: ['zone'], fields: { t: 'totl' } } }),
    'spec.steps[0].delta.fields.t',
    'must name a known field; got "totl"; did you mean "total"?',
  ],
  [
    'delta of a string',
    steps({ name: 'x', delta: { by: ['zone'], fields: { t: 'vendor' } } }),
    'spec.steps[0].delta.fields.t',
    'must be a number; got vendor, which is string',
  ],
  [
    'delta in place of what it goes by',
    steps({ name: 'x', delta: { by: ['zone'], fields: { zone: 'total' } } }),
    'spec.steps[0].delta.fields.zone',
    'must not replace a field of by; got zone',
  ],
  [
    'rename of no field',
    steps({ name: 'x', map: { rename: { zne: 'z' } } }),
    'spec.steps[0].map.rename.zne',
    'must name a known field; got "zne"; did you mean "zone"?',
  ],
  [
    'rename onto another field',
    steps({ name: 'x', map: { rename: { day: 'zone' } } }),
    'spec.steps[0].map.rename.day',
    'must be the name of no other field; got "zone"',
  ],
  [
    'drop of no field',
    steps({ name: 'x', map: { drop: ['zonee'] } }),
    'spec.steps[0].map.drop[0]',
    'must name a known field; got "zonee"; did you mean "zone"?',
  ],
  [
    'a group that a step dropped',
    { ...steps({ name: 'x', map: { drop: ['vendor'] } }) },
    'spec.window.groupBy[0]',
    'must name a known field; got "vendor"',
  ],
  [
    'a field before the step that makes it',
    steps({ name: 'a', deduplicate: { by: ['v'] } }, { name: 'b', map: { set: { v: '1' } } }),
    'spec.steps[0].deduplicate.by[0]',
    'must name a known field; got "v"',
  ],
  [
    'a sum of what a step changed into no number',
    { ...steps({ name: 'a', map: { rename: { vendor: 'v' } } }), ...window({ aggregate: { n: { sum: 'v' } } }) },
    'spec.window.aggregate.n.sum',
    'must be a number; got v, which is string',
  ],
  [
    'a count of no field',
    window({ aggregate: { n: { count: 'vendors' } } }),
    'spec.window.aggregate.n.count',
    'must name a known field; got "vendors"; did you mean "vendor"?',
  ],
  [
    'a Kafka key that is no column',
    kafka({ key: ['zone'] }),
    'spec.sink.kafka.key[0]',
    'must name a known field; got "zone"',
  ],
  [
    'a column from no field',
    { 'spec.sink': { console: { columnOptions: { rides: { from: 'window.ende' } } } } },
    'spec.sink.console.columnOptions.rides.from',
    'must name a known field; got "window.ende"; did you mean "window.end"?',
  ],
  [
    'a format of a count',
    { 'spec.sink': { console: { columnOptions: { rides: { format: 'yyyy' } } } } },
    'spec.sink.console.columnOptions.rides.format',
    'must be absent unless the column is a timestamp or date; got rides, which is long',
  ],
  [
    'a zone of a group',
    { 'spec.sink': { console: { columnOptions: { vendor: { timezone: 'UTC' } } } } },
    'spec.sink.console.columnOptions.vendor.timezone',
    'must be absent unless the column is a timestamp; got vendor, which is string',
  ],
  [
    'an hour of a date',
    { ...WINDOWLESS, 'spec.sink': { console: { columnOptions: { day: { format: 'HH' } } } } },
    'spec.sink.console.columnOptions.day.format',
    'must have no time of day for a date; got day, which is date',
  ],
  [
    'an option of no column, where all come out',
    { 'spec.sink': { console: { columnOptions: { riders: { from: 'vendor' } } } } },
    'spec.sink.console.columnOptions.riders',
    'must be the setting of a column; did you mean "rides"?',
  ],
]);
