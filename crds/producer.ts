/** What writes records to the topic, if this job has it done: a generator or a file. */
import * as z from 'zod';
import { FieldName, Instant, namesOf } from './common.ts';
import { Rate } from './rate.ts';
import { exactlyOne, withTwins } from './twin.ts';

const count = z.int().min(1).optional().describe('How many records to generate. Absent: without end.');
const seed = z
  .int()
  .min(0)
  .max(4_294_967_295)
  .default(1)
  .describe('Seed of the random numbers: the same seed gives the same records.');
const start = Instant.optional().describe('Event time of the first record. Absent: the time when the run starts.');
const speed = z
  .number()
  .positive()
  .max(1_000_000)
  .optional()
  .describe('Replay at this multiple of event time: 60 turns an hour of event time into a minute. Absent: see rate.');

const Generator = z.strictObject({ count, seed, start, speed });

const FileSource = z.strictObject({
  path: z.string().min(1).max(1024).describe('The file to read: csv or JSON lines, as schema.format says.'),
  compression: z
    .enum(['auto', 'none', 'gzip'])
    .default('auto')
    .describe('gzip, in one or many members; auto looks at the first bytes.'),
  order: z
    .enum(['file', 'eventTime'])
    .default('file')
    .describe('Whether records are sent as they stand in the file or sorted by event time.'),
  speed,
});

export const SOURCE_NAMES = ['turnstile', 'people', 'web', 'bids', 'file'] as const;

const Source = exactlyOne(
  z.strictObject({
    turnstile: Generator.optional().describe(
      'Synthetic turnstile records: counts of entries and exits at the gates of two stations.',
    ),
    people: z
      .strictObject({ count, seed })
      .optional()
      .describe('Invented people: name, address and year of birth. They have no event time.'),
    web: Generator.optional().describe('Synthetic page views, clicks and purchases of users in sessions.'),
    bids: Generator.optional().describe('Bids of an online auction, as the NEXMark benchmark generates them.'),
    file: FileSource.optional().describe('The records of a file.'),
  }),
  SOURCE_NAMES,
);
export type Source = z.output<typeof Source>;

const speedOf = ({ turnstile, web, bids, file }: Source): number | undefined =>
  (turnstile ?? web ?? bids ?? file)?.speed;

const SPEEDS = ['turnstile', 'web', 'bids', 'file'].map((name) => `has(self.source.${name}.speed)`);
const hasSpeed = SPEEDS.map((given) => `(${given.replace('.speed', '')} && ${given})`).join(' || ');

export const Producer = withTwins(
  z.strictObject({
    source: Source.describe('Exactly one source of records.'),
    key: namesOf(FieldName, 1, 16)
      .optional()
      .describe('The fields that make the record key. Absent: schema.key.fields, else records have no key.'),
    rate: Rate.optional().describe(
      'Records per second, minute or hour of the whole job, such as 0.1/s. Absent, and without a speed: as fast as possible.',
    ),
    replicas: z.int().min(1).max(1).default(1).describe('Pods of the producer. A source with a position has one.'),
  }),
  [
    {
      cel: `!has(self.rate) || !(${hasSpeed})`,
      message: 'must be absent where the source has a speed',
      at: 'rate',
      holds: ({ rate, source }) => rate === undefined || speedOf(source) === undefined,
      got: ({ rate, source }) => `rate ${rate} and speed ${speedOf(source)}`,
    },
  ],
);
export type Producer = z.output<typeof Producer>;
