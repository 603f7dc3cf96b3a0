/**
 * What all decoders share. A decoder first notes where each used cell of a batch lies, row by row; then this table turns
 * the cells into columns, column by column, in loops of one kind each. Cells that do not stand in the batch's bytes as
 * they are (unescaped, joined, decoded) are written to the spill, a buffer that lives until the next batch.
 */
import type { Field as SchemaField } from '../../crds/record-schema.ts';
import { ensureCapacity, isSliceType, NULL, RowError, storeInteger, WIDE } from '../engine/column.ts';
import type { ColumnBatch, Field, NumberColumn, RowErrorCode, SliceColumn } from '../engine/column.ts';
import type { RecordBatch } from '../record.ts';
import { ByteWriter } from './byte-writer.ts';
import { scalarParser } from './scalar-parser.ts';
import type { ScalarParser } from './scalar-parser.ts';
import { compileDateParser, compileTimestampParser } from './time-parser.ts';

/** Starts of cells that are nowhere. */
export const MISSING = -1;
/** There is a value, of a type that the field does not take. */
export const MISMATCH = -2;
/** A start at or below this one is a place in the spill: `SPILLED − place`. */
export const SPILLED = -16;

export interface DecodedField {
  readonly field: Field;
  readonly schema: SchemaField;
}

/** The used fields with what the schema says of them, in the schema's order. */
export function inSchemaOrder(
  schema: { readonly fields: readonly SchemaField[] },
  fields: readonly Field[],
): DecodedField[] {
  const byName = new Map(fields.map((field) => [field.name, field]));
  return schema.fields.flatMap((entry) => {
    const field = byName.get(entry.name);
    return field ? [{ field, schema: entry }] : [];
  });
}

function parserOf({ field, schema }: DecodedField): ScalarParser {
  if (field.type.kind === 'timestamp')
    return { parse: compileTimestampParser(schema.format, schema.timezone), exact: () => undefined };
  if (field.type.kind === 'date') return { parse: compileDateParser(schema.format), exact: () => undefined };
  return scalarParser(field.type);
}

export class CellTable {
  /** Of field k, row r: cells lie in [starts[k][r], ends[k][r]). */
  readonly starts: Int32Array[];
  readonly ends: Int32Array[];
  readonly spill = new ByteWriter(256);
  private readonly fields: readonly DecodedField[];
  private readonly parsers: readonly (ScalarParser | undefined)[];
  /** Whether empty text stands for no value, as in csv. */
  private readonly emptyIsMissing: boolean;
  private readonly spilled: Uint8Array;
  private malformed = false;

  constructor(fields: readonly DecodedField[], emptyIsMissing: boolean) {
    this.fields = fields;
    this.emptyIsMissing = emptyIsMissing;
    this.parsers = fields.map((entry) => (isSliceType(entry.field.type) ? undefined : parserOf(entry)));
    this.starts = fields.map(() => new Int32Array(0));
    this.ends = fields.map(() => new Int32Array(0));
    this.spilled = new Uint8Array(fields.length);
  }

  /** Readies the table and `out` for a batch. Cells of slice fields go straight to their columns. */
  begin(batch: RecordBatch, out: ColumnBatch): void {
    const { count } = batch;
    ensureCapacity(out, count);
    out.count = count;
    out.partition.fill(batch.partition, 0, count);
    out.offset.set(batch.offset.subarray(0, count));
    out.error.fill(RowError.none, 0, count);
    out.errorField.fill(-1, 0, count);
    this.spill.clear();
    this.spilled.fill(0);
    this.malformed = false;
    this.fields.forEach(({ field }, index) => this.readyColumn(out, field, index));
  }

  private readyColumn(out: ColumnBatch, field: Field, index: number): void {
    const column = out.columns[field.slot]!;
    if (column.kind === 'slice') {
      this.starts[index] = column.start;
      this.ends[index] = column.end;
      return;
    }
    column.wide.clear();
    if (this.starts[index]!.length >= out.count) return;
    this.starts[index] = new Int32Array(out.rows.length);
    this.ends[index] = new Int32Array(out.rows.length);
  }

  /** Makes all cells missing, for a decoder that notes only those it finds. */
  clearCells(count: number): void {
    for (const starts of this.starts) starts.fill(MISSING, 0, count);
  }

  /** Notes the cell that was written to the spill from `place` on. */
  spillCell(index: number, row: number, place: number): void {
    this.starts[index]![row] = SPILLED - place;
    this.ends[index]![row] = this.spill.length;
    this.spilled[index] = 1;
  }

  /** Says that a cell of this field is in the spill. */
  markSpilled(index: number): void {
    this.spilled[index] = 1;
  }

  rejectRow(out: ColumnBatch, row: number): void {
    out.error[row] = RowError.malformed;
    for (const starts of this.starts) starts[row] = MISSING;
    this.malformed = true;
  }

