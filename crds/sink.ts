/** Where the results go. The columns of a result: docs/semantics.md, section 6. */
import * as z from 'zod';
import { ColumnName, Expression, mapOf, namesOf, SecretKeyRef, TimeFormat, TimeZone, TopicName } from './common.ts';
import { exactlyOne, withTwins } from './twin.ts';

const ColumnOption = withTwins(
  z.strictObject({
    from: ColumnName.optional().describe(
      'Take the value of this field, or of window.start or window.end. Absent: the field of the column’s name.',
    ),
    format: TimeFormat.optional().describe(
      'Pattern for a timestamp, date or window bound. Absent: the field’s own; yyyy-MM-dd HH:mm:ss for window bounds.',
    ),
    timezone: TimeZone.optional().describe(
      'Zone for a timestamp or window bound. Absent: the field’s own; for window bounds that of the event time.',
    ),
  }),
  [
    {
      cel: 'has(self.from) || has(self.format) || has(self.timezone)',
      message: 'give at least one of from, format, timezone',
      holds: ({ from, format, timezone }) => (from ?? format ?? timezone) !== undefined,
    },
  ],
);
export type ColumnOption = z.output<typeof ColumnOption>;

const columns = namesOf(ColumnName, 1, 256)
  .optional()
  .describe(
    'The columns and their order. Absent: all; with a window window.start, window.end, the groups and the aggregates.',
  );
const columnOptions = mapOf(ColumnName, ColumnOption, { max: 256 })
  .default({})
  .describe('Settings of single columns, by column name.');

const inFiles = {
  format: z.enum(['csv', 'jsonl']).default('csv').describe('csv, or one JSON object per line.'),
  compression: z.enum(['none', 'gzip']).default('none').describe('Compression of the files.'),
  header: z.boolean().default(true).describe('csv: whether each file starts with the column names.'),
  columns,
  columnOptions,
  maxRows: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(100_000)
    .describe('Results are split into files of at most this many rows.'),
};

const inRecords = { columns, columnOptions };

const Console = z.strictObject({
  format: z.enum(['csv', 'json']).default('json').describe('How each result is printed, one per line.'),
  ...inRecords,
});

const FileSink = z.strictObject({
  path: z.string().min(1).max(1024).describe('The folder to write to; in a cluster under a declared mount.'),
  ...inFiles,
});

const Route = z.strictObject({
  when: Expression.describe('A CEL expression over the result row.'),
  topic: TopicName.describe('Where rows go for which it is true.'),
});

const KafkaSink = z.strictObject({
  topic: TopicName.describe('The topic for results that no route takes.'),
  routes: z
    .array(Route)
    .min(1)
    .max(16)
    .optional()
    .describe('Other topics for some results; the first route that is true takes the row.'),
  format: z.enum(['csv', 'json']).default('json').describe('How a record’s value is written.'),
  key: namesOf(ColumnName, 1, 16)
    .optional()
    .describe('The columns that make the record key. Absent: with a window the groupBy fields, else no key.'),
  ...inRecords,
});

const GcsSink = z.strictObject({
  bucket: z
    .string()
    .min(3)
    .max(222)
    .regex(
      /^[a-z0-9][a-z0-9._-]*[a-z0-9]$/,
      'must be a bucket name: lower-case letters, digits, dots, underscores and hyphens',
    )
    .describe('The bucket.'),
  prefix: z
    .string()
    .max(512)
    .regex(/^[^/]/, 'must not start with a slash')
    .optional()
    .describe('What object names start with, before a slash. Absent: nothing.'),
  ...inFiles,
  credentials: z
    .strictObject({
      secretRef: SecretKeyRef.describe(
        'A Secret with the JSON key of a service account (key default: credentials.json).',
      ),
    })
    .optional()
    .describe('How to log in. Absent: the identity of the pod.'),
  endpoint: z
    .string()
    .max(512)
    .regex(/^https?:\/\/[^/]+/, 'must be an http or https URL')
    .optional()
    .describe('Another server with the same API, for tests. Absent: Google Cloud Storage.'),
});

export const SINK_NAMES = ['console', 'file', 'kafka', 'gcs'] as const;
export type SinkName = (typeof SINK_NAMES)[number];

export const Sink = exactlyOne(
  z.strictObject({
    console: Console.optional().describe('Print results. At least once: a restart may print some again.'),
    file: FileSink.optional().describe('Write files into a folder.'),
    kafka: KafkaSink.optional().describe(
      'Write records to a topic of the same Kafka cluster, in the job’s own transactions.',
    ),
    gcs: GcsSink.optional().describe('Write objects to Google Cloud Storage.'),
  }),
  SINK_NAMES,
);
export type Sink = z.output<typeof Sink>;

/** Referenced Secrets hold one file: its default key, by where it is referenced. */
export const DEFAULT_SECRET_KEYS = { gcsCredentials: 'credentials.json', kafkaCa: 'ca.crt' } as const;
