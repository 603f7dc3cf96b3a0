/** Names of fields, and what their types allow. */
import { DEDUPLICATE, WINDOWLESS } from '../manifests.ts';
import { rows, steps, window } from './row.ts';
import type { Broken, Case } from './row.ts';

const NAMES = { serverMessage: 'must name known fields' };

export const NAMES_OF_FIELDS: readonly Broken[] = rows('cel', [
  [
    'a producer key that is no field',
    { 'spec.producer': { source: { web: {} }, key: ['vendr'] } },
    'spec.producer.key[0]',
    'must name a known field; got "vendr"; did you mean "vendor"?',
    { ...NAMES, serverPath: 'spec.producer.key' },
  ],
  [
    'another key than the schema says',
    { 'spec.producer': { source: { web: {} }, key: ['zone'] }, 'spec.schema.key': { fields: ['vendor'] } },
    'spec.producer.key',
    'must be the fields of schema.key; got zone and vendor',
  ],
  [
    'duplicates by no field',
    steps({ name: 'once', deduplicate: { by: ['Vendor'] } }),
    'spec.steps[0].deduplicate.by[0]',
    'must name a known field; got "Vendor"; did you mean "vendor"?',
    { serverPath: 'spec.steps', serverMessage: 'deduplicate.by must name known fields' },
  ],
  [
    'delta by no field',
    steps({ name: 'x', delta: { by: ['id'], fields: { t: 'total' } } }),
    'spec.steps[0].delta.by[0]',
    'must name a known field; got "id"',
    { serverPath: 'spec.steps', serverMessage: 'delta.by must name known fields' },
  ],
  [
    'a group that is no field',
    window({ groupBy: ['zonne'] }),
    'spec.window.groupBy[0]',
    'must name a known field; got "zonne"; did you mean "zone"?',
    { ...NAMES, serverPath: 'spec.window.groupBy' },
  ],
  ...(['sum', 'avg'] as const).map((kind): Case => [
    `${kind} of a string`,
    window({ aggregate: { n: { [kind]: 'vendor' } } }),
    `spec.window.aggregate.n.${kind}`,
    'must be a number; got vendor, which is string',
    { serverPath: 'spec.window.aggregate', serverMessage: `${kind} must take a known field that is a number` },
  ]),
  ...(['min', 'max'] as const).map((kind): Case => [
    `${kind} of a string`,
    window({ aggregate: { n: { [kind]: 'vendor' } } }),
    `spec.window.aggregate.n.${kind}`,
    'must be a number, timestamp or date; got vendor, which is string',
    {
      serverPath: 'spec.window.aggregate',
      serverMessage: `${kind} must take a known field that is a number, timestamp or date`,
    },
  ]),
  [
    'a percentile of a string',
    window({ aggregate: { n: { percentile: { field: 'vendor', p: 0.5 } } } }),
    'spec.window.aggregate.n.percentile.field',
    'must be a number; got vendor, which is string',
    { serverPath: 'spec.window.aggregate', serverMessage: 'percentile must take a known field that is a number' },
  ],
  ...(['console', 'file', 'kafka', 'gcs'] as const).flatMap((sink): Case[] => {
    const needs = { console: {}, file: { path: 'x' }, kafka: { topic: 'out' }, gcs: { bucket: 'my-bucket' } }[sink];
    return [
      [
        `a ${sink} column that is no field`,
        { 'spec.sink': { [sink]: { ...needs, columns: ['ride'] } } },
        `spec.sink.${sink}.columns[0]`,
        'must name a field of the result, or have a from in columnOptions; got "ride"; did you mean "rides"?',
        {
          serverPath: `spec.sink.${sink}.columns`,
          serverMessage: 'must name fields of the result, or columns whose columnOptions have a from',
        },
      ],
      [
        `a ${sink} option of no column`,
        { 'spec.sink': { [sink]: { ...needs, columns: ['rides'], columnOptions: { vendor: { from: 'vendor' } } } } },
        `spec.sink.${sink}.columnOptions.vendor`,
        'must be the setting of a column',
        { serverPath: `spec.sink.${sink}.columnOptions`, serverMessage: 'must be settings of columns' },
      ],
    ];
  }),
  [
    'a column of no field, without a window',
    { ...WINDOWLESS, 'spec.sink': { console: { columns: ['rides'] } } },
    'spec.sink.console.columns[0]',
    'must name a field of the result',
    { serverPath: 'spec.sink.console.columns', serverMessage: 'must name fields of the result' },
  ],
  ['a step name used twice', steps(DEDUPLICATE, DEDUPLICATE), 'spec.steps', 'must not name a step twice; got once'],
]);
