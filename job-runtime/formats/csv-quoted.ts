/**
 * The slow path of csv: records in which a column starts with the quote (RFC 4180), or whose bytes stand in the spill
 * already. Columns with doubled quotes are written to the spill without them.
 */
import type { ByteWriter } from './byte-writer.ts';
import { SPILLED } from './cell-table.ts';

export interface CsvSyntax {
  readonly delimiter: number;
  readonly quote: number;
  readonly trim: boolean;
  readonly columns: number;
}

/** Column c of a record is [from[c], to[c]); a place p in the spill stands as `SPILLED − p` in `from`, as p in `to`. */
export interface ColumnBounds {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export class QuotedSplitter {
  private readonly syntax: CsvSyntax;
  private readonly bounds: ColumnBounds;
  private readonly spill: ByteWriter;
  /** The record at hand; undefined while it is in the spill, whose buffer changes as it grows. */
  private record: Uint8Array | undefined;
  private end = 0;

  constructor(syntax: CsvSyntax, bounds: ColumnBounds, spill: ByteWriter) {
    this.syntax = syntax;
    this.bounds = bounds;
    this.spill = spill;
  }

  /** Fills the bounds; false if the record is malformed. `record` undefined: it lies in the spill. */
  split(record: Uint8Array | undefined, start: number, end: number): boolean {
    const { columns, quote } = this.syntax;
    this.record = record;
    this.end = end;
    let at = start;
    for (let column = 0; column < columns; column++) {
      const isQuoted = at < end && this.byteAt(at) === quote;
      const stop = isQuoted ? this.quoted(at + 1, column) : this.unquoted(at, column);
      if (stop < 0) return false;
      if (stop === end) return column === columns - 1;
      at = stop + 1;
    }
    return false;
  }

  private byteAt(at: number): number {
    return this.record === undefined ? this.spill.bytes[at]! : this.record[at]!;
  }

  private bound(column: number, start: number, end: number, inSpill: boolean): void {
    this.bounds.from[column] = inSpill ? SPILLED - start : start;
    this.bounds.to[column] = end;
  }

  /** Returns where the delimiter behind the column is, or the end of the record. */
  private unquoted(start: number, column: number): number {
    let stop = start;
    while (stop < this.end && this.byteAt(stop) !== this.syntax.delimiter) stop++;
    let from = start;
    let to = stop;
    if (this.syntax.trim) {
      while (from < to && isBlank(this.byteAt(from))) from++;
      while (to > from && isBlank(this.byteAt(to - 1))) to--;
    }
    this.bound(column, from, to, this.record === undefined);
    return stop;
  }

  /** As unquoted, of a column whose opening quote is before `start`; −1 if it is not closed, or text follows the quote. */
  private quoted(start: number, column: number): number {
    const { quote, delimiter } = this.syntax;
    let doubled = false;
    let close = start;
    for (; close < this.end; close++) {
      if (this.byteAt(close) !== quote) continue;
      if (close + 1 === this.end || this.byteAt(close + 1) !== quote) break;
      doubled = true;
      close++;
    }
    const stop = close + 1;
    if (close >= this.end || (stop < this.end && this.byteAt(stop) !== delimiter)) return -1;
    if (doubled) this.undouble(start, close, column);
    else this.bound(column, start, close, this.record === undefined);
    return stop;
  }

  private undouble(start: number, end: number, column: number): void {
    const place = this.spill.length;
    for (let at = start; at < end; at++) {
      const byte = this.byteAt(at);
      this.spill.byte(byte);
      if (byte === this.syntax.quote) at++;
    }
    this.bound(column, place, this.spill.length, true);
  }
}

export function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}
