/** Aggregates over plain values: fold rows into groups, send a group's state on, read results. */
import type { FieldType } from '../../crds/field-type.ts';
import type { Accumulator } from '../../job-runtime/engine/aggregate/accumulator.ts';
import { BinaryReader, BinaryWriter } from '../../job-runtime/engine/binary.ts';
import type { Field } from '../../job-runtime/engine/column.ts';
import { createColumn } from '../../job-runtime/engine/column.ts';
import type { Cell } from './columns.ts';
import { cellAt, columnBatch } from './columns.ts';

/** A value of a group; time, partition and offset where an aggregate goes by order. */
export interface Reading {
  readonly group?: number;
  readonly value: Cell;
  readonly time?: number;
  readonly partition?: number;
  readonly offset?: number;
}

export const inputOf = (type: FieldType): Field => ({ name: 'INPUT', type, slot: 0 });

export function fold(accumulator: Accumulator, type: FieldType, readings: readonly Reading[]): void {
  const ids = Int32Array.from(readings, ({ group = 0 }) => group);
  const batch = columnBatch(
    [inputOf(type)],
    readings.map(({ value, ...place }) => ({ ...place, cells: [value] })),
  );
  accumulator.grow(Math.max(0, ...ids) + 1);
  accumulator.fold(batch, { rows: batch.rows, ids, from: 0, to: readings.length });
}

export function resultOf(accumulator: Accumulator, type: FieldType, group = 0): Cell {
  const column = createColumn(type, 1);
  accumulator.emit(group, column, 0);
  return cellAt(column, 0);
}

/** What travels to another task. */
export function stateOf(accumulator: Accumulator, group = 0): Uint8Array {
  const out = new BinaryWriter();
  accumulator.write(group, out);
  return out.toBytes();
}

export function addState(accumulator: Accumulator, state: Uint8Array, group = 0): void {
  const from = new BinaryReader(state);
  accumulator.grow(group + 1);
  accumulator.mergeFrom(group, from);
  if (!from.done) throw new RangeError('state was left over');
}

/**
 * One result by every way there is: all at once, in parts that are merged in memory, in parts that travel into a group
 * that held other things before, and into one that was cleared. They have to be equal; a test looks at all of them.
 */
export function resultsByAllWays(
  create: () => Accumulator,
  { input, result }: { input: FieldType; result: FieldType },
  readings: readonly Reading[],
): Cell[] {
  const part = (given: readonly Reading[]): Accumulator => {
    const accumulator = create();
    accumulator.grow(1);
    fold(accumulator, input, given);
    return accumulator;
  };
  const whole = part(readings);
  const merged = part([]);
  const sent = part(readings);
  sent.reset(0);
  const middle = Math.ceil(readings.length / 2);
  for (const given of [readings.slice(middle), [], readings.slice(0, middle)]) {
    merged.merge(0, part(given), 0);
    addState(sent, stateOf(part(given)));
  }
  const again = part([{ value: null }, ...readings]);
  again.clear();
  fold(again, input, readings);
  return [whole, merged, sent, again].map((accumulator) => resultOf(accumulator, result));
}
