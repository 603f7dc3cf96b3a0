/**
 * Random jobs. All choices are plain numbers that are read modulo what there is to choose from, so that any choices make
 * a job that the schema accepts, and a counterexample shrinks well: towards zeros, the first of every list.
 */
import fc from 'fast-check';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { Typed } from './arbitrary-expression.ts';
import { isGroupable, isNumeric, namesOf, randomSteps } from './arbitrary-steps.ts';
import type { StepChoices } from './arbitrary-steps.ts';
import { chooserOf } from './choices.ts';
import type { Choose } from './choices.ts';
import { jobOf } from './job.ts';

export type JobChoices = Readonly<{ schema: number[]; window: number[]; groups: number[]; steps: StepChoices[] }>;

const choices = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(9_999), { minLength: length, maxLength: length });

export const jobChoices: fc.Arbitrary<JobChoices> = fc.record({
  schema: choices(40),
  window: choices(12),
  groups: choices(16),
  steps: fc.array(fc.record({ kind: fc.constantFrom('filter', 'map', 'deduplicate', 'delta'), choices: choices(12) }), {
    maxLength: 3,
  }),
});

/** What records of the job need besides the job. */
export type RandomJob = Readonly<{
  job: StreamJob;
  now: number;
  maxFuture: number;
  base: number;
  unit: number;
  pace: number;
}>;

const SECOND = 1000;
const HOUR = 3_600_000;

