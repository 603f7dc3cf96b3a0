/** Writers of single cells, one per output column: what the field is, is settled once and not row by row. */
import type { ColumnBatch, Field, NumberColumn, SliceColumn } from '../engine/column.ts';
import { isSliceType } from '../engine/column.ts';
import { writeBase64 } from './base64.ts';
import { ByteWriter } from './byte-writer.ts';
import { quoteTail, writeCsvColumn } from './csv-text.ts';
import { writeJsonString } from './json-text.ts';
import { decimalWriter, writeBoolean, writeDouble, writeLong } from './number-writer.ts';
import type { NumberWriter } from './number-writer.ts';
import { compileDateFormatter, compileTimestampFormatter, printsNumber } from './time-formatter.ts';

/** A field of the rows, under the name that it has in the output. Times print as the field says unless told otherwise. */
export interface OutputColumn {
  readonly name: string;
  readonly field: Field;
  readonly format?: string | undefined;
  readonly timezone?: string | undefined;
}

/** Writes one cell. False, with nothing written, if it is null. */
export type CellWriter = (batch: ColumnBatch, row: number, writer: ByteWriter) => boolean;

const NULL_TEXT = new TextEncoder().encode('null');

/** The cell's bare text. */
export function textCell(column: OutputColumn): CellWriter {
  return isSliceType(column.field.type) ? sliceCell(column, copy) : numberCell(column, numberWriter(column));
}

/** The cell as a csv column. */
export function csvCell(column: OutputColumn): CellWriter {
  if (isSliceType(column.field.type)) return sliceCell(column, writeCsvColumn);
  const write = numberWriter(column);
  if (!isTime(column)) return numberCell(column, write);
  return numberCell(column, (cells, row, writer) => {
    const start = writer.length;
    write(cells, row, writer);
    quoteTail(writer, start);
  });
}

/** The cell as a JSON value; null is written as `null`. */
export function jsonCell(column: OutputColumn): CellWriter {
  const write = jsonValue(column);
  return (batch, row, writer) => {
    if (!write(batch, row, writer)) writer.slice(NULL_TEXT, 0, 4);
    return true;
  };
}

function jsonValue(column: OutputColumn): CellWriter {
  switch (column.field.type.kind) {
    case 'string':
      return sliceCell(column, writeJsonString);
    case 'bytes':
      return sliceCell(column, quotedBase64);
    case 'array':
    case 'map':
      return sliceCell(column, copy);
    default:
      return numberCell(
        column,
        isTime(column) && !printsNumber(timeFormat(column)) ? asString(numberWriter(column)) : numberWriter(column),
      );
  }
}

type SliceWriter = (bytes: Uint8Array, start: number, end: number, writer: ByteWriter) => void;

function sliceCell({ field }: OutputColumn, write: SliceWriter): CellWriter {
  const { slot } = field;
  return (batch, row, writer) => {
    const column = batch.columns[slot] as SliceColumn;
    const start = column.start[row]!;
    if (start < 0) return false;
    write(column.bytes, start, column.end[row]!, writer);
    return true;
  };
}

function numberCell({ field }: OutputColumn, write: NumberWriter): CellWriter {
  const { slot } = field;
  return (batch, row, writer) => {
    const column = batch.columns[slot] as NumberColumn;
    const value = column.values[row]!;
    if (value !== value) return false;
    write(column, row, writer);
    return true;
  };
}

function numberWriter(column: OutputColumn): NumberWriter {
  const { type, timezone } = column.field;
  switch (type.kind) {
    case 'timestamp':
      return timeWriter(compileTimestampFormatter(timeFormat(column), column.timezone ?? timezone));
    case 'date':
      return timeWriter(compileDateFormatter(timeFormat(column)));
    case 'decimal':
      return decimalWriter(type.scale);
    case 'double':
      return writeDouble;
    case 'boolean':
      return writeBoolean;
    default:
      return writeLong;
  }
}

function timeWriter(format: (millis: number, writer: ByteWriter) => void): NumberWriter {
  return (column, row, writer) => format(column.values[row]!, writer);
}

/** Only a format with literal quotes or backslashes makes text that must be escaped, so the detour is cheap enough. */
function asString(write: NumberWriter): NumberWriter {
  const text = new ByteWriter(64);
  return (column, row, writer) => {
    text.clear();
    write(column, row, text);
    writeJsonString(text.bytes, 0, text.length, writer);
  };
}

function timeFormat({ field, format }: OutputColumn): string | undefined {
  return format ?? field.format;
}

function isTime({ field }: OutputColumn): boolean {
  return field.type.kind === 'timestamp' || field.type.kind === 'date';
}

function copy(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  writer.slice(bytes, start, end);
}

function quotedBase64(bytes: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  writer.byte(34);
  writeBase64(bytes, start, end, writer);
  writer.byte(34);
}
