/** How the bytes of a record become fields. The meaning of each setting: docs/semantics.md, sections 1 and 2. */
import * as z from 'zod';
import { FieldName, namesOf, TimeFormat, TimeZone } from './common.ts';
import { FieldTypeText } from './field-type.ts';
import { withTwins } from './twin.ts';

/** Printable ASCII or a tab, one byte each. */
const OneByte = z
  .string()
  .regex(/^[ -~\t]$/, 'must be one ASCII character or a tab')
  .max(1);

const Csv = withTwins(
  z.strictObject({
    header: z
      .boolean()
      .default(false)
      .describe('Whether files that a source reads start with a line of column names. Records on a topic never do.'),
    delimiter: OneByte.default(',').describe('The character between columns.'),
    quote: OneByte.default('"').describe('The character around a column that holds delimiters or newlines.'),
    trim: z.boolean().default(false).describe('Whether spaces and tabs around unquoted columns are dropped.'),
  }),
  [
    {
      cel: 'self.delimiter != self.quote',
      message: 'must differ from quote',
      at: 'delimiter',
      holds: (csv) => csv.delimiter !== csv.quote,
      got: (csv) => JSON.stringify(csv.delimiter),
    },
  ],
);

export type CsvSettings = z.output<typeof Csv>;

const isTimeType = (type: string): boolean => type === 'timestamp' || type === 'date';

const Field = withTwins(
  z.strictObject({
    name: FieldName.describe('Name of the field in expressions, steps, the window and the sink.'),
    type: FieldTypeText.describe(
      'string, boolean, int, long, double, decimal(SCALE), timestamp, date, bytes, or array<TYPE> and map<TYPE> of these (json only).',
    ),
    from: z
      .array(z.string().max(128))
      .min(1)
      .max(8)
      .optional()
      .describe(
        'csv: the columns that hold it, joined by a space before parsing. Absent: the column of the field’s name.',
      ),
    path: z
      .string()
      .max(194)
      .regex(/^[^.]+(\.[^.]+){0,2}$/, 'must be one to three names with dots between them')
      .optional()
      .describe(
        'json: where the member is, with dots between at most three names. Absent: the top-level member of the field’s name.',
      ),
    format: TimeFormat.optional().describe(
      'timestamp, date: a pattern such as yyyy-MM-dd HH:mm:ss, or for a timestamp iso8601 (its default), epochMillis or epochSeconds. Default of a date: yyyy-MM-dd.',
    ),
    timezone: TimeZone.optional().describe('timestamp: the zone of a text without an offset. Default: UTC.'),
    optional: z
      .boolean()
      .default(false)
      .describe(
        'Whether the field may be missing, and then is null. A record without a required field is a bad record.',
      ),
  }),
  [
    {
      cel: "!has(self.format) || self.type in ['timestamp', 'date']",
      message: 'must be absent unless type is timestamp or date',
      at: 'format',
      holds: (field) => field.format === undefined || isTimeType(field.type),
    },
    {
      cel: "!has(self.timezone) || self.type == 'timestamp'",
      message: 'must be absent unless type is timestamp',
      at: 'timezone',
      holds: (field) => field.timezone === undefined || field.type === 'timestamp',
    },
  ],
);
export type Field = z.output<typeof Field>;

const Key = withTwins(
  z.strictObject({
    fields: namesOf(FieldName, 1, 16).describe('The fields that the record key holds, in order.'),
    encoding: z
      .enum(['string', 'joined', 'json'])
      .optional()
      .describe(
        'How: string (the text of one field), joined (all fields, encoded so that no two lists look alike) or json (an array). Default: string for one field, joined for several.',
      ),
  }),
  [
    {
      cel: "!has(self.encoding) || self.encoding != 'string' || size(self.fields) == 1",
      message: 'must be joined or json for a key of several fields',
      at: 'encoding',
      holds: (key) => key.encoding !== 'string' || key.fields.length === 1,
      got: (key) => `string for ${key.fields.length} fields`,
    },
  ],
);

export const MAX_FIELDS = 256;

