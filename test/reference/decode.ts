/** The bytes of a record to its fields (docs/semantics.md, section 1). */
import type { Field, RecordSchema } from '../../crds/stream-job.ts';
import { parseTime } from './time.ts';
import { Decimal, Json } from './values.ts';
import type { Fields, Value } from './values.ts';

/** A column's text, or a member of a JSON object in which a number is a JsonNumber. */
type Cell = unknown;
type ReadCell = (field: Field) => Cell;
export type DecodeError = 'Malformed' | 'MissingField' | 'BadValue';

/** Reads the used fields of a record, or gives the first reason why it is bad. */
export function decoderOf(
  schema: RecordSchema,
  used: ReadonlySet<string>,
): (value: Buffer | null) => Fields | DecodeError {
  const cellsOf = schema.format === 'csv' ? csvReaderOf(schema) : jsonCells;
  const parseCell = schema.format === 'csv' ? parseText : parseJson;
  const usedFields = schema.fields.filter(({ name }) => used.has(name));
  return (value) => {
    const text = value && textOf(value);
    const read = text === null ? undefined : cellsOf(text);
    if (!read) return 'Malformed';
    const cells = usedFields.map((field) => ({ field, cell: read(field) }));
    if (cells.some(({ field, cell }) => cell === undefined && !field.optional)) return 'MissingField';
    const values = cells.map(({ field, cell }) => (cell === undefined ? null : parseCell(field, cell as string)));
    if (values.includes(undefined)) return 'BadValue';
    return Object.fromEntries(usedFields.map(({ name }, index) => [name, values[index]!]));
  };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Buffer): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

function csvReaderOf(schema: RecordSchema): (record: string) => ReadCell | undefined {
  const { delimiter = ',', quote = '"', trim = false } = schema.csv ?? {};
  const columnsOf = (field: Field): readonly string[] => field.from ?? [field.name];
  const names = [...new Set(schema.fields.flatMap(columnsOf))];
  const places = new Map(schema.fields.map((field) => [field, columnsOf(field).map((name) => names.indexOf(name))]));
  const split = splitterOf(delimiter, quote, trim);
  return (record) => {
    const columns = split((names.length > 1 ? unwrap(record) : record).replace(/\r?\n$/, ''));
    if (columns?.length !== names.length) return undefined;
    return (field) => {
      const texts = places.get(field)!.map((place) => columns[place]!);
      const isEmpty = texts.every((text) => text === '') && (field.optional || field.type !== 'string');
      return isEmpty ? undefined : texts.join(' ');
    };
  };
}

/** A record that is one JSON string literal stands for the text in it. */
function unwrap(record: string): string {
  try {
    return record.startsWith('"') && record.endsWith('"') ? (JSON.parse(record) as string) : record;
  } catch {
    return record;
  }
}

function splitterOf(delimiter: string, quote: string, trim: boolean): (record: string) => string[] | undefined {
  const [d, q] = [delimiter, quote].map((byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  const column = new RegExp(`(?:${q}((?:[^${q}]|${q}${q})*)${q}|((?!${q})[^${d}]*))(${d}|$)`, 'y');
  return (record) => {
    const columns: string[] = [];
    column.lastIndex = 0;
    for (let end: string | undefined = delimiter; end === delimiter;) {
      const [, quoted, bare = '', ending] = column.exec(record) ?? [];
      columns.push(quoted?.replaceAll(quote + quote, quote) ?? (trim ? bare.replace(/^[ \t]+|[ \t]+$/g, '') : bare));
      end = ending;
      if (end === undefined) return undefined;
    }
    return record === '' ? undefined : columns;
  };
}

function jsonCells(record: string): ReadCell | undefined {
  let root: unknown;
  try {
    root = parseExactly(record);
  } catch {
    return undefined;
  }
  if (!isObject(root)) return undefined;
  return (field) => {
    let cell: unknown = root;
    for (const name of (field.path ?? field.name).split('.'))
      cell = isObject(cell) && Object.hasOwn(cell, name) ? cell[name] : undefined;
    return cell ?? undefined;
  };
}

/** A JSON number is kept as it is written: 64-bit integers and decimals would not survive as doubles. */
class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): object {
    return (JSON as unknown as { rawJSON: (text: string) => object }).rawJSON(this.text);
  }
}

function parseExactly(text: string): unknown {
  const reviver = (_name: string, value: unknown, context?: { source: string }): unknown =>
    typeof value === 'number' ? new JsonNumber(context!.source) : value;
  return JSON.parse(text, reviver as (name: string, value: unknown) => unknown);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);

/** JSON types must match; what is written in the right one is then read as a column's text would be. */
function parseJson(field: Field, cell: Cell): Value | undefined {
  if (cell instanceof JsonNumber) return takesNumber(field) ? parseText(field, cell.text) : undefined;
  if (typeof cell === 'boolean') return field.type === 'boolean' ? cell : undefined;
  if (typeof cell === 'object')
    return field.type.startsWith(isObject(cell) ? 'map' : 'array') ? new Json(JSON.stringify(cell)) : undefined;
  if (field.type === 'bytes') return parseBase64(cell as string);
  return takesText(field) ? parseText(field, cell as string) : undefined;
}

const takesNumber = ({ type, format = '' }: Field): boolean =>
  /^(int|long|double|decimal)/.test(type) || format.startsWith('epoch');
const takesText = ({ type, format = '' }: Field): boolean =>
  /^(string|decimal|timestamp|date)/.test(type) && !format.startsWith('epoch');

const parseBase64 = (text: string): Buffer | undefined =>
  /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) ? Buffer.from(text, 'base64') : undefined;

const PARSERS: Readonly<Record<string, (text: string, field: Field) => Value | undefined>> = {
  string: (text) => text,
  bytes: (text) => Buffer.from(text),
  boolean: (text) => (text === 'true' || text === 'false' ? text === 'true' : undefined),
  int: (text) => parseInteger(text, 32),
  long: (text) => parseInteger(text, 64),
  double: (text) => parseDouble(text),
  decimal: (text, { type }) => parseDecimal(text, Number(/\d+/.exec(type))),
  timestamp: (text, { format = 'iso8601', timezone = 'UTC' }) => dateOf(parseTime(text, format, timezone)),
  date: (text, { format = 'yyyy-MM-dd' }) => dateOf(parseTime(text, format, 'UTC')),
};
const parseText = (field: Field, text: string): Value | undefined =>
  PARSERS[/^[a-z]+/.exec(field.type)![0]]!(text, field);

function parseInteger(text: string, bits: number): bigint | undefined {
  const value = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  return value !== undefined && BigInt.asIntN(bits, value) === value ? value : undefined;
}

function parseDouble(text: string): number | undefined {
  const value = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value + 0 : undefined;
}

function parseDecimal(text: string, scale: number): Decimal | undefined {
  const [, integer, fraction = ''] = /^(-?\d+)(?:\.(\d+?)0*)?$/.exec(text) ?? [];
  const digits = fraction.replace(/0$/, '');
  if (integer === undefined || digits.length > scale) return undefined;
  const unscaled = BigInt(integer + digits.padEnd(scale, '0'));
  return String(unscaled).replace('-', '').length <= 38 ? new Decimal(unscaled, scale) : undefined;
}

const dateOf = (instant: number | undefined): Date | undefined => {
  const date = new Date(instant ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
};
