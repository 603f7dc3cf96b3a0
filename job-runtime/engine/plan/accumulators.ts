/** From the manifest's aggregates to their results' types and their accumulators. */
import type { FieldType } from '../../../crds/field-type.ts';
import type { Aggregate, AggregateKind } from '../../../crds/window.ts';
import type { Accumulator } from '../aggregate/accumulator.ts';
import { Average } from '../aggregate/average.ts';
import { Count } from '../aggregate/count.ts';
import { DistinctCount } from '../aggregate/distinct-count.ts';
import { DoubleFold } from '../aggregate/doubles.ts';
import { Edge } from '../aggregate/edge.ts';
import { IntegerExtreme, IntegerSum } from '../aggregate/integers.ts';
import { Percentile } from '../aggregate/percentile.ts';
import type { Field } from '../column.ts';
import type { Layout } from './layout.ts';

export interface AggregatePlan {
  readonly type: FieldType;
  /** Undefined for the count of records. */
  readonly input: Field | undefined;
  readonly create: () => Accumulator;
}

const LONG: FieldType = { kind: 'long' };
const DOUBLE: FieldType = { kind: 'double' };

type FieldAggregate = Exclude<AggregateKind, 'count' | 'percentile'>;

const PLANS: Readonly<Record<FieldAggregate, (input: Field) => AggregatePlan>> = {
  sum: planSum,
  min: (input) => planExtreme(input, 'min'),
  max: (input) => planExtreme(input, 'max'),
  avg: (input) => ({ type: DOUBLE, input, create: () => new Average(input.slot, input.type) }),
  first: (input) => ({ type: input.type, input, create: () => new Edge(input.slot, false) }),
  last: (input) => ({ type: input.type, input, create: () => new Edge(input.slot, true) }),
  countDistinct: (input) => ({ type: LONG, input, create: () => new DistinctCount(input) }),
};

export function planAggregate({ count, percentile, ...others }: Aggregate, layout: Layout): AggregatePlan {
  if (count !== undefined) return planCount(count, layout);
  if (percentile) {
    const input = layout.get(percentile.field);
    return { type: DOUBLE, input, create: () => new Percentile(input, percentile.p) };
  }
  const [kind, name] = Object.entries(others).find(([, given]) => given !== undefined) as [FieldAggregate, string];
  return PLANS[kind](layout.get(name));
}

function planCount(count: string, layout: Layout): AggregatePlan {
  const input = count === '*' ? undefined : layout.get(count);
  return { type: LONG, input, create: () => new Count(input?.slot ?? -1) };
}

function planSum(input: Field): AggregatePlan {
  if (input.type.kind === 'double') return { type: DOUBLE, input, create: () => new DoubleFold(input.slot, 'sum') };
  return { type: input.type.kind === 'decimal' ? input.type : LONG, input, create: () => new IntegerSum(input.slot) };
}

function planExtreme(input: Field, which: 'min' | 'max'): AggregatePlan {
  const isDouble = input.type.kind === 'double';
  const create = (): Accumulator =>
    isDouble ? new DoubleFold(input.slot, which) : new IntegerExtreme(input.slot, which === 'max' ? 1 : -1);
  return { type: input.type, input, create };
}
