/**
 * The engine's working form of records: typed columns over a batch. Each column is a plain array that kernels walk
 * in tight loops; nothing is allocated per row. Strings stay bytes until somebody needs text.
 */
import type { FieldType } from '../../crds/field-type.ts';

/** Text, bytes, arrays and maps (JSON text): positions in `bytes`. start[row] = −1 is null. */
export interface SliceColumn {
  readonly kind: 'slice';
  bytes: Uint8Array;
  start: Int32Array;
  end: Int32Array;
  /** Bytes in use, where the column owns its buffer (see appendSlice); set to 0 by whoever fills it anew. */
  used?: number;
}

/**
 * Numbers. NaN is null (no field holds NaN: doubles are finite).
 * int, date, timestamp (milliseconds), boolean (0, 1) and double hold their value.
 * long and decimal (unscaled integer) hold it while |v| ≤ 2^53 − 1; beyond that the cell is `WIDE` and the exact value
 * stands in `wide`.
 */
export interface NumberColumn {
  readonly kind: 'number';
  values: Float64Array;
  wide: Map<number, bigint>;
}

export type Column = SliceColumn | NumberColumn;

/** The cell of a long or decimal whose exact value is in `wide`. */
export const WIDE = Infinity;
export const NULL = NaN;

/** A field of the rows that flow between steps: its place in `ColumnBatch.columns`, and how to read it. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly slot: number;
  /** Time formats carry over to the output when the sink names none. */
  readonly format?: string;
  readonly timezone?: string;
}

/** Why a row is bad; 0 is good. The numbers are the order in which reasons win. */
export const RowError = {
  none: 0,
  malformed: 1,
  missingField: 2,
  badValue: 3,
  futureTimestamp: 4,
  expressionError: 5,
} as const;
export type RowErrorCode = (typeof RowError)[keyof typeof RowError];

export const ROW_ERROR_NAMES = [
  '',
  'Malformed',
  'MissingField',
  'BadValue',
  'FutureTimestamp',
  'ExpressionError',
] as const;

/**
 * Rows of one batch as columns, with the rows that are still alive in `rows[0 .. selected)`, ascending.
 * Reused from batch to batch: whoever keeps a row beyond the batch copies it.
 */
export interface ColumnBatch {
  count: number;
  readonly columns: Column[];
  /** Source partition and offset of each row: the order of equal event times, and the address of a dead letter. */
  partition: Int32Array;
  offset: Float64Array;
  /** Event time of each good row, milliseconds; only where the schema declares one. */
  eventTime: Float64Array;
  error: Uint8Array;
  /** The field that made the row bad, as an index into the decoder's or step's field list; −1 for the record as a whole. */
  errorField: Int32Array;
  rows: Int32Array;
  selected: number;
}

export function isSliceType(type: FieldType): boolean {
  return type.kind === 'string' || type.kind === 'bytes' || type.kind === 'array' || type.kind === 'map';
}

export function createColumn(type: FieldType, capacity: number): Column {
  if (isSliceType(type)) {
    return { kind: 'slice', bytes: new Uint8Array(0), start: new Int32Array(capacity), end: new Int32Array(capacity) };
  }
  return { kind: 'number', values: new Float64Array(capacity), wide: new Map() };
}

export function createColumnBatch(types: readonly FieldType[], capacity: number): ColumnBatch {
  return {
    count: 0,
    columns: types.map((type) => createColumn(type, capacity)),
    partition: new Int32Array(capacity),
    offset: new Float64Array(capacity),
    eventTime: new Float64Array(capacity),
    error: new Uint8Array(capacity),
    errorField: new Int32Array(capacity),
    rows: new Int32Array(capacity),
    selected: 0,
  };
}

/** Makes room for `capacity` rows, dropping what the batch held. */
export function ensureCapacity(batch: ColumnBatch, capacity: number): void {
  if (batch.rows.length >= capacity) return;
  const size = Math.max(capacity, batch.rows.length * 2);
  for (const column of batch.columns) {
    if (column.kind === 'number') column.values = new Float64Array(size);
    else {
      column.start = new Int32Array(size);
      column.end = new Int32Array(size);
    }
  }
  batch.partition = new Int32Array(size);
  batch.offset = new Float64Array(size);
  batch.eventTime = new Float64Array(size);
  batch.error = new Uint8Array(size);
  batch.errorField = new Int32Array(size);
  batch.rows = new Int32Array(size);
}

/** The exact integer in a long or decimal cell that is not null. */
export function exactInteger(column: NumberColumn, row: number): bigint {
  const value = column.values[row]!;
  return value === WIDE ? column.wide.get(row)! : BigInt(value);
}

/** Stores an exact integer, wide or not. */
export function storeInteger(column: NumberColumn, row: number, value: bigint): void {
  const small = Number(value);
  if (Number.isSafeInteger(small)) column.values[row] = small;
  else {
    column.values[row] = WIDE;
    column.wide.set(row, value);
  }
}

/** Sets a cell to a copy of `value`, behind the values appended before it. */
export function appendSlice(column: SliceColumn, row: number, value: Uint8Array | null): void {
  if (value === null) {
    column.start[row] = -1;
    column.end[row] = -1;
    return;
  }
  const start = column.used ?? 0;
  const end = start + value.length;
  if (column.used === undefined || end > column.bytes.length) {
    const grown = new Uint8Array(Math.max(column.bytes.length * 2, end, 256));
    grown.set(column.bytes.subarray(0, start));
    column.bytes = grown;
  }
  column.bytes.set(value, start);
  column.start[row] = start;
  column.end[row] = end;
  column.used = end;
}

export function isNull(column: Column, row: number): boolean {
  return column.kind === 'slice' ? column.start[row]! < 0 : Number.isNaN(column.values[row]!);
}
