/**
 * Which fields a record or result has, and of which type, at each place of a job: after the schema, after each step,
 * and in the result row. A field that an expression sets has a type that only the engine's type check knows:
 * undefined here.
 */
import { isNumeric, isTime, parseFieldType } from './field-type.ts';
import type { FieldType } from './field-type.ts';
import type { RecordSchema } from './record-schema.ts';
import type { Step } from './steps.ts';
import { AGGREGATES } from './window.ts';
import type { Aggregate, AggregateKind, Window } from './window.ts';

export type Fields = ReadonlyMap<string, FieldType | undefined>;

const LONG: FieldType = { kind: 'long' };
const DOUBLE: FieldType = { kind: 'double' };
const TIMESTAMP: FieldType = { kind: 'timestamp' };

export const WINDOW_BOUNDS = ['window.start', 'window.end'] as const;

export const schemaFields = ({ fields }: RecordSchema): Fields =>
  new Map(fields.map(({ name, type }) => [name, parseFieldType(type)]));

/** The fields after one step. Names that do not exist are let pass: the rules report them once, where they are written. */
export function fieldsAfterStep(before: Fields, { map, delta }: Step): Fields {
  if (map) return dropped(renamed(withSet(before, map.set), map.rename), map.drop);
  if (!delta) return before;
  const changes = Object.entries(delta.fields).map(([out, input]) => [out, before.get(input)] as const);
  return new Map([...before, ...changes]);
}

const withSet = (fields: Fields, set: Record<string, string> = {}): Fields =>
  new Map([...fields, ...Object.keys(set).map((name) => [name, undefined] as const)]);

function renamed(fields: Fields, rename: Record<string, string> = {}): Fields {
  const news = new Map(Object.entries(rename));
  const known = [...fields].map(([name, type]) => [news.get(name) ?? name, type] as const);
  const missing = [...news].filter(([old]) => !fields.has(old));
  return new Map([...known, ...missing.map(([, name]) => [name, undefined] as const)]);
}

const dropped = (fields: Fields, drop: readonly string[] = []): Fields =>
  new Map([...fields].filter(([name]) => !drop.includes(name)));

export const fieldsAfter = (schema: RecordSchema, steps: readonly Step[]): Fields =>
  steps.reduce(fieldsAfterStep, schemaFields(schema));

/** What an aggregate takes: its function and the field, which is `*` for a count of records. */
export function aggregateInput(aggregate: Aggregate): { kind: AggregateKind; field: string } {
  const kind = AGGREGATES.find((name) => aggregate[name] !== undefined) ?? 'count';
  const input = aggregate[kind];
  return { kind, field: typeof input === 'object' ? input.field : (input ?? '*') };
}

/** The inputs that each function takes; the others take any. */
export const AGGREGATE_TAKES: Partial<Record<AggregateKind, { what: string; accepts: (type: FieldType) => boolean }>> =
  {
    sum: { what: 'a number', accepts: isNumeric },
    avg: { what: 'a number', accepts: isNumeric },
    percentile: { what: 'a number', accepts: isNumeric },
    min: { what: 'a number, timestamp or date', accepts: (type) => isNumeric(type) || isTime(type) },
    max: { what: 'a number, timestamp or date', accepts: (type) => isNumeric(type) || isTime(type) },
  };

/** The type of an aggregate's result (docs/semantics.md §5). */
export function aggregateType(aggregate: Aggregate, inputs: Fields): FieldType | undefined {
  const { kind, field } = aggregateInput(aggregate);
  const input = inputs.get(field);
  switch (kind) {
    case 'count':
    case 'countDistinct':
      return LONG;
    case 'avg':
    case 'percentile':
      return DOUBLE;
    case 'sum':
      return input?.kind === 'int' ? LONG : input;
    default:
      return input;
  }
}

/** The fields of the result row, in the order of the default columns (docs/semantics.md §6). */
export function resultFields({
  schema,
  steps,
  window,
}: {
  schema: RecordSchema;
  steps: readonly Step[];
  window?: Window | undefined;
}): Fields {
  const inputs = fieldsAfter(schema, steps);
  if (!window) return inputs;
  return new Map([
    ...WINDOW_BOUNDS.map((name) => [name, TIMESTAMP] as const),
    ...window.groupBy.map((name) => [name, inputs.get(name)] as const),
    ...Object.entries(window.aggregate).map(([name, aggregate]) => [name, aggregateType(aggregate, inputs)] as const),
  ]);
}