  /** Turns the cells into columns, and lists the good rows. */
  finish(batch: RecordBatch, out: ColumnBatch): void {
    for (let index = 0; index < this.fields.length; index++) {
      const column = out.columns[this.fields[index]!.field.slot]!;
      if (column.kind === 'number') this.finishNumbers(index, column, batch.bytes, out);
    }
    this.finishSlices(batch, out);
    let selected = 0;
    for (let row = 0; row < out.count; row++) if (out.error[row] === RowError.none) out.rows[selected++] = row;
    out.selected = selected;
  }

  private finishNumbers(index: number, column: NumberColumn, bytes: Uint8Array, out: ColumnBatch): void {
    const parser = this.parsers[index]!;
    const parse = parser.parse;
    const starts = this.starts[index]!;
    const ends = this.ends[index]!;
    const values = column.values;
    const spill = this.spill.bytes;
    const missingIfEmpty = this.emptyIsMissing;
    for (let row = 0, count = out.count; row < count; row++) {
      const start = starts[row]!;
      const end = ends[row]!;
      if (start > SPILLED && (start < 0 || (start === end && missingIfEmpty))) {
        values[row] = NULL;
        this.reportAbsent(index, row, start, out);
        continue;
      }
      const inSpill = start < 0;
      const value = inSpill ? parse(spill, SPILLED - start, end) : parse(bytes, start, end);
      values[row] = value;
      if (value - value !== 0) this.finishOddNumber(index, row, column, inSpill ? spill : bytes, out);
    }
  }

  /** A number that is wide, or none at all. */
  // eslint-disable-next-line max-params -- once in a while; an object per call would be no clearer
  private finishOddNumber(index: number, row: number, column: NumberColumn, bytes: Uint8Array, out: ColumnBatch): void {
    const start = this.starts[index]![row]!;
    const place = start < 0 ? SPILLED - start : start;
    const end = this.ends[index]![row]!;
    if (place === end && this.emptyIsMissing) return this.reportAbsent(index, row, MISSING, out);
    const exact = column.values[row] === WIDE ? this.parsers[index]!.exact(bytes, place, end) : undefined;
    if (exact !== undefined) return storeInteger(column, row, exact);
    column.values[row] = NULL;
    report(out, row, RowError.badValue, index);
  }

  private reportAbsent(index: number, row: number, start: number, out: ColumnBatch): void {
    if (start === MISMATCH) report(out, row, RowError.badValue, index);
    else if (!this.fields[index]!.schema.optional) report(out, row, RowError.missingField, index);
  }

  private finishSlices(batch: RecordBatch, out: ColumnBatch): void {
    // One buffer must hold a column: where some cells were spilled, the batch's values move behind them.
    const shift = this.spilled.includes(1) ? this.adoptValues(batch) : 0;
    for (let index = 0; index < this.fields.length; index++) {
      const column = out.columns[this.fields[index]!.field.slot]!;
      if (column.kind === 'number') continue;
      const isSpilled = this.spilled[index] === 1;
      if (isSpilled) moveToSpill(column, out.count, shift);
      column.bytes = isSpilled ? this.spill.bytes : batch.bytes;
      this.finishSlice(index, column, out);
    }
  }

  private finishSlice(index: number, column: SliceColumn, out: ColumnBatch): void {
    const { field, schema } = this.fields[index]!;
    const emptyIsNull = this.emptyIsMissing && (schema.optional || field.type.kind !== 'string');
    if (emptyIsNull) this.dropEmpties(index, column, out.count);
    if (emptyIsNull || !this.emptyIsMissing || this.malformed) this.reportAbsents(index, column, out);
  }

  private dropEmpties(index: number, column: SliceColumn, count: number): void {
    for (let row = 0; row < count; row++) if (column.start[row] === column.end[row]) this.starts[index]![row] = MISSING;
  }

  private reportAbsents(index: number, column: SliceColumn, out: ColumnBatch): void {
    for (let row = 0; row < out.count; row++) {
      const start = column.start[row]!;
      if (start >= 0) continue;
      this.reportAbsent(index, row, start, out);
      column.start[row] = -1;
      column.end[row] = -1;
    }
  }

  /** Appends the bytes that hold the batch's values; returns how far positions in them move. */
  private adoptValues(batch: RecordBatch): number {
    let from = Infinity;
    let to = 0;
    for (let row = 0; row < batch.count; row++) {
      if (batch.valueStart[row]! < 0) continue;
      if (batch.valueStart[row]! < from) from = batch.valueStart[row]!;
      if (batch.valueEnd[row]! > to) to = batch.valueEnd[row]!;
    }
    const place = this.spill.length;
    this.spill.slice(batch.bytes, from, to);
    return place - from;
  }
}

function moveToSpill(column: SliceColumn, count: number, shift: number): void {
  for (let row = 0; row < count; row++) {
    const start = column.start[row]!;
    if (start >= 0) {
      column.start[row] = start + shift;
      column.end[row] = column.end[row]! + shift;
    } else if (start <= SPILLED) column.start[row] = SPILLED - start;
  }
}

/** The lowest reason wins; among equals the first field, which is the first to report. */
function report(out: ColumnBatch, row: number, reason: RowErrorCode, field: number): void {
  const known = out.error[row]!;
  if (known !== RowError.none && known <= reason) return;
  out.error[row] = reason;
  out.errorField[row] = field;
}
