/** Cells as the library's values, and its values back to cells: what the kernels' columns are to cel-js. */
import type { FieldType } from '../../../crds/field-type.ts';
import { exactInteger, NULL, WIDE } from '../column.ts';
import type { Column, NumberColumn, SliceColumn } from '../column.ts';
import { decimalToDouble } from './field-kernels.ts';
import { fitsInt, storeExact } from './int-kernels.ts';
import { parseInstant, printInstant } from './instant.ts';
import { markNotANumber } from './vector.ts';
import type { KernelType } from './cel-types.ts';

/** Unlike TextDecoder's default it keeps a byte order mark: the text is the bytes, no more and no less. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export const sliceText = ({ bytes, start, end }: SliceColumn, row: number): string =>
  decoder.decode(bytes.subarray(start[row]!, end[row]!));

/** The value of a cell that is not null. */
export function cellValue(type: FieldType, column: Column, row: number): unknown {
  return column.kind === 'slice' ? sliceValue(type, column, row) : numberValue(type, column, row);
}

function sliceValue(type: FieldType, column: SliceColumn, row: number): unknown {
  if (type.kind === 'bytes') return column.bytes.slice(column.start[row]!, column.end[row]!);
  const text = sliceText(column, row);
  return type.kind === 'array' || type.kind === 'map' ? parseNested(type.element, text) : text;
}

function numberValue(type: FieldType, column: NumberColumn, row: number): unknown {
  const value = column.values[row]!;
  switch (type.kind) {
    case 'boolean':
      return value === 1;
    case 'int':
    case 'long':
      return exactInteger(column, row);
    case 'decimal':
      return decimalToDouble(value === WIDE ? column.wide.get(row)! : value, type.scale);
    case 'timestamp':
    case 'date':
      return new Date(value);
    default:
      return value;
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/** An array or map field holds JSON text; its numbers are read from their digits, so that a long stays exact. */
function parseNested(element: FieldType, text: string): unknown {
  const revive: Reviver = (key, value, { source }) => (key === '' ? value : elementValue(element, value, source));
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

function elementValue({ kind }: FieldType, value: unknown, source: string | undefined): unknown {
  if ((kind === 'int' || kind === 'long') && typeof value === 'number' && source !== undefined) return BigInt(source);
  if (kind === 'decimal') return Number(value);
  if (typeof value !== 'string') return value;
  if (kind === 'bytes') return new Uint8Array(Buffer.from(value, 'base64'));
  return kind === 'timestamp' || kind === 'date' ? new Date(parseInstant(value)) : value;
}

/** Stores a number; anything but a value of the type leaves the row without one. */
export function storeNumber(type: KernelType, out: NumberColumn, row: number, value: unknown): void {
  out.values[row] = NULL;
  if (type === 'int') storeExact(out, row, typeof value === 'bigint' ? value : undefined);
  else if (type === 'bool' && typeof value === 'boolean') out.values[row] = value ? 1 : 0;
  else if (type === 'timestamp' && value instanceof Date) out.values[row] = value.getTime();
  else if (type === 'double' && typeof value === 'number') storeDouble(out, row, value);
}

function storeDouble(out: NumberColumn, row: number, value: number): void {
  out.values[row] = value;
  if (value !== value) markNotANumber(out, row);
}

/** JSON text of a list or map; throws on what JSON or a field cannot hold. */
export function jsonText(value: unknown): string {
  if (typeof value === 'object' && value !== null) return nestedJsonText(value);
  if (typeof value === 'bigint' && fitsInt(value)) return String(value);
  const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  if (!isPlain) throw new RangeError('no field holds this value');
  return JSON.stringify(value);
}

function nestedJsonText(value: object): string {
  if (value instanceof Date) return JSON.stringify(printInstant(value.getTime()));
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const entries: [unknown, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, entry]) => `${JSON.stringify(String(key))}:${jsonText(entry)}`).join(',')}}`;
}
