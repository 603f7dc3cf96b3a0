/**
 * Record keys made of fields. A producer writes its keys with it, and a consumer compares them with the keys that it
 * reads: so a null (nothing) and an empty text (a pair of quotes) differ in a joined key, and no two lists look alike.
 */
import type { KeyEncoding } from '../../crds/record-schema.ts';
import type { ColumnBatch, Field, SliceColumn } from '../engine/column.ts';
import { isSliceType } from '../engine/column.ts';
import type { ByteWriter } from './byte-writer.ts';
import { csvCell, jsonCell, textCell } from './cell-writer.ts';
import type { CellWriter, OutputColumn } from './cell-writer.ts';
import { CSV_DELIMITER } from './csv-text.ts';

/** Appends the key of a row. A null in a `string` key writes nothing. */
export type KeyEncoder = (batch: ColumnBatch, row: number, writer: ByteWriter) => void;

const QUOTE = 34;

export function createKeyEncoder(encoding: KeyEncoding, fields: readonly Field[]): KeyEncoder {
  const columns = fields.map((field) => ({ name: field.name, field }));
  if (encoding === 'json') return jsonKey(columns.map(jsonCell));
  if (encoding === 'joined') return joinedKey(columns.map(joinedCell));
  const cell = textCell(columns[0]!);
  return (batch, row, writer) => {
    cell(batch, row, writer);
  };
}

function joinedCell(column: OutputColumn): CellWriter {
  const write = csvCell(column);
  if (!isSliceType(column.field.type)) return write;
  const { slot } = column.field;
  return (batch, row, writer) => {
    const { start, end } = batch.columns[slot] as SliceColumn;
    if (start[row]! < 0 || start[row] !== end[row]) return write(batch, row, writer);
    writer.byte(QUOTE);
    writer.byte(QUOTE);
    return true;
  };
}

function joinedKey(cells: readonly CellWriter[]): KeyEncoder {
  return (batch, row, writer) => {
    for (let i = 0; i < cells.length; i++) {
      if (i > 0) writer.byte(CSV_DELIMITER);
      cells[i]!(batch, row, writer);
    }
  };
}

function jsonKey(cells: readonly CellWriter[]): KeyEncoder {
  return (batch, row, writer) => {
    writer.byte(91);
    for (let i = 0; i < cells.length; i++) {
      if (i > 0) writer.byte(CSV_DELIMITER);
      cells[i]!(batch, row, writer);
    }
    writer.byte(93);
  };
}
