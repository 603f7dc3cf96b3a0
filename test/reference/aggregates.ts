/** The aggregates of docs/semantics.md, section 5; the two approximate ones exactly. */
import type { Aggregate, AggregateKind } from '../../crds/stream-job.ts';
import { compare, identity, plus, toNumber } from './values.ts';
import type { Value } from './values.ts';

/** The aggregate of a field's values, which stand in the order (event time, partition, offset). */
export function aggregateOf(of: Aggregate, all: readonly Value[]): Value {
  const kind = (Object.keys(of) as AggregateKind[]).find((name) => of[name] !== undefined)!;
  return AGGREGATES[kind](all.filter((value) => value !== null).toSorted(compare), all, of);
}

/** `values` are those of `all` that are not null, sorted. */
type AggregateFunction = (values: readonly Value[], all: readonly Value[], of: Aggregate) => Value;
const sumOf = (values: readonly Value[]): Value => values.reduce((left, right) => plus(left, right));
const AGGREGATES: Readonly<Record<AggregateKind, AggregateFunction>> = {
  count: (values, all, of) => BigInt(of.count === '*' ? all.length : values.length),
  countDistinct: (values) => BigInt(new Set(values.map((value) => identity([value]))).size),
  first: (_, all) => all[0]!,
  last: (_, all) => all.at(-1)!,
  min: ([smallest = null]) => smallest,
  max: (values) => values.at(-1) ?? null,
  sum: (values) => (values.length === 0 ? null : sumOf(values)),
  avg: (values) => (values.length === 0 ? null : toNumber(sumOf(values)) / values.length),
  percentile: (values, _, { percentile }) =>
    values.length === 0 ? null : toNumber(values[Math.floor(percentile!.p * (values.length - 1))]!),
};
