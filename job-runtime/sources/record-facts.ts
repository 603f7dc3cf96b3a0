/**
 * Key and event time of records that are on their way to the topic, found as the job itself will find them: by its
 * decoder and its key codec. So a key is what the planner takes it for, and equal values meet in one partition however
 * a file writes them.
 */
import { parseFieldType } from '../../crds/field-type.ts';
import type { KeyEncoding } from '../../crds/record-schema.ts';
import type { Producer, RecordSchema } from '../../crds/stream-job.ts';
import { createColumnBatch, RowError, type ColumnBatch, type Field, type NumberColumn } from '../engine/column.ts';
import { ByteWriter } from '../formats/byte-writer.ts';
import type { Decoder } from '../formats/decoder.ts';
import { createKeyEncoder, type KeyEncoder } from '../formats/key-codec.ts';
import { createDecoder } from '../formats/registry.ts';
import type { RecordBuilder } from '../log/record-builder.ts';

/** The schema of the topic's records, and the producer that may give them a key. */
export interface RecordShape {
  readonly schema: RecordSchema;
  readonly producer: Producer;
}

export class RecordFacts {
  private readonly decoder: Decoder | undefined = undefined;
  private readonly columns: ColumnBatch;
  private readonly keyEncoder: KeyEncoder | undefined = undefined;
  private readonly keyText = new ByteWriter(64);
  private readonly timeSlot: number;
  private noOffsets = new Float64Array(0);

  /** `withTime`: whether the event time is asked for, if the schema names one. */
  constructor({ schema, producer }: RecordShape, withTime: boolean) {
    const keyNames = producer.key ?? schema.key?.fields ?? [];
    const used = new Set(withTime && schema.eventTime !== undefined ? [...keyNames, schema.eventTime] : keyNames);
    const fields = schema.fields.filter(({ name }) => used.has(name)).map(fieldAt);
    this.columns = createColumnBatch(
      fields.map(({ type }) => type),
      0,
    );
    this.timeSlot = withTime ? fields.findIndex(({ name }) => name === schema.eventTime) : -1;
    if (fields.length > 0) this.decoder = createDecoder(schema, fields);
    if (keyNames.length === 0) return;
    const keyFields = keyNames.map((name) => fields.find((field) => field.name === name)!);
    this.keyEncoder = createKeyEncoder(encodingOf(schema, keyNames), keyFields);
  }

  /** Looks at all records of the builder. */
  look(rows: RecordBuilder): void {
    if (!this.decoder) return;
    if (this.noOffsets.length < rows.count) this.noOffsets = new Float64Array(rows.count * 2);
    this.decoder.decode(rows.view(0, this.noOffsets), this.columns);
  }

  /** In bytes that the next call overwrites. A record that is not even split into fields has no key. */
  key(row: number): Uint8Array | null {
    if (!this.keyEncoder || this.columns.error[row] === RowError.malformed) return null;
    this.keyText.clear();
    this.keyEncoder(this.columns, row, this.keyText);
    return this.keyText.bytes.subarray(0, this.keyText.length);
  }

  /** NaN where there is none. */
  time(row: number): number {
    if (this.timeSlot < 0 || this.columns.error[row] === RowError.malformed) return NaN;
    return (this.columns.columns[this.timeSlot] as NumberColumn).values[row]!;
  }
}

function fieldAt(field: RecordSchema['fields'][number], slot: number): Field {
  const { name, type, format, timezone } = field;
  return {
    name,
    type: parseFieldType(type),
    slot,
    ...(format === undefined ? {} : { format }),
    ...(timezone === undefined ? {} : { timezone }),
  };
}

function encodingOf({ key }: RecordSchema, names: readonly string[]): KeyEncoding {
  const fitting = names.length === 1 ? 'string' : 'joined';
  return key?.encoding === undefined || (key.encoding === 'string' && names.length > 1) ? fitting : key.encoding;
}
