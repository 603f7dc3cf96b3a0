/** Which fields of the schema a job uses, and what type a field has on its way through the steps. */
import { parse } from '@marcbachmann/cel-js';
import { parseFieldType } from '../../crds/field-type.ts';
import type { FieldType } from '../../crds/field-type.ts';
import type { Aggregate, Field, Step, StreamJob } from '../../crds/stream-job.ts';
import { Decimal } from './values.ts';
import type { Value } from './values.ts';

/** The field of the schema that is called `name` before step `index`; undefined if a map computes it. */
function originOf(job: StreamJob, index: number, name: string): Field | undefined {
  const step = job.spec.steps[index - 1];
  if (!step) return job.spec.schema.fields.find((field) => field.name === name);
  if (step.delta) return originOf(job, index - 1, step.delta.fields[name] ?? name);
  const { set = {}, rename = {} } = step.map ?? {};
  const before = Object.keys(rename).find((old) => rename[old] === name) ?? name;
  return Object.hasOwn(set, before) ? undefined : originOf(job, index - 1, before);
}

/** The names of all fields that the last step leaves. */
export function fieldsLeft({ spec }: StreamJob): string[] {
  let names = spec.schema.fields.map(({ name }) => name);
  for (const { map, delta } of spec.steps) {
    names = [...new Set([...names, ...Object.keys(map?.set ?? {}), ...Object.keys(delta?.fields ?? {})])];
    names = names.map((name) => map?.rename?.[name] ?? name).filter((name) => !map?.drop?.includes(name));
  }
  return names;
}

/** What the sink shows of a record without a window. */
export function fieldsShown(job: StreamJob): string[] {
  const { columns = fieldsLeft(job), columnOptions } = Object.values(job.spec.sink).find((sink) => sink !== undefined)!;
  return columns.map((name) => columnOptions[name]?.from ?? name);
}

type Node = Readonly<{ op: string; args: unknown }>;
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** The names in an expression; `record["C/A"]` is one too. */
function namesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  if (!isNode(node)) return [];
  if (node.op === 'id') return [String(node.args)];
  const [of, name] = Array.isArray(node.args) ? (node.args as Node[]) : [];
  return node.op === '[]' && of!.args === 'record' ? [String(name!.args)] : namesIn(node.args);
}

/** The names that a step reads. */
function namesRead({ filter, map, deduplicate, delta }: Step): string[] {
  const expressions = [...(filter === undefined ? [] : [filter]), ...Object.values(map?.set ?? {})];
  const inExpressions = expressions.flatMap((text) => namesIn(parse(text).ast));
  return [
    ...inExpressions,
    ...(deduplicate?.by ?? []),
    ...(delta ? [...delta.by, ...Object.values(delta.fields)] : []),
  ];
}

/** Whether the job works in event time, rather than at most show it. */
export const needsTime = ({ spec }: StreamJob): boolean =>
  spec.window !== undefined || spec.steps.some(({ deduplicate }) => deduplicate);

/** The fields that are parsed; what is in the others does not matter. */
export function usedFields(job: StreamJob): ReadonlySet<string> {
  const { schema, steps, window } = job.spec;
  const inResult = window
    ? [...window.groupBy, ...Object.values(window.aggregate).map(aggregatedField)]
    : fieldsShown(job);
  const used = [
    ...(needsTime(job) ? [schema.eventTime!] : []),
    ...[...steps.map(namesRead), inResult].flatMap((names, index) =>
      names.map((name) => originOf(job, index, name)?.name),
    ),
  ];
  return new Set(used.filter((name) => name !== undefined));
}

/** The field that an aggregate is over; `*` is none. */
export function aggregatedField(aggregate: Aggregate): string {
  const of = Object.values(aggregate).find((argument) => argument !== undefined)!;
  return typeof of === 'string' ? of : of.field;
}

/** The type of a numeric field before step `index`; what a map computes tells its type itself. */
export function numericTypeOf(job: StreamJob, index: number, name: string, example: Value): FieldType {
  const origin = originOf(job, index, name);
  return origin ? parseFieldType(origin.type) : { kind: typeof example === 'number' ? 'double' : 'long' };
}

export function zeroOf(type: FieldType): Value {
  if (type.kind === 'decimal') return new Decimal(0n, type.scale);
  return type.kind === 'double' ? 0 : 0n;
}

/** Whether a number is in the range of a type. */
export function fits(type: FieldType, value: Value): boolean {
  if (typeof value === 'bigint') return BigInt.asIntN(type.kind === 'int' ? 32 : 64, value) === value;
  if (value instanceof Decimal) return value.unscaled > -(10n ** 38n) && value.unscaled < 10n ** 38n;
  return Number.isFinite(value);
}
