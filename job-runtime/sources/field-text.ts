/**
 * How a generator's values become the text of a schema's fields: times in the field's own format and zone, numbers as
 * digits, text as it is. All of it is settled once, before the first record; a field that the generator cannot give is
 * a mistake in the manifest.
 */
import { suggestion } from '../../crds/nearest.ts';
import { isNumeric, parseFieldType, type FieldType } from '../../crds/field-type.ts';
import type { Field, RecordSchema } from '../../crds/stream-job.ts';
import { StreamJobError } from '../errors.ts';
import type { ByteWriter } from '../formats/byte-writer.ts';
import { DAY_MILLIS } from '../formats/calendar.ts';
import { compileDateFormatter, compileTimestampFormatter, printsNumber } from '../formats/time-formatter.ts';
import { zoneOf } from '../formats/time-zone.ts';
import type { GeneratedColumn, Generator } from './generators/generator.ts';

/** The event time of the record that is being written. */
export interface Moment {
  millis: number;
}

export interface FieldText {
  /** Appends the field's text, without quotes. */
  readonly write: (out: ByteWriter) => void;
  /** json writes it without quotes. */
  readonly isBare: boolean;
  readonly isNull: boolean;
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

export class FieldTexts {
  private readonly generator: Generator;
  private readonly moment: Moment;
  private readonly eventTime: string | undefined;
  /** Zone of texts that have none of their own: that of the event time. */
  private readonly zone: string;
  private readonly names = new Map<string, GeneratedColumn>();

  constructor(schema: RecordSchema, generator: Generator, moment: Moment) {
    this.generator = generator;
    this.moment = moment;
    this.eventTime = schema.eventTime;
    this.zone = schema.fields.find(({ name }) => name === schema.eventTime)?.timezone ?? 'UTC';
    for (const [name, column] of Object.entries(generator.columns)) this.names.set(plain(name), column);
    for (const [alias, name] of Object.entries(generator.aliases ?? {}))
      this.names.set(plain(alias), generator.columns[name]!);
  }

  of(field: Field): FieldText {
    const type = parseFieldType(field.type);
    const column = this.find(field);
    if (!column) return this.absent(field);
    if (column.kind === 'time') return this.time(field, type, column.format);
    if (column.kind === 'number') return number(column.value, type, () => this.mismatch(field, 'a number'));
    if (type.kind !== 'string' && type.kind !== 'bytes') throw this.mismatch(field, 'text');
    return { write: (out) => writeBytes(column.bytes(), out), isBare: false, isNull: false };
  }

  private find({ name, from, path }: Field): GeneratedColumn | undefined {
    if (name === this.eventTime) return { kind: 'time', format: 'iso8601' };
    const candidates = [name, from?.join(''), path, path?.split('.').at(-1)];
    for (const candidate of candidates) {
      const column = candidate === undefined ? undefined : this.names.get(plain(candidate));
      if (column) return column;
    }
    return undefined;
  }

  private absent(field: Field): FieldText {
    if (field.optional) return { write: () => undefined, isBare: true, isNull: true };
    const known = Object.keys(this.generator.columns);
    throw new StreamJobError(
      'ConfigInvalid',
      `spec.schema.fields: the ${this.generator.name} source gives no "${field.name}"${suggestion(field.name, known)}`,
    );
  }

  private time(field: Field, type: FieldType, textFormat: string): FieldText {
    const { moment } = this;
    if (type.kind === 'date') {
      const print = compileDateFormatter(field.format);
      const zone = zoneOf(this.zone);
      const midnight = (millis: number): number =>
        Math.floor((millis + zone.offsetAt(millis)) / DAY_MILLIS) * DAY_MILLIS;
      return { write: (out) => print(midnight(moment.millis), out), isBare: false, isNull: false };
    }
    if (type.kind === 'long' || type.kind === 'double')
      return { write: (out) => out.integer(moment.millis), isBare: true, isNull: false };
    if (type.kind !== 'timestamp' && type.kind !== 'string') throw this.mismatch(field, 'a time');
    const isText = type.kind === 'string';
    const print = compileTimestampFormatter(isText ? textFormat : field.format, isText ? this.zone : field.timezone);
    return { write: (out) => print(moment.millis, out), isBare: !isText && printsNumber(field.format), isNull: false };
  }

  private mismatch(field: Field, given: string): StreamJobError {
    return new StreamJobError(
      'ConfigInvalid',
      `spec.schema.fields: "${field.name}" is ${field.type}, but the ${this.generator.name} source gives ${given}`,
    );
  }
}

function writeBytes(bytes: Uint8Array, out: ByteWriter): void {
  out.slice(bytes, 0, bytes.length);
}

/** Generators give whole numbers. */
function number(value: () => number, type: FieldType, mismatch: () => StreamJobError): FieldText {
  if (!isNumeric(type) && type.kind !== 'string') throw mismatch();
  return { write: (out) => out.integer(value()), isBare: type.kind !== 'string', isNull: false };
}
