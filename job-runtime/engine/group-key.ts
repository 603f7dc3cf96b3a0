/**
 * Group keys: the values of some fields of a row as bytes that are equal exactly when the values are, and whose byte
 * order is the order of results (null first, numbers by value, text by UTF-8 bytes). They also decode to columns.
 *
 * Text: bytes 0–2 as 2,b+1; the end is 1; null is 0 alone. Numbers: 0 for null, else 1 and the value big-endian with
 * its sign turned (64-bit integers, 128-bit decimals, doubles by their ordered bits).
 */
import type { Column, ColumnBatch, Field, NumberColumn, SliceColumn } from './column.ts';
import { exactInteger, isSliceType, storeInteger, WIDE } from './column.ts';

const NULL_MARK = 0;
const END_MARK = 1;
const ESCAPE = 2;
const NUMBER_MARK = 1;

type Coding = 'slice' | 'integer' | 'decimal' | 'double';

function codingOf(field: Field): Coding {
  if (isSliceType(field.type)) return 'slice';
  if (field.type.kind === 'decimal') return 'decimal';
  return field.type.kind === 'double' ? 'double' : 'integer';
}

function enlarged(bytes: Uint8Array, atLeast: number): Uint8Array {
  const grown = new Uint8Array(Math.max(bytes.length * 2, atLeast));
  grown.set(bytes);
  return grown;
}

export class GroupKey {
  readonly fields: readonly Field[];
  /** The key that encode wrote: bytes[0, length). */
  bytes: Uint8Array = new Uint8Array(256);
  private readonly codings: readonly Coding[];
  private view = new DataView(this.bytes.buffer);
  /** Per field, the bytes in use of a column that has left the arena. */
  private readonly spillAt: Int32Array;
  private readonly number = new Uint8Array(16);
  private readonly numberView = new DataView(this.number.buffer);

  constructor(fields: readonly Field[]) {
    this.fields = fields;
    this.codings = fields.map(codingOf);
    this.spillAt = new Int32Array(fields.length);
  }

  /** Writes the key of `row` to `bytes` and gives its length. */
  encode(batch: ColumnBatch, row: number): number {
    const { fields, codings } = this;
    let at = 0;
    for (let i = 0; i < fields.length; i++) {
      const column = batch.columns[fields[i]!.slot]!;
      at = column.kind === 'slice' ? this.putSlice(column, row, at) : this.putNumber(column, row, at, codings[i]!);
    }
    return at;
  }

  /** Rows of `columns` (one per field) will hold keys of `arena`: their slices point into it. */
  startRows(arena: Uint8Array, columns: readonly Column[]): void {
    for (const column of columns) if (column.kind === 'slice') column.bytes = arena;
  }

