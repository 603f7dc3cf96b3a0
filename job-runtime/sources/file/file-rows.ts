/**
 * Reads a file row by row, in file order: bytes, records, columns. Pieces come by promise, rows by plain calls. Rows
 * of a csv file with a header take the topic's columns; all others are records of the topic as they stand.
 */
import type { Producer, RecordSchema } from '../../../crds/stream-job.ts';
import { dialectOf } from '../csv-text.ts';
import { findColumns, headerNames } from './csv-header.ts';
import { CsvProjection } from './csv-row.ts';
import { FileBytes } from './file-bytes.ts';
import { RecordSplitter } from './record-splitter.ts';

export type FileOptions = NonNullable<Producer['source']['file']>;

export class FileRows {
  private readonly bytes: FileBytes;
  private readonly splitter: RecordSplitter;
  private projection: CsvProjection | undefined;
  private isAtEnd = false;

  private constructor(bytes: FileBytes, splitter: RecordSplitter) {
    this.bytes = bytes;
    this.splitter = splitter;
  }

  static async open({ path, compression }: FileOptions, schema: RecordSchema): Promise<FileRows> {
    const bytes = await FileBytes.open(path, compression);
    const rows = new FileRows(bytes, new RecordSplitter(path, schema.format === 'csv' ? dialectOf(schema) : undefined));
    try {
      if (schema.csv?.header === true) await rows.readHeader(schema, path);
      return rows;
    } catch (error) {
      await bytes.close();
      throw error;
    }
  }

  /** Goes to the next row that has been read whole; false: call `more`. */
  next(): boolean {
    return this.splitter.next() || (this.isAtEnd && this.splitter.last());
  }

  /** The row that `next` found, as it goes to the topic; valid until the next call. */
  value(): Uint8Array {
    const { bytes, start, end } = this.splitter;
    return this.projection ? this.projection.project(bytes, start, end) : bytes.subarray(start, end);
  }

  /** Reads on; false at the end of the file. */
  async more(): Promise<boolean> {
    if (this.isAtEnd) return false;
    const piece = await this.bytes.next();
    if (piece) this.splitter.push(piece);
    else this.isAtEnd = true;
    return true;
  }

  progress(): { readonly done: number; readonly total: number | undefined } {
    return { done: this.bytes.bytesRead, total: this.bytes.size };
  }

  async close(): Promise<void> {
    await this.bytes.close();
  }

  private async readHeader(schema: RecordSchema, path: string): Promise<void> {
    // FileBytes fails on an empty file, so there is a first line unless all lines are blank.
    while (!this.next()) if (!(await this.more())) break;
    const { bytes, start, end } = this.splitter;
    const header = headerNames(bytes, start, end, schema);
    this.projection = new CsvProjection(dialectOf(schema), findColumns(schema, header, path), header.length);
  }
}
