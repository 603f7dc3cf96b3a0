/** The window: how records are put together in event time. The meaning: docs/semantics.md, sections 3 and 5. */
import * as z from 'zod';
import { DnsName, FieldName, mapOf, namesOf, TimeZone } from './common.ts';
import { Duration, parseDuration, PositiveDuration } from './duration.ts';
import { exactlyOne, withTwins } from './twin.ts';

const field = (what: string): z.ZodOptional<typeof FieldName> => FieldName.optional().describe(what);

export const AGGREGATES = [
  'sum',
  'count',
  'min',
  'max',
  'avg',
  'first',
  'last',
  'countDistinct',
  'percentile',
] as const;
export type AggregateKind = (typeof AGGREGATES)[number];

export const Aggregate = exactlyOne(
  z.strictObject({
    sum: field('Sum of a numeric field: exact for int, long and decimal.'),
    count: z
      .string()
      .max(63)
      .regex(/^(\*|[A-Za-z_][A-Za-z0-9_]*)$/, 'must be "*" or a field name')
      .optional()
      .describe('"*" counts records; a field counts its values that are not null.'),
    min: field('Smallest value of a number or time.'),
    max: field('Largest value of a number or time.'),
    avg: field('Mean of a numeric field, as a double.'),
    first: field('Value of the record with the earliest event time.'),
    last: field('Value of the record with the latest event time.'),
    countDistinct: field('Number of different values; approximate (HyperLogLog).'),
    percentile: z
      .strictObject({
        field: FieldName.describe('A numeric field.'),
        p: z.number().positive().lt(1).describe('Which percentile, between 0 and 1: 0.95 for the 95th.'),
      })
      .optional()
      .describe('A percentile of a numeric field; approximate (DDSketch, 1 % relative accuracy).'),
  }),
  AGGREGATES,
);
export type Aggregate = z.output<typeof Aggregate>;

const Watermark = z.strictObject({
  delay: Duration.default('0s').describe(
    'How far the watermark trails the largest event time of a partition: the disorder to wait for.',
  ),
  idleTimeout: PositiveDuration.default('5m').describe(
    'After this long without records a partition no longer holds the others’ windows open.',
  ),
  maxFuture: PositiveDuration.default('1h').describe(
    'A record whose event time is further ahead of now is a bad record and does not move the watermark.',
  ),
});

const shape = z.strictObject({
  name: DnsName.default('window').describe('Name of the window in messages and metrics.'),
  type: z
    .enum(['tumbling', 'sliding', 'session'])
    .describe(
      'tumbling: one window after the other; sliding: a window of this size starts at every slide; session: ends after a gap without records of its group.',
    ),
  size: PositiveDuration.optional().describe('Length of a tumbling or sliding window.'),
  slide: PositiveDuration.optional().describe('sliding: the time from one window’s start to the next; at most size.'),
  gap: PositiveDuration.optional().describe('session: the inactivity that ends it.'),
  offset: Duration.default('0s').describe(
    'tumbling, sliding: shifts the boundaries, which otherwise are multiples of size (slide) from 1970.',
  ),
  timezone: TimeZone.optional().describe(
    'tumbling, sliding: take the boundaries on the local clock of this zone. Absent: UTC.',
  ),
  groupBy: namesOf(FieldName, 0, 32)
    .default([])
    .describe('One result for each combination of these fields. Empty: one for all records.'),
  aggregate: mapOf(FieldName, Aggregate, { min: 1, max: 64 }).describe('The result columns: NAME: {FUNCTION: FIELD}.'),
  watermark: Watermark.prefault({}).describe('How event time advances.'),
  allowedLateness: Duration.default('0s').describe('How long a window stays open after the watermark passed its end.'),
  late: z
    .enum(['drop', 'deadLetter'])
    .default('drop')
    .describe('What becomes of records whose windows have all closed. They are counted in any case.'),
  emit: z
    .enum(['final', 'updates'])
    .default('final')
    .describe(
      'final: each result once, when its window closes; updates: changed results at each commit too, which needs a sink with a key.',
    ),
  shuffle: z
    .enum(['auto', 'always'])
    .default('auto')
    .describe(
      'auto: records are regrouped only if the record key does not ensure the groups; always: also where it does, so that the topic may grow.',
    ),
});
type Shape = z.output<typeof shape>;

const isSession = ({ type }: Shape): boolean => type === 'session';

export const Window = withTwins(shape, [
  {
    cel: "self.type == 'session' || has(self.size)",
    message: 'must be given for a tumbling or sliding window',
    at: 'size',
    holds: (window) => isSession(window) || window.size !== undefined,
  },
  {
    cel: "self.type != 'session' || !has(self.size)",
    message: 'must be absent for a session window',
    at: 'size',
    holds: (window) => !isSession(window) || window.size === undefined,
  },
  {
    cel: "self.type != 'sliding' || has(self.slide)",
    message: 'must be given for a sliding window',
    at: 'slide',
    holds: ({ type, slide }) => type !== 'sliding' || slide !== undefined,
  },
  {
    cel: "self.type == 'sliding' || !has(self.slide)",
    message: 'must be absent unless type is sliding',
    at: 'slide',
    holds: ({ type, slide }) => type === 'sliding' || slide === undefined,
  },
  {
    cel: '!has(self.slide) || !has(self.size) || duration(self.slide) <= duration(self.size)',
    message: 'must be at most size',
    at: 'slide',
    holds: ({ size, slide }) =>
      size === undefined || slide === undefined || parseDuration(slide) <= parseDuration(size),
    got: ({ size, slide }) => `slide ${slide} and size ${size}`,
  },
  {
    cel: "self.type != 'session' || has(self.gap)",
    message: 'must be given for a session window',
    at: 'gap',
    holds: (window) => !isSession(window) || window.gap !== undefined,
  },
  {
    cel: "self.type == 'session' || !has(self.gap)",
    message: 'must be absent unless type is session',
    at: 'gap',
    holds: (window) => isSession(window) || window.gap === undefined,
  },
  {
    cel: "self.type != 'session' || duration(self.offset) == duration('0s')",
    message: 'must be absent for a session window',
    at: 'offset',
    holds: (window) => !isSession(window) || parseDuration(window.offset) === 0,
    got: ({ offset }) => offset,
  },
  {
    cel: "self.type != 'session' || !has(self.timezone)",
    message: 'must be absent for a session window',
    at: 'timezone',
    holds: (window) => !isSession(window) || window.timezone === undefined,
  },
  {
    cel: "self.type != 'session' || self.emit == 'final'",
    message: 'must be final for a session window, whose results merge into others',
    at: 'emit',
    holds: (window) => !isSession(window) || window.emit === 'final',
    got: ({ emit }) => emit,
  },
  {
    cel: '!self.groupBy.exists(name, name in self.aggregate)',
    message: 'must not use a groupBy name',
    at: 'aggregate',
    holds: ({ groupBy, aggregate }) => !groupBy.some((name) => Object.hasOwn(aggregate, name)),
    got: ({ groupBy, aggregate }) => groupBy.filter((name) => Object.hasOwn(aggregate, name)).join(', '),
  },
]);
export type Window = z.output<typeof Window>;