  /** Reads the key at arena[at…) into row `row` of the columns of startRows. */
  decode(arena: Uint8Array, at: number, columns: readonly Column[], row: number): void {
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      at =
        column.kind === 'slice'
          ? this.takeSlice(arena, at, i, column, row)
          : this.takeNumber(arena, at, i, column, row);
    }
  }

  private putSlice(column: SliceColumn, row: number, at: number): number {
    const start = column.start[row]!;
    const end = column.end[row]!;
    if (at + 2 * (end - start) + 2 > this.bytes.length) this.grow(2 * (end - start) + 2);
    const out = this.bytes;
    if (start < 0) {
      out[at] = NULL_MARK;
      return at + 1;
    }
    const source = column.bytes;
    for (let i = start; i < end; i++) {
      const byte = source[i]!;
      if (byte > ESCAPE) out[at++] = byte;
      else {
        out[at++] = ESCAPE;
        out[at++] = byte + 1;
      }
    }
    out[at] = END_MARK;
    return at + 1;
  }

  private putNumber(column: NumberColumn, row: number, at: number, coding: Coding): number {
    if (at + 17 > this.bytes.length) this.grow(17);
    const value = column.values[row]!;
    if (value !== value) {
      this.bytes[at] = NULL_MARK;
      return at + 1;
    }
    this.bytes[at] = NUMBER_MARK;
    if (coding === 'double') return this.putDouble(value, at + 1);
    if (coding === 'decimal') return this.putDecimal(exactInteger(column, row), at + 1);
    if (value === WIDE) this.view.setBigInt64(at + 1, exactInteger(column, row));
    else {
      const high = Math.floor(value / 4294967296);
      this.view.setInt32(at + 1, high);
      this.view.setUint32(at + 5, value - high * 4294967296);
    }
    this.bytes[at + 1]! ^= 0x80;
    return at + 9;
  }

  private putDouble(value: number, at: number): number {
    this.view.setFloat64(at, value === 0 ? 0 : value);
    if (value < 0) for (let i = at; i < at + 8; i++) this.bytes[i] = ~this.bytes[i]!;
    else this.bytes[at]! ^= 0x80;
    return at + 8;
  }

  private putDecimal(value: bigint, at: number): number {
    this.view.setBigInt64(at, value >> 64n);
    this.view.setBigUint64(at + 8, BigInt.asUintN(64, value));
    this.bytes[at]! ^= 0x80;
    return at + 16;
  }

  // eslint-disable-next-line max-params -- the hot path passes positions, not objects made per row
  private takeSlice(arena: Uint8Array, at: number, field: number, column: SliceColumn, row: number): number {
    if (arena[at] === NULL_MARK) {
      column.start[row] = -1;
      column.end[row] = -1;
      return at + 1;
    }
    if (column.bytes !== arena) return this.takeUnescaped(arena, at, field, column, row);
    const start = at;
    while (arena[at]! > ESCAPE) at++;
    if (arena[at] === ESCAPE) {
      this.leaveArena(field, column, row);
      return this.takeUnescaped(arena, start, field, column, row);
    }
    column.start[row] = start;
    column.end[row] = at;
    return at + 1;
  }

  /** Text with bytes 0–2 does not stand in the arena as it is: from then on the column's rows have a buffer of their own. */
  private leaveArena(field: number, column: SliceColumn, rows: number): void {
    const { bytes: arena, start, end } = column;
    let used = 0;
    for (let row = 0; row < rows; row++) used += end[row]! - start[row]!;
    column.bytes = new Uint8Array(Math.max(1024, used * 2));
    used = 0;
    for (let row = 0; row < rows; row++) {
      if (start[row]! < 0) continue;
      column.bytes.set(arena.subarray(start[row], end[row]), used);
      end[row] = used + end[row]! - start[row]!;
      start[row] = used;
      used = end[row]!;
    }
    this.spillAt[field] = used;
  }

  // eslint-disable-next-line max-params -- as takeSlice
  private takeUnescaped(arena: Uint8Array, at: number, field: number, column: SliceColumn, row: number): number {
    let out = this.spillAt[field]!;
    column.start[row] = out;
    for (; arena[at] !== END_MARK; at++) {
      if (out >= column.bytes.length) column.bytes = enlarged(column.bytes, out + 1);
      column.bytes[out++] = arena[at] === ESCAPE ? arena[++at]! - 1 : arena[at]!;
    }
    this.spillAt[field] = out;
    column.end[row] = out;
    return at + 1;
  }

  // eslint-disable-next-line max-params -- as takeSlice
  private takeNumber(arena: Uint8Array, at: number, field: number, column: NumberColumn, row: number): number {
    if (arena[at] === NULL_MARK) {
      column.values[row] = NaN;
      return at + 1;
    }
    const coding = this.codings[field]!;
    const width = coding === 'decimal' ? 16 : 8;
    for (let i = 0; i < width; i++) this.number[i] = arena[at + 1 + i]!;
    if (coding === 'double') column.values[row] = this.orderedDouble();
    else {
      this.number[0]! ^= 0x80;
      const high = this.numberView.getInt32(0);
      const value = high * 4294967296 + this.numberView.getUint32(4);
      if (coding === 'decimal') {
        storeInteger(column, row, (this.numberView.getBigInt64(0) << 64n) | this.numberView.getBigUint64(8));
      } else if (Number.isSafeInteger(value)) column.values[row] = value;
      else storeInteger(column, row, this.numberView.getBigInt64(0));
    }
    return at + 1 + width;
  }

  private orderedDouble(): number {
    const negative = (this.number[0]! & 0x80) === 0;
    if (negative) for (let i = 0; i < 8; i++) this.number[i] = ~this.number[i]!;
    else this.number[0]! ^= 0x80;
    return this.numberView.getFloat64(0);
  }

  private grow(extra: number): void {
    this.bytes = enlarged(this.bytes, this.bytes.length + extra);
    this.view = new DataView(this.bytes.buffer);
  }
}
