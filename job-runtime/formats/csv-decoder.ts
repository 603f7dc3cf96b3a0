/**
 * Decodes csv records. One pass over a record's bytes finds the ends of its columns; only columns that are used are
 * looked at again. Records with quotes take the slow path (`csv-quoted.ts`), record by record.
 */
import type { RecordSchema } from '../../crds/record-schema.ts';
import type { ColumnBatch, Field } from '../engine/column.ts';
import type { RecordBatch } from '../record.ts';
import { CellTable, inSchemaOrder, SPILLED } from './cell-table.ts';
import type { Decoder } from './decoder.ts';
import { isBlank, QuotedSplitter } from './csv-quoted.ts';
import type { ColumnBounds, CsvSyntax } from './csv-quoted.ts';
import { closingQuote, unescapeString } from './json-string.ts';
import { isUtf8 } from './utf8.ts';

const LF = 10;
const CR = 13;
const SPACE = 32;
const JSON_QUOTE = 34;

export function createCsvDecoder(schema: RecordSchema, fields: readonly Field[]): Decoder {
  return new CsvDecoder(schema, fields);
}

/** The columns of a record, in order: the sources of the fields, each once, in the order in which the fields name them. */
function csvColumns(schema: Pick<RecordSchema, 'fields'>): readonly string[] {
  return [...new Set(schema.fields.flatMap(({ name, from }) => from ?? [name]))];
}

/** A field of several columns: the index of the field, and of each column. */
interface Join {
  readonly index: number;
  readonly columns: readonly number[];
}

class CsvDecoder implements Decoder {
  readonly fields: readonly Field[];
  private readonly cells: CellTable;
  private readonly syntax: CsvSyntax;
  private readonly bounds: ColumnBounds;
  private readonly quoted: QuotedSplitter;
  /** The fields of one column each, and that column. */
  private readonly singles: Int32Array;
  private readonly singleColumns: Int32Array;
  private readonly joins: readonly Join[];
  /** Shows the batch's bytes four at a time. */
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** The two bytes of the syntax, four times over. */
  private readonly delimiters: number;
  private readonly quotes: number;
  /** What findColumns saw in the record at hand. */
  private hasQuotes = false;
  private hasHighBytes = false;

  constructor(schema: RecordSchema, fields: readonly Field[]) {
    const decoded = inSchemaOrder(schema, fields);
    const columns = csvColumns(schema);
    const sources = decoded.map((entry) =>
      (entry.schema.from ?? [entry.schema.name]).map((name) => columns.indexOf(name)),
    );
    const { delimiter = ',', quote = '"', trim = false } = schema.csv ?? {};
    this.fields = decoded.map(({ field }) => field);
    this.cells = new CellTable(decoded, true);
    this.syntax = { delimiter: delimiter.charCodeAt(0), quote: quote.charCodeAt(0), trim, columns: columns.length };
    this.bounds = { from: new Int32Array(columns.length), to: new Int32Array(columns.length) };
    this.delimiters = this.syntax.delimiter * 0x01010101;
    this.quotes = this.syntax.quote * 0x01010101;
    this.quoted = new QuotedSplitter(this.syntax, this.bounds, this.cells.spill);
    const singles = sources.flatMap((source, index) => (source.length === 1 ? [index] : []));
    this.singles = Int32Array.from(singles);
    this.singleColumns = Int32Array.from(singles, (index) => sources[index]![0]!);
    this.joins = sources.flatMap((source, index) => (source.length > 1 ? [{ index, columns: source }] : []));
  }

  decode(batch: RecordBatch, out: ColumnBatch): void {
    const { bytes, valueStart, valueEnd } = batch;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.cells.begin(batch, out);
    for (let row = 0; row < batch.count; row++) {
      const start = valueStart[row]!;
      if (start >= 0 && this.split(bytes, start, valueEnd[row]!)) this.take(bytes, row);
      else this.cells.rejectRow(out, row);
    }
    this.cells.finish(batch, out);
  }

  /** Finds the columns of one record; false if it is malformed. */
  private split(bytes: Uint8Array, start: number, end: number): boolean {
    if (start < end && bytes[start] === JSON_QUOTE && this.syntax.columns > 1) {
      const close = closingQuote(bytes, this.view, start + 1, end);
      if (close === end - 1) return this.splitLine(bytes, start + 1, close);
      if (~close === end - 1) return this.splitUnescaped(bytes, start + 1, ~close);
    }
    return this.splitLine(bytes, start, end);
  }

