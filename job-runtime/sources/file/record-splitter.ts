/**
 * Cuts the bytes of a file into records: lines, where for csv a newline between quotes belongs to the record. Bytes
 * come in pieces of any size; only the unfinished record is kept, so memory does not grow with the file.
 */
import { StreamJobError } from '../../errors.ts';
import type { CsvDialect } from '../csv-text.ts';

const LF = 10;
const CR = 13;
/** Far above what a log takes as one record, far below what a forgotten quote in a large file would gather. */
const MAX_RECORD_BYTES = 1 << 26;

/** Where in a record the next byte stands. A quote opens only at the start of a column, and twice inside is one. */
const START_OF_COLUMN = 0;
const UNQUOTED = 1;
const QUOTED = 2;
const AFTER_QUOTE = 3;

export class RecordSplitter {
  /** The record that `next` found: bytes[start, end), without its newline. */
  bytes: Uint8Array = new Uint8Array(1 << 18);
  start = 0;
  end = 0;
  private filled = 0;
  /** Where the record under way begins, and how far it was walked. */
  private begun = 0;
  private at = 0;
  private state = START_OF_COLUMN;
  private isFirst = true;
  private readonly path: string;
  private readonly delimiter: number;
  private readonly quote: number;

  /** Without a dialect a newline always ends a record. */
  constructor(path: string, dialect?: CsvDialect) {
    this.path = path;
    this.delimiter = dialect?.delimiter ?? -1;
    this.quote = dialect?.quote ?? -1;
  }

  /** Takes the next piece; call when `next` found nothing. Moves the bytes: records found before are gone. */
  push(piece: Uint8Array): void {
    const from = this.begun;
    const kept = this.filled - from;
    if (kept > MAX_RECORD_BYTES) {
      throw new StreamJobError(
        'InputUnreadable',
        `cannot read ${this.path}: a record is longer than 64 MiB; is a quote left open?`,
      );
    }
    const needed = kept + piece.length;
    const target = needed <= this.bytes.length ? this.bytes : new Uint8Array(Math.max(needed, this.bytes.length * 2));
    target.set(this.bytes.subarray(from, this.filled));
    target.set(piece, kept);
    this.bytes = target;
    this.at -= from;
    this.filled = needed;
    this.begun = 0;
    if (this.isFirst) this.skipByteOrderMark();
  }

  /** Finds the next complete record that is not empty: blank lines are no records. */
  next(): boolean {
    while (this.advance()) {
      this.cut(this.at - 1);
      this.begun = this.at;
      if (this.end > this.start) return true;
    }
    return false;
  }

  /** At the end of the file: the record that no newline ends. */
  last(): boolean {
    this.cut(this.filled);
    this.begun = this.filled;
    this.at = this.filled;
    return this.end > this.start;
  }

  private cut(end: number): void {
    this.start = this.begun;
    this.end = end > this.start && this.bytes[end - 1] === CR ? end - 1 : end;
  }

  /** Walks behind the next newline that ends a record; false if the bytes end before it. */
  private advance(): boolean {
    const { bytes, filled, delimiter, quote } = this;
    let { at, state } = this;
    while (at < filled) {
      const byte = bytes[at++]!;
      if (state === QUOTED) {
        if (byte === quote) state = AFTER_QUOTE;
      } else if (byte === LF) {
        this.at = at;
        this.state = START_OF_COLUMN;
        return true;
      } else if (byte === delimiter) state = START_OF_COLUMN;
      else if (byte === quote && state !== UNQUOTED) state = QUOTED;
      else state = UNQUOTED;
    }
    this.at = at;
    this.state = state;
    return false;
  }

  /** Spreadsheets put one before the first column's name. */
  private skipByteOrderMark(): void {
    if (this.filled < 3) return;
    this.isFirst = false;
    if (this.bytes[0] !== 0xef || this.bytes[1] !== 0xbb || this.bytes[2] !== 0xbf) return;
    this.begun = 3;
    this.at = 3;
    this.state = START_OF_COLUMN;
  }
}
