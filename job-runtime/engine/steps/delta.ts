/**
 * delta: the change of cumulative readings since the one before, per meter. Rows come in the order (event time, source
 * partition, offset). A first reading, one too long after the last, a reset and a null give 0 (docs/semantics.md §4).
 */
import type { FieldType } from '../../../crds/field-type.ts';
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { ChangeWriter } from '../changes.ts';
import type { ColumnBatch, Field, NumberColumn } from '../column.ts';
import { NULL, WIDE, exactInteger, storeInteger } from '../column.ts';
import { GroupKey } from '../group-key.ts';
import { grownDoubles } from '../aggregate/accumulator.ts';
import { ExpiringKeys } from './expiring-keys.ts';
import type { StatefulOperator } from './operator.ts';

/** IN and OUT of one change; both have the same type. */
export interface DeltaField {
  readonly from: Field;
  readonly to: Field;
}

const RANGES: Partial<Record<FieldType['kind'], bigint>> = { int: 2n ** 31n, long: 2n ** 63n, decimal: 10n ** 38n };

/** A change in integers; 0 where it is out of its type's range or beyond maxChange. */
function integerChange(change: bigint, range: bigint, symmetric: boolean, maxChange: number): bigint {
  if (change >= range || change < -range || (symmetric && change === -range)) return 0n;
  const size = change < 0n ? -change : change;
  return Number(size) > maxChange ? 0n : change;
}

export class Delta implements StatefulOperator {
  private readonly key: GroupKey;
  private readonly fields: readonly DeltaField[];
  private readonly maxChanges: readonly number[];
  private readonly timeToLive: number;
  private readonly seen = new ExpiringKeys();
  /** Per field, the previous reading of each meter. */
  private readings: readonly NumberColumn[];
  private bound = -Infinity;

  constructor(by: readonly Field[], fields: readonly DeltaField[], maxChange: number, timeToLive: number) {
    this.key = new GroupKey(by);
    this.fields = fields;
    this.maxChanges = fields.map(({ from }) =>
      from.type.kind === 'decimal' ? maxChange * 10 ** from.type.scale : maxChange,
    );
    this.timeToLive = timeToLive;
    this.readings = fields.map(() => ({ kind: 'number', values: new Float64Array(1024).fill(NULL), wide: new Map() }));
  }

  apply(batch: ColumnBatch): void {
    for (let i = 0; i < batch.selected; i++) {
      const row = batch.rows[i]!;
      const time = batch.eventTime[row]!;
      const length = this.key.encode(batch, row);
      const id = this.seen.idOf(this.key.bytes, length);
      const isFirst = time >= this.seen.until[id]!;
      for (let field = 0; field < this.fields.length; field++) this.change(batch, row, field, id, isFirst);
      for (let field = 0; field < this.fields.length; field++) this.remember(batch, row, field, id);
      this.seen.until[id] = time + this.timeToLive + 1;
      this.seen.changed(id);
    }
  }

  advance(bound: number): void {
    if (!(bound > this.bound)) return;
    this.bound = bound;
    const oldIds = this.seen.expire(bound);
    if (oldIds) this.moveReadings(oldIds);
  }

  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    this.seen.writeChanges(out, rewriteBefore, { bound: this.bound, value: (id) => this.writeReadings(id, out.body) });
  }

  applyChanges(from: BinaryReader, chunk: number): void {
    this.seen.applyChanges(from, chunk, (id) => this.readReadings(id, from));
  }

  writeClosing(out: BinaryWriter): void {
    out.double(this.bound);
  }

  applyClosing(from: BinaryReader): void {
    this.bound = from.double();
  }

  endRestore(): void {
    this.moveReadings(this.seen.sweep(this.bound));
  }

  liveBytes(): number {
    return this.seen.liveBytes();
  }

  private writeReadings(id: number, out: BinaryWriter): void {
    for (let field = 0; field < this.fields.length; field++) {
      if (this.isDouble(field)) out.double(this.readings[field]!.values[id]!);
      else out.integerCell(this.readings[field]!, id);
    }
  }

  private readReadings(id: number, from: BinaryReader): void {
    for (let field = 0; field < this.fields.length; field++) {
      const column = this.readings[field]!;
      grow(column, id);
      column.values[id] = this.isDouble(field) ? from.double() : from.integerCell();
      if (!this.isDouble(field) && column.values[id] === WIDE) column.wide.set(id, from.wide);
    }
  }

  private moveReadings(oldIds: Int32Array): void {
    this.readings = this.readings.map((column) => moved(column, oldIds, this.seen.until.length));
  }

  private isDouble(field: number): boolean {
    return this.fields[field]!.from.type.kind === 'double';
  }

  // eslint-disable-next-line max-params -- the hot path passes positions, not objects made per row
  private change(batch: ColumnBatch, row: number, field: number, id: number, isFirst: boolean): void {
    const { from, to } = this.fields[field]!;
    const reading = batch.columns[from.slot] as NumberColumn;
    const out = batch.columns[to.slot] as NumberColumn;
    const previous = this.readings[field]!;
    grow(previous, id);
    const now = reading.values[row]!;
    const before = previous.values[id]!;
    if (isFirst || now !== now || before !== before) {
      out.values[row] = 0;
      return;
    }
    if (this.isWide(field, now - before)) this.wideChange(batch, row, field, id);
    else out.values[row] = this.counted(field, now - before);
  }

  /** Whether a change needs integers wider than a double holds. */
  private isWide(field: number, change: number): boolean {
    const { kind } = this.fields[field]!.from.type;
    return (kind === 'long' || kind === 'decimal') && !Number.isSafeInteger(change);
  }

  /** The change, or 0 where it does not fit the type or is beyond maxChange. */
  private counted(field: number, change: number): number {
    const fits = this.fields[field]!.from.type.kind === 'int' ? change === (change | 0) : Number.isFinite(change);
    return fits && Math.abs(change) <= this.maxChanges[field]! ? change : 0;
  }

  private wideChange(batch: ColumnBatch, row: number, field: number, id: number): void {
    const { from, to } = this.fields[field]!;
    const change =
      exactInteger(batch.columns[from.slot] as NumberColumn, row) - exactInteger(this.readings[field]!, id);
    const range = RANGES[from.type.kind]!;
    storeInteger(
      batch.columns[to.slot] as NumberColumn,
      row,
      integerChange(change, range, from.type.kind === 'decimal', this.maxChanges[field]!),
    );
  }

  private remember(batch: ColumnBatch, row: number, field: number, id: number): void {
    const reading = batch.columns[this.fields[field]!.from.slot] as NumberColumn;
    const column = this.readings[field]!;
    column.values[id] = reading.values[row]!;
    if (column.values[id] === WIDE && reading.wide.has(row)) column.wide.set(id, reading.wide.get(row)!);
  }
}

function grow(column: NumberColumn, id: number): void {
  if (id >= column.values.length) column.values = grownDoubles(column.values, id + 1, NULL);
}

function moved(column: NumberColumn, oldIds: Int32Array, capacity: number): NumberColumn {
  const values = new Float64Array(capacity).fill(NULL);
  const wide = new Map<number, bigint>();
  for (let id = 0; id < oldIds.length; id++) {
    values[id] = column.values[oldIds[id]!]!;
    if (values[id] === WIDE) wide.set(id, column.wide.get(oldIds[id]!)!);
  }
  return { kind: 'number', values, wide };
}