  /** The record is a JSON string with escapes: what it says is written to the spill, and split there. */
  private splitUnescaped(bytes: Uint8Array, start: number, end: number): boolean {
    const { spill } = this.cells;
    const place = spill.length;
    unescapeString(bytes, start, end, spill);
    const stop = withoutNewline(spill.bytes, place, spill.length);
    return stop > place && this.quoted.split(undefined, place, stop);
  }

  private splitLine(bytes: Uint8Array, start: number, stop: number): boolean {
    const end = withoutNewline(bytes, start, stop);
    if (end === start) return false;
    const column = this.findColumns(bytes, start, end);
    if (this.hasHighBytes && !isUtf8(bytes, start, end)) return false;
    if (this.hasQuotes && this.startsQuoted(bytes, column, end)) return this.quoted.split(bytes, start, end);
    if (column !== this.syntax.columns - 1) return false;
    if (this.syntax.trim) this.trim(bytes);
    return true;
  }

  /**
   * Notes the ends of columns, four bytes at a time, and whether there are quotes and bytes above 127; returns the number
   * of delimiters. Past the last column there is nothing to write to: the count alone makes the record malformed.
   */
  private findColumns(bytes: Uint8Array, start: number, end: number): number {
    const { view, quotes: quote, delimiters: delimiter } = this;
    const { from, to } = this.bounds;
    let column = 0;
    let seen = 0;
    let quotes = 0;
    let at = start;
    from[0] = start;
    for (const last = end - 4; at <= last; at += 4) {
      const word = view.getInt32(at, true);
      seen |= word;
      const unlikeQuote = word ^ quote;
      quotes |= (unlikeQuote - 0x01010101) & ~unlikeQuote;
      const unlike = word ^ delimiter;
      // The top bit of each byte that is the delimiter, and of no other.
      let found = ~(((unlike & 0x7f7f7f7f) + 0x7f7f7f7f) | unlike | 0x7f7f7f7f);
      for (; found !== 0; found &= found - 1) {
        const place = at + ((31 - Math.clz32(found & -found)) >> 3);
        to[column++] = place;
        from[column] = place + 1;
      }
    }
    for (; at < end; at++) {
      const byte = bytes[at]!;
      seen |= byte;
      if (byte === (quote & 0xff)) quotes |= 0x80;
      if (byte !== (delimiter & 0xff)) continue;
      to[column++] = at;
      from[column] = at + 1;
    }
    to[column] = end;
    this.hasHighBytes = (seen & 0x80808080) !== 0;
    this.hasQuotes = (quotes & 0x80808080) !== 0;
    return column;
  }

  /** A quote counts only where a column starts with it. */
  private startsQuoted(bytes: Uint8Array, delimiters: number, end: number): boolean {
    const { from } = this.bounds;
    const columns = Math.min(delimiters + 1, from.length);
    for (let column = 0; column < columns; column++)
      if (from[column]! < end && bytes[from[column]!] === this.syntax.quote) return true;
    return false;
  }

  private trim(bytes: Uint8Array): void {
    const { from, to } = this.bounds;
    for (let column = 0; column < from.length; column++) {
      let start = from[column]!;
      let end = to[column]!;
      while (start < end && isBlank(bytes[start]!)) start++;
      while (end > start && isBlank(bytes[end - 1]!)) end--;
      from[column] = start;
      to[column] = end;
    }
  }

  /** Notes the cells of the record that was split. */
  private take(bytes: Uint8Array, row: number): void {
    const { starts, ends } = this.cells;
    const { from, to } = this.bounds;
    for (let i = 0; i < this.singles.length; i++) {
      const index = this.singles[i]!;
      const column = this.singleColumns[i]!;
      const start = from[column]!;
      starts[index]![row] = start;
      ends[index]![row] = to[column]!;
      if (start < 0) this.cells.markSpilled(index);
    }
    for (let i = 0; i < this.joins.length; i++) this.join(bytes, row, this.joins[i]!);
  }

  /** Writes the columns of a field to the spill with a space between them; nothing if all are empty. */
  private join(bytes: Uint8Array, row: number, { index, columns }: Join): void {
    const { spill } = this.cells;
    const { from, to } = this.bounds;
    const place = spill.length;
    let size = 0;
    for (let i = 0; i < columns.length; i++) {
      if (i > 0) spill.byte(SPACE);
      const start = from[columns[i]!]!;
      const end = to[columns[i]!]!;
      const before = spill.length;
      if (start >= 0) spill.slice(bytes, start, end);
      else spill.slice(spill.bytes, SPILLED - start, end);
      size += spill.length - before;
    }
    if (size === 0) spill.length = place;
    this.cells.spillCell(index, row, place);
  }
}

function withoutNewline(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || bytes[end - 1] !== LF) return end;
  return end - 1 > start && bytes[end - 2] === CR ? end - 2 : end - 1;
}
