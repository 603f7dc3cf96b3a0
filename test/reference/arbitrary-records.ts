/** Random records for a job: in and out of order, duplicates, late, bad in every way, written in every allowed way. */
import fc from 'fast-check';
import type { Field } from '../../crds/stream-job.ts';
import type { RandomJob } from './arbitrary-job.ts';
import { chooserOf } from './choices.ts';
import type { Choose } from './choices.ts';
import { decoderOf } from './decode.ts';
import type { InputRecord } from './interpreter.ts';
import { offsetAt } from './time.ts';
import { identity } from './values.ts';
import { writeCsv, writeJson } from './write-record.ts';
import type { Written } from './write-record.ts';
import { formatTime } from './write-time.ts';

const FAULTS = [
  ...(['tombstone', 'not UTF-8', 'cut short', 'one column more', 'empty', 'not an object'] as const),
  ...(['a field missing', 'a wrong value', 'far future', 'edge of the future', 'far past'] as const),
];
export type Fault = (typeof FAULTS)[number];

export type RecordChoices = Readonly<{
  partition: number;
  /** Units and milliseconds away from the time that the pace of the records says. */
  jump: number;
  fine: number;
  values: number[];
  /** Which optional fields are null, a bit each. */
  nulls: number;
  style: number[];
  fault: Fault | null;
  /** The same as an earlier record, in all or in all but some fields. */
  echo: Readonly<{ back: number; isExact: boolean }> | null;
}>;

const choices = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(999), { minLength: length, maxLength: length });
const mostly = <T>(usual: T, weight: number, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, ...others);

const recordChoices: fc.Arbitrary<RecordChoices> = fc.record({
  partition: fc.nat(6),
  jump: mostly(
    0,
    5,
    fc.integer({ min: -4, max: 4 }),
    fc.integer({ min: -4, max: 4 }),
    fc.integer({ min: -40, max: 15 }),
  ),
  fine: mostly(0, 3, fc.constantFrom(-1, 1, 500, 999, 1000, 5000), fc.nat(10_000)),
  values: choices(15),
  nulls: mostly(0, 2, fc.nat(0x7fff)),
  style: choices(24),
  fault: mostly<Fault | null>(null, 14, fc.constantFrom(...FAULTS)),
  echo: mostly<RecordChoices['echo']>(
    null,
    4,
    fc.record({ back: fc.integer({ min: 1, max: 8 }), isExact: fc.boolean() }),
  ),
});

export const manyRecordChoices: fc.Arbitrary<RecordChoices[]> = fc.array(recordChoices, { maxLength: 60, size: 'max' });

const STRINGS = [
  'A',
  'B',
  'C',
  'AB',
  '',
  'ü',
  'a,b',
  'say "hi"',
  'two\nlines',
  ' padded ',
  "it's",
  '日本',
  '7',
  '$1|2\t3',
];
const LONGS = [
  '1',
  '0',
  '-1',
  '2',
  '5',
  '100',
  '250',
  '-7',
  '9223372036854775807',
  '-9223372036854775808',
  '9007199254740993',
  '007',
  '-0',
];
const INTS = ['1', '0', '2', '-1', '3', '2147483647', '-2147483648', '100'];
const DOUBLES = ['0.25', '1', '-0', '0.0', '1e3', '-2.5', '123456.75', '1e-3', '2.5e+1', '3.0000000001'];
const DECIMALS = ['1.00', '0', '-0.5', '12.340', '99999999999999999999.99', '-7', '0.01', '1.005', '2.5000'];
const WRONG = [
  'x',
  '1.5x',
  '9223372036854775808',
  '2147483648',
  '1e999',
  '0.001',
  '2024-02-30',
  'True',
  '+1',
  ' ',
  '1e2',
];

/** The text of a value; the first ones of each list are chosen more often, so that groups repeat. */
function textOf(field: Field, choose: Choose, { base, unit }: RandomJob): string {
  const few = choose([2, 3, 100, 2]);
  const of = (texts: readonly string[]): string => choose(texts.slice(0, few));
  if (field.type === 'timestamp')
    return timeText(field, base + choose([0, 1, 2, 3, 10, -5]) * unit + choose([0, 0, 1]), choose);
  if (field.type === 'date')
    return formatTime(base + choose([0, 1, 2, 40]) * 86_400_000, field.format ?? 'yyyy-MM-dd', 0);
  const texts: Readonly<Record<string, readonly string[]>> = {
    ...{
      string: STRINGS,
      long: LONGS,
      int: INTS,
      double: DOUBLES,
      boolean: ['true', 'false'],
      bytes: ['QQ==', '', 'QUJD'],
    },
    ...{
      'decimal(2)': DECIMALS,
      'array<long>': ['[1,2]', '[]', '[9223372036854775807]'],
      'map<string>': ['{}', '{"a":"b"}'],
    },
  };
  return of(texts[field.type]!);
}

