/** Rows as lines of csv or json (docs/semantics.md, section 6). Line ends are the caller's. */
import type { ColumnBatch } from '../engine/column.ts';
import type { ByteWriter } from './byte-writer.ts';
import { csvCell, jsonCell } from './cell-writer.ts';
import type { CellWriter, OutputColumn } from './cell-writer.ts';
import { CSV_DELIMITER, writeCsvColumn } from './csv-text.ts';

export type { OutputColumn } from './cell-writer.ts';

export interface RowEncoder {
  /** The line before the first row: the column names in csv, nothing in json. */
  header(writer: ByteWriter): void;
  row(batch: ColumnBatch, row: number, writer: ByteWriter): void;
}

export function createRowEncoder(format: 'csv' | 'json', columns: readonly OutputColumn[]): RowEncoder {
  return format === 'csv' ? new CsvRowEncoder(columns) : new JsonRowEncoder(columns);
}

const encoder = new TextEncoder();

class CsvRowEncoder implements RowEncoder {
  private readonly names: readonly Uint8Array[];
  private readonly cells: readonly CellWriter[];

  constructor(columns: readonly OutputColumn[]) {
    this.names = columns.map(({ name }) => encoder.encode(name));
    this.cells = columns.map(csvCell);
  }

  header(writer: ByteWriter): void {
    this.names.forEach((name, index) => {
      if (index > 0) writer.byte(CSV_DELIMITER);
      writeCsvColumn(name, 0, name.length, writer);
    });
  }

  row(batch: ColumnBatch, row: number, writer: ByteWriter): void {
    const { cells } = this;
    for (let i = 0; i < cells.length; i++) {
      if (i > 0) writer.byte(CSV_DELIMITER);
      cells[i]!(batch, row, writer);
    }
  }
}

class JsonRowEncoder implements RowEncoder {
  /** What stands before each value: `{"a":`, then `,"b":`. */
  private readonly labels: readonly Uint8Array[];
  private readonly cells: readonly CellWriter[];

  constructor(columns: readonly OutputColumn[]) {
    this.labels = columns.map(({ name }, index) =>
      encoder.encode(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    );
    this.cells = columns.map(jsonCell);
  }

  header(): void {
    // A line of json names its own columns.
  }

  row(batch: ColumnBatch, row: number, writer: ByteWriter): void {
    const { cells, labels } = this;
    for (let i = 0; i < cells.length; i++) {
      const label = labels[i]!;
      writer.slice(label, 0, label.length);
      cells[i]!(batch, row, writer);
    }
    if (cells.length === 0) writer.byte(123);
    writer.byte(125);
  }
}
