/** Windows, and what they ask of the other parts. */
import { DEDUPLICATE, DELTA } from '../manifests.ts';
import { gcs, rows, steps, window, windowless } from './row.ts';
import type { Broken } from './row.ts';

export const WINDOWS: readonly Broken[] = rows('cel', [
  [
    'a tumbling window without a size',
    window({ size: undefined }),
    'spec.window.size',
    'must be given for a tumbling or sliding window',
  ],
  [
    'a session with a size',
    window({ type: 'session', gap: '5m' }),
    'spec.window.size',
    'must be absent for a session window',
  ],
  [
    'a sliding window without a slide',
    window({ type: 'sliding' }),
    'spec.window.slide',
    'must be given for a sliding window',
  ],
  [
    'a tumbling window with a slide',
    window({ slide: '5m' }),
    'spec.window.slide',
    'must be absent unless type is sliding',
  ],
  [
    'a slide beyond the size',
    window({ type: 'sliding', slide: '601s' }),
    'spec.window.slide',
    'must be at most size; got slide 601s and size 10m',
  ],
  [
    'a session without a gap',
    window({ type: 'session', size: undefined }),
    'spec.window.gap',
    'must be given for a session window',
  ],
  ['a tumbling window with a gap', window({ gap: '5m' }), 'spec.window.gap', 'must be absent unless type is session'],
  [
    'a session with an offset',
    window({ type: 'session', size: undefined, gap: '5m', offset: '1m' }),
    'spec.window.offset',
    'must be absent for a session window; got 1m',
  ],
  [
    'a session with a zone',
    window({ type: 'session', size: undefined, gap: '5m', timezone: 'UTC' }),
    'spec.window.timezone',
    'must be absent for a session window',
  ],
  [
    'an aggregate named as a group',
    window({ groupBy: ['zone'], aggregate: { zone: { count: '*' } } }),
    'spec.window.aggregate',
    'must not use a groupBy name; got zone',
  ],
  ['a size of nothing', window({ size: '0s' }), 'spec.window.size', 'must be longer than 0s; got 0s'],
  ['a size of a lifetime', window({ size: '87601h' }), 'spec.window.size', 'must be at most 87600h; got 87601h'],
  [
    'a window without event time',
    { 'spec.schema.eventTime': undefined },
    'spec.schema.eventTime',
    'must name a timestamp field, since there is a window',
    { serverPath: 'spec.schema' },
  ],
  [
    'within beside a window',
    steps({ name: 'once', deduplicate: { by: ['vendor'], within: '5m' } }),
    'spec.steps[0].deduplicate.within',
    'must be absent with a window, which says how far apart duplicates may be; got 5m',
    {
      serverPath: 'spec.steps',
      serverMessage: 'deduplicate.within must be given without a window and absent with one',
    },
  ],
  [
    'duplicates without a bound',
    windowless(DEDUPLICATE),
    'spec.steps[0].deduplicate.within',
    'must be given without a window',
    {
      serverPath: 'spec.steps',
      serverMessage: 'deduplicate.within must be given without a window and absent with one',
    },
  ],
  [
    'within, but no event time',
    {
      ...windowless({ name: 'once', deduplicate: { by: ['vendor'], within: '5m' } }),
      'spec.schema.eventTime': undefined,
    },
    'spec.schema.eventTime',
    'must name a timestamp field, since deduplicate.within counts event time',
    { serverPath: 'spec.schema' },
  ],
  [
    'delta without a window',
    windowless(DELTA),
    'spec.steps[0].delta',
    'must have a window after it, whose watermark puts readings in order',
    {
      serverPath: 'spec.steps',
      serverMessage: 'delta must have a window after it, whose watermark puts readings in order',
    },
  ],
  [
    'updates into files',
    { 'spec.window.emit': 'updates', ...gcs({}) },
    'spec.window.emit',
    'must be final unless the sink is kafka or console, which can replace a result; got updates and gcs',
  ],
  [
    'updates of sessions',
    { 'spec.window': { type: 'session', gap: '5m', aggregate: { n: { count: '*' } }, emit: 'updates' } },
    'spec.window.emit',
    'must be final for a session window, whose results merge into others; got updates',
    { serverMessage: 'must be final for a session window, whose results merge into others' },
  ],
]);