export const RecordSchema = withTwins(
  z.strictObject({
    format: z.enum(['csv', 'json']).describe('How a record’s value is written.'),
    csv: Csv.optional().describe('Settings of format csv.'),
    fields: z
      .array(Field)
      .min(1)
      .max(MAX_FIELDS)
      .describe('The fields of a record; for csv in the order of their columns.'),
    eventTime: FieldName.optional().describe(
      'The timestamp field that says when the record happened. Required with a window.',
    ),
    key: Key.optional().describe(
      'What the record key holds, so that a grouping by it needs no shuffle. Absent: what producer.key says, else nothing is known of it.',
    ),
  }),
  [
    {
      cel: 'self.fields.all(field, self.fields.exists_one(other, other.name == field.name))',
      message: 'must not name a field twice',
      at: 'fields',
      holds: ({ fields }) => new Set(fields.map(({ name }) => name)).size === fields.length,
      got: ({ fields }) => repeated(fields.map(({ name }) => name)),
    },
    {
      cel: "!has(self.csv) || self.format == 'csv'",
      message: 'must be absent unless format is csv',
      at: 'csv',
      holds: ({ csv, format }) => csv === undefined || format === 'csv',
    },
    {
      cel: "self.format == 'json' || self.fields.all(field, !has(field.path))",
      message: 'must have no path, which is for json',
      at: 'fields',
      holds: ({ format, fields }) => format === 'json' || fields.every(({ path }) => path === undefined),
      got: ({ fields }) => offenders(fields, ({ path }) => path !== undefined),
    },
    {
      cel: "self.format == 'csv' || self.fields.all(field, !has(field.from))",
      message: 'must have no from, which is for csv',
      at: 'fields',
      holds: ({ format, fields }) => format === 'csv' || fields.every(({ from }) => from === undefined),
      got: ({ fields }) => offenders(fields, ({ from }) => from !== undefined),
    },
    {
      cel: "self.format == 'json' || self.fields.all(field, !field.type.startsWith('array') && !field.type.startsWith('map'))",
      message: 'must have no array or map types, which are for json',
      at: 'fields',
      holds: ({ format, fields }) => format === 'json' || !fields.some(isNested),
      got: ({ fields }) => offenders(fields, isNested),
    },
    {
      cel: "!has(self.eventTime) || self.fields.exists(field, field.name == self.eventTime && field.type == 'timestamp')",
      message: 'must name a field of type timestamp',
      at: 'eventTime',
      holds: ({ eventTime, fields }) =>
        eventTime === undefined || fields.some(({ name, type }) => name === eventTime && type === 'timestamp'),
      got: ({ eventTime, fields }) => `${eventTime}, ${typeOf(fields, eventTime)}`,
    },
    {
      cel: '!has(self.key) || self.key.fields.all(name, self.fields.exists(field, field.name == name))',
      message: 'must name fields of the schema',
      at: 'key',
      holds: ({ key, fields }) => key === undefined || unknownOf(key.fields, fields).length === 0,
      got: ({ key, fields }) => unknownOf(key?.fields ?? [], fields).join(', '),
    },
  ],
);
export type RecordSchema = z.output<typeof RecordSchema>;

/** The settings of csv, where `csv` may be absent: a default in the schema would give it to json too. */
export const csvSettings = (schema: RecordSchema): CsvSettings => schema.csv ?? Csv.parse({});

export type KeyEncoding = 'string' | 'joined' | 'json';

/** What the record key holds: as the schema says, else as the producer of this job writes it; undefined: nothing known. */
export function recordKey(
  schema: RecordSchema,
  producer?: Readonly<{ key?: readonly string[] | undefined }>,
): Readonly<{ fields: readonly string[]; encoding: KeyEncoding }> | undefined {
  const fields = schema.key?.fields ?? producer?.key;
  if (!fields) return undefined;
  return { fields, encoding: schema.key?.encoding ?? (fields.length === 1 ? 'string' : 'joined') };
}

const isNested = ({ type }: { type: string }): boolean => /^(array|map)</.test(type);

const repeated = (names: readonly string[]): string =>
  [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].join(', ');

const offenders = (fields: readonly Field[], offends: (field: Field) => boolean): string =>
  fields
    .filter(offends)
    .map(({ name }) => name)
    .join(', ');

function typeOf(fields: readonly Field[], name: string | undefined): string {
  const field = fields.find((candidate) => candidate.name === name);
  return field ? `which is ${field.type}` : 'which is no field';
}

const unknownOf = (names: readonly string[], fields: readonly Field[]): string[] =>
  names.filter((name) => !fields.some((field) => field.name === name));
