/** For the tests of decoders: values to batches, and decoded rows to plain objects. */
import type { RecordSchema as Schema } from '../../crds/record-schema.ts';
import { RecordSchema } from '../../crds/record-schema.ts';
import { parseFieldType } from '../../crds/field-type.ts';
import { createColumnBatch, exactInteger, ROW_ERROR_NAMES } from '../engine/column.ts';
import type { ColumnBatch, Field } from '../engine/column.ts';
import type { RecordBatch } from '../record.ts';
import { createDecoder } from './registry.ts';

export type Value = string | Uint8Array | null;
export type Cell = string | number | bigint | null;
export type Row = Record<string, Cell> | { readonly bad: string; readonly field: string | undefined };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export const schemaOf = (input: unknown): Schema => RecordSchema.parse(input);

export function fieldsOf(schema: Schema, names: readonly string[] = schema.fields.map(({ name }) => name)): Field[] {
  return names.map((name, slot) => {
    const { type, format, timezone } = schema.fields.find((field) => field.name === name)!;
    return { name, slot, type: parseFieldType(type), ...(format ? { format } : {}), ...(timezone ? { timezone } : {}) };
  });
}

/** The values lie behind `margin` bytes of something else, as in a fetched block. */
export function batchOf(values: readonly Value[], margin = 3): RecordBatch {
  const encoded = values.map((value) => (typeof value === 'string' ? encoder.encode(value) : value));
  const size = encoded.reduce((sum, value) => sum + (value?.length ?? 0) + margin, 0);
  const bytes = new Uint8Array(size).fill(34);
  const valueStart = new Int32Array(values.length).fill(-1);
  const valueEnd = new Int32Array(values.length).fill(-1);
  let at = 0;
  encoded.forEach((value, row) => {
    at += margin;
    if (!value) return;
    bytes.set(value, at);
    valueStart[row] = at;
    valueEnd[row] = at += value.length;
  });
  const absent = new Int32Array(values.length).fill(-1);
  const offset = Float64Array.from(values, (_, row) => 100 + row);
  return {
    partition: 7,
    count: values.length,
    bytes,
    keyStart: absent,
    keyEnd: absent,
    valueStart,
    valueEnd,
    headerStart: absent,
    headerEnd: absent,
    offset,
    timestamp: new Float64Array(values.length),
    nextOffset: 100 + values.length,
  };
}

function cellOf(batch: ColumnBatch, field: Field, row: number): Cell {
  const column = batch.columns[field.slot]!;
  if (column.kind === 'slice')
    return column.start[row]! < 0 ? null : decoder.decode(column.bytes.subarray(column.start[row], column.end[row]));
  const value = column.values[row]!;
  if (Number.isNaN(value)) return null;
  return field.type.kind === 'long' || field.type.kind === 'decimal' ? exactInteger(column, row) : value;
}

/** Decodes the values as one batch; `used` names the fields that the job uses. */
export function decodeAll(schema: Schema, values: readonly Value[], used?: readonly string[]): Row[] {
  const fields = fieldsOf(schema, used);
  const out = createColumnBatch(
    fields.map(({ type }) => type),
    1,
  );
  const subject = createDecoder(schema, fields);
  // A first batch leaves its traces behind, as any batch but the first one meets them.
  subject.decode(batchOf(['"x', 'a,"b""c"', '{"a":"\\n"}']), out);
  subject.decode(batchOf(values), out);
  return rowsOf(out, subject.fields);
}

function rowsOf(out: ColumnBatch, fields: readonly Field[]): Row[] {
  return Array.from({ length: out.count }, (_, row) => {
    const error = out.error[row]!;
    if (error !== 0) return { bad: ROW_ERROR_NAMES[error]!, field: fields[out.errorField[row]!]?.name };
    return Object.fromEntries(fields.map((field) => [field.name, cellOf(out, field, row)]));
  });
}