/** Instants near which something happens to the clocks of the zones below, and some where nothing does. */
const BASES = [
  Date.UTC(2024, 6, 22, 12),
  Date.UTC(2024, 2, 10, 6),
  Date.UTC(2024, 10, 3, 5),
  Date.UTC(2024, 2, 31, 0),
  Date.UTC(2024, 9, 27, 0),
  Date.UTC(2024, 9, 5, 15),
  Date.UTC(1969, 11, 31, 23),
];
const ZONES = ['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
const SIZES = [10 * SECOND, SECOND, 60 * SECOND, 7 * 60 * SECOND + 1, HOUR, 30 * 60 * SECOND, 24 * HOUR];

export function randomJob({ schema, window, groups, steps }: JobChoices): RandomJob {
  const choose = chooserOf(window);
  const base = choose(BASES);
  const type = choose(['tumbling', 'sliding', 'session', 'tumbling', 'sliding', 'session', 'none']);
  const size = choose(SIZES);
  const hasWindow = type !== 'none';
  const shape = randomSchema(schema, groups);
  const unit = Math.max(1, Math.floor(size / choose([4, 1, 2, 8])));
  const pipeline = randomSteps(steps, shape.fields, { key: shape.schema.key?.fields ?? [], hasWindow, unit });
  const left = pipeline.fields.map(({ name }) => name);
  const columns = hasWindow ? undefined : choose([undefined, left.slice(0, 2), left.slice(-2)]);
  const patience = [0, unit, 3 * unit, 25 * unit];
  const maxFuture = choose([HOUR, 1, unit]);
  const spec = {
    topic: { name: 'input', partitions: choose([1, 2, 3, 4, 7]) },
    schema: shape.schema,
    steps: pipeline.steps,
    sink: { console: { ...(columns && { columns }) } },
    ...(hasWindow && {
      window: {
        type,
        ...bounds(type, size, choose),
        ...randomResult(groups, pipeline.fields),
        watermark: { delay: `${choose(patience)}ms`, maxFuture: `${maxFuture}ms` },
        allowedLateness: `${choose(patience)}ms`,
        shuffle: choose(['auto', 'auto', 'always']),
      },
    }),
  };
  const pace = choose([0.5, 1, 0.1, 2, 0]);
  return { job: jobOf(spec), now: base + 400 * unit, maxFuture: hasWindow ? maxFuture : HOUR, base, unit, pace };
}

function bounds(type: string, size: number, choose: Choose): object {
  if (type === 'session') return { gap: `${size}ms` };
  const slide = Math.max(1, Math.floor(size / choose([2, 1, 3, 1.5, 7, 2.5])));
  const offset = choose([0, 0, 1, 90 * 60 * SECOND, Math.floor(size / 3), size * 2 + 1]);
  const timezone = choose([undefined, undefined, ...ZONES]);
  return {
    size: `${size}ms`,
    offset: `${offset}ms`,
    ...(type === 'sliding' && { slide: `${slide}ms` }),
    ...(timezone !== undefined && { timezone }),
  };
}

type SchemaSpec = Readonly<{ key?: { fields: string[] } }> & Readonly<Record<string, unknown>>;

const FIELDS: readonly (readonly [string, string])[] = [
  ...([
    ['k', 'string'],
    ['g', 'int'],
    ['id', 'string'],
    ['n', 'long'],
    ['m', 'int'],
    ['d', 'double'],
  ] as const),
  ...([
    ['x', 'decimal(2)'],
    ['f', 'boolean'],
    ['day', 'date'],
    ['t2', 'timestamp'],
    ['b', 'bytes'],
    ['u', 'string'],
  ] as const),
];
const NESTED: typeof FIELDS = [
  ['a', 'array<long>'],
  ['o', 'map<string>'],
];
const TIME_FORMATS = [
  'epochMillis',
  'iso8601',
  'yyyy-MM-dd HH:mm:ss',
  'MM/dd/yyyy HH:mm:ss.SSS',
  'dd MMM yyyy h:mm:ss a',
  "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
  'EEE d.M.yy H:m:s X',
  'epochSeconds',
];
const DATE_FORMATS = ['yyyy-MM-dd', 'MM-dd-yy', 'd.M.yyyy'];

function randomSchema(numbers: readonly number[], groups: readonly number[]): { schema: SchemaSpec; fields: Typed[] } {
  const choose = chooserOf(numbers);
  const format = choose(['csv', 'json']);
  const time = { name: 'ts', type: 'timestamp', format: choose(TIME_FORMATS), timezone: choose(ZONES) };
  const inTwoColumns = format === 'csv' && time.format.split(' ').length === 2 && choose([true, false]);
  const others = [...FIELDS, ...(format === 'json' ? NESTED : [])].map(([name, type]) => ({
    name,
    type,
    optional: choose([false, false, true]),
    ...(type === 'timestamp' && { format: choose(TIME_FORMATS), timezone: choose(ZONES) }),
    ...(type === 'date' && { format: choose(DATE_FORMATS) }),
    ...(format === 'json' && { path: choose([name, `in.${name}`, `in.deep.${name}`]) }),
  }));
  const fields = [
    ...others.slice(0, choose([4, others.length])),
    { ...time, ...(inTwoColumns && { from: ['DATE', 'TIME'] }) },
  ];
  const csv = { delimiter: choose([',', '$', '\t', '|']), quote: choose(['"', "'"]), trim: choose([false, true]) };
  const keyFields = chooserOf(groups)([[], ['k'], ['k', 'g'], ['id'], ['k']]);
  const key = { fields: keyFields, encoding: keyFields.length > 1 ? 'json' : 'string' };
  return {
    schema: { format, ...(format === 'csv' && { csv }), fields, eventTime: 'ts', ...(keyFields.length > 0 && { key }) },
    fields: fields.map((field) => ({
      name: field.name,
      type: field.type,
      isNullable: 'optional' in field && field.optional,
    })),
  };
}

const AGGREGATES: readonly (readonly [kind: string, over: (field: Typed) => boolean])[] = [
  ['count', () => true],
  ['sum', isNumeric],
  ['min', (field) => isNumeric(field) || /^(timestamp|date)/.test(field.type)],
  ['max', (field) => isNumeric(field) || /^(timestamp|date)/.test(field.type)],
  ['avg', isNumeric],
  ['first', () => true],
  ['last', () => true],
  ['countDistinct', () => true],
];

function randomResult(numbers: readonly number[], fields: readonly Typed[]): { groupBy: string[]; aggregate: object } {
  const choose = chooserOf(numbers.slice(1));
  const groupBy = namesOf(choose, fields.filter(isGroupable), choose([1, 2, 0, 3]));
  const aggregates = Array.from({ length: choose([1, 2, 3, 4]) }, (_, index) => {
    const [kind, over] = choose([...AGGREGATES, ['percentile', isNumeric] as const]);
    const possible = fields.filter(over).map(({ name }) => name);
    const field = possible.length === 0 ? undefined : choose(possible);
    if (field === undefined || (kind === 'count' && choose([true, false]))) return [`a${index}`, { count: '*' }];
    return [`a${index}`, { [kind]: kind === 'percentile' ? { field, p: choose([0.5, 0.01, 0.9, 0.99]) } : field }];
  });
  return { groupBy, aggregate: Object.fromEntries(aggregates) as object };
}
