/**
 * Finds the columns of the topic's records in the header of a file. Names are compared trimmed: real files have
 * trailing spaces in them. Columns that the schema does not name, such as a row number, are left out.
 */
import { nearest } from '../../../crds/nearest.ts';
import type { RecordSchema } from '../../../crds/stream-job.ts';
import { StreamJobError } from '../../errors.ts';
import { dialectOf, topicColumns } from '../csv-text.ts';
import { ABSENT, CsvCells } from './csv-row.ts';

/** The names in the header line in bytes[start, end), without quotes and the blanks around them. */
export function headerNames(bytes: Uint8Array, start: number, end: number, schema: RecordSchema): string[] {
  const cells = new CsvCells(dialectOf(schema));
  cells.split(bytes, start, end);
  const quote = schema.csv?.quote ?? '"';
  return Array.from({ length: cells.count }, (_, cell) => {
    const text = new TextDecoder().decode(bytes.subarray(cells.start[cell]!, cells.end[cell]!));
    return (text.startsWith(quote) ? text.slice(1, -1).replaceAll(quote + quote, quote) : text).trim();
  });
}

/** For each column of the topic its place in the file; ABSENT for one that only optional fields need. */
export function findColumns(schema: RecordSchema, header: readonly string[], path: string): number[] {
  const { names, ofField } = topicColumns(schema);
  const places = names.map((name) => header.indexOf(name.trim()));
  const required = new Set(ofField.flatMap((columns, index) => (schema.fields[index]!.optional ? [] : columns)));
  const missing = names.filter((_, index) => places[index] === ABSENT && required.has(index));
  if (missing.length === 0) return places;
  const present = header.filter((name) => name !== '');
  const list = missing.map((name) => JSON.stringify(name) + hint(name, present)).join(', ');
  throw new StreamJobError('InputUnreadable', `${path} lacks column ${list}; its header has ${present.join(', ')}`);
}

function hint(name: string, present: readonly string[]): string {
  const near = nearest(name, present);
  return near === undefined ? '' : ` (nearest: ${JSON.stringify(near)})`;
}
