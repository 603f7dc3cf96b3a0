/**
 * Rows of a csv file with a header: their columns are put into the order of the topic, byte for byte as they stand,
 * since file and topic share delimiter and quote. A row that does not fit the header goes on as it is, so that the job
 * counts it as malformed with its bytes intact.
 */
import { ByteWriter } from '../../formats/byte-writer.ts';
import type { CsvDialect } from '../csv-text.ts';

/** The place of a column that the file lacks. */
export const ABSENT = -1;

/** Where the columns of one row are, quotes included. */
export class CsvCells {
  count = 0;
  start: Int32Array = new Int32Array(64);
  end: Int32Array = new Int32Array(64);
  private readonly dialect: CsvDialect;

  constructor(dialect: CsvDialect) {
    this.dialect = dialect;
  }

  /** False if there is text behind a closing quote, or no closing quote. */
  split(bytes: Uint8Array, start: number, end: number): boolean {
    const { delimiter, quote } = this.dialect;
    this.count = 0;
    for (let at = start; at <= end; at++) {
      const from = at;
      if (at < end && bytes[at] === quote) {
        at = closingQuote(bytes, at, end, quote) + 1;
        if (at > end || (at < end && bytes[at] !== delimiter)) return false;
      } else while (at < end && bytes[at] !== delimiter) at++;
      this.add(from, at);
    }
    return true;
  }

  private add(from: number, to: number): void {
    if (this.count === this.start.length) {
      this.start = doubled(this.start);
      this.end = doubled(this.end);
    }
    this.start[this.count] = from;
    this.end[this.count++] = to;
  }
}

/** `end` if there is none. */
function closingQuote(bytes: Uint8Array, open: number, end: number, quote: number): number {
  for (let at = open + 1; at < end; at++) {
    if (bytes[at] !== quote) continue;
    if (at + 1 >= end || bytes[at + 1] !== quote) return at;
    at++;
  }
  return end;
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

export class CsvProjection {
  private readonly delimiter: number;
  private readonly cells: CsvCells;
  private readonly places: readonly number[];
  private readonly columnsInFile: number;
  private readonly out = new ByteWriter(512);

  /** `places`: for each column of the topic its place in the file, or ABSENT. */
  constructor(dialect: CsvDialect, places: readonly number[], columnsInFile: number) {
    this.delimiter = dialect.delimiter;
    this.cells = new CsvCells(dialect);
    this.places = places;
    this.columnsInFile = columnsInFile;
  }

  /** The row in bytes[start, end) as it goes to the topic, in a buffer that the next call overwrites. */
  project(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const { out, cells } = this;
    out.clear();
    const isSplit = cells.split(bytes, start, end);
    if (isSplit && cells.count === this.columnsInFile) this.reorder(bytes);
    else {
      out.slice(bytes, start, end);
      // By chance it could look like a whole record of the topic, with every column in the wrong place.
      if (isSplit && cells.count === this.places.length) out.byte(this.delimiter);
    }
    return out.bytes.subarray(0, out.length);
  }

  private reorder(bytes: Uint8Array): void {
    const { out, cells, places } = this;
    for (let column = 0; column < places.length; column++) {
      if (column > 0) out.byte(this.delimiter);
      const place = places[column]!;
      if (place !== ABSENT) out.slice(bytes, cells.start[place]!, cells.end[place]!);
    }
  }
}
