/** The formats by name. */
import type { RecordSchema } from '../../crds/record-schema.ts';
import type { Field } from '../engine/column.ts';
import { createCsvDecoder } from './csv-decoder.ts';
import { createJsonDecoder } from './json-decoder.ts';
import type { Decoder } from './decoder.ts';

/** A decoder of the schema's records that fills the columns of `fields`, in the schema's order. */
export function createDecoder(schema: RecordSchema, fields: readonly Field[]): Decoder {
  return schema.format === 'csv' ? createCsvDecoder(schema, fields) : createJsonDecoder(schema, fields);
}