/** Sometimes by the clock as it was at another time, which makes times that do not exist. */
function timeText(field: Field, instant: number, choose: Choose): string {
  const zone = field.timezone ?? 'UTC';
  const offset = offsetAt(choose([instant, instant, instant, instant - 3 * 3_600_000]), zone);
  return formatTime(instant, field.format ?? 'iso8601', offset);
}

type Made = Readonly<{ time: number; values: number[]; nulls: number }>;

/** The records of all partitions, each partition with offsets from 0 without gaps. */
export function randomRecords(random: RandomJob, all: readonly RecordChoices[]): InputRecord[] {
  const made: Made[] = [];
  const offsets = new Map<number, number>();
  return all.map((choices, index) => {
    const record = makeRecord(random, choices, index, made);
    made.push(record);
    const value = writtenRecord(random, choices, record);
    const { key, partition } = placeOf(random, choices, value);
    const offset = offsets.get(partition) ?? 0;
    offsets.set(partition, offset + 1);
    return { partition, offset, key, value };
  });
}

function makeRecord(random: RandomJob, choices: RecordChoices, index: number, made: readonly Made[]): Made {
  const { base, unit, pace, now, maxFuture } = random;
  const special: Partial<Record<Fault, number>> = {
    'far future': now + maxFuture + 1 + choices.fine * choices.fine,
    'edge of the future': now + maxFuture,
    'far past': base - 1000 * unit,
  };
  const time =
    (choices.fault && special[choices.fault]) ?? base + Math.round((index * pace + choices.jump) * unit) + choices.fine;
  const earlier = choices.echo && made.at(-choices.echo.back);
  if (!earlier) return { time, values: choices.values, nulls: choices.nulls };
  if (choices.echo!.isExact) return earlier;
  return {
    ...earlier,
    time: choices.partition % 2 === 0 ? earlier.time : time,
    values: [...earlier.values.slice(0, 3), ...choices.values.slice(3)],
  };
}

function writtenRecord(
  random: RandomJob,
  { style, fault }: RecordChoices,
  { time, values, nulls }: Made,
): Buffer | null {
  const { schema } = random.job.spec;
  const choose = chooserOf(style);
  const spoilt = fault === 'a wrong value' || fault === 'a field missing' ? choose(schema.fields).name : undefined;
  const written = schema.fields.map((field, index): Written => {
    if (field.name === spoilt) return { field, text: fault === 'a wrong value' ? choose(WRONG) : null };
    if (field.name === schema.eventTime) return { field, text: timeText(field, time, choose) };
    const isNull = field.optional && ((nulls >> index) & 1) === 1;
    return {
      field,
      text: isNull
        ? null
        : textOf(field, chooserOf([values[index % values.length]!, (values[index % values.length]! / 7) | 0]), random),
    };
  });
  const text = schema.format === 'csv' ? writeCsv(schema, written, choose) : writeJson(written, choose);
  return spoil(Buffer.from(text), fault);
}

function spoil(value: Buffer, fault: Fault | null): Buffer | null {
  const spoilers: Partial<Record<Fault, () => Buffer | null>> = {
    tombstone: () => null,
    empty: () => Buffer.alloc(0),
    'not UTF-8': () =>
      Buffer.concat([value.subarray(0, value.length >> 1), Buffer.from([0xff]), value.subarray(value.length >> 1)]),
    'cut short': () => value.subarray(0, value.length >> 1),
    'one column more': () => Buffer.concat([value, Buffer.from(',$|\t')]),
    'not an object': () => Buffer.from('[1]'),
  };
  const spoiler = fault === null ? undefined : spoilers[fault];
  return spoiler ? spoiler() : value;
}

/** Records that are equal in the key's fields share a partition; the others lie anywhere. */
function placeOf(
  { job }: RandomJob,
  { partition }: RecordChoices,
  value: Buffer | null,
): { key: Buffer | null; partition: number } {
  const { schema, topic } = job.spec;
  const names = schema.key?.fields ?? [];
  const fields = decoderOf(schema, new Set(names))(value);
  if (names.length === 0 || typeof fields === 'string') return { key: null, partition: partition % topic.partitions };
  const values = names.map((name) => fields[name]!);
  const hash = [...identity(values)].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 1_000_003, 7);
  const texts = values.map((fieldValue) => (fieldValue === null ? null : String(fieldValue)));
  const key = names.length === 1 ? texts[0]! : JSON.stringify(texts);
  return { key: key === null ? null : Buffer.from(key), partition: hash % topic.partitions };
}
