/** The small parts that many fields share: names, expressions, references to Secrets, and lists and maps with a maximum. */
import * as z from 'zod';
import { FORMAT_CEL, NAMED_FORMATS, PATTERN_LETTERS, unknownLetters } from './time-format.ts';
import { withTwins } from './twin.ts';

/** Names of fields stand in expressions, so they are identifiers; a column of another name is read with `from`. */
export const FieldName = z
  .string()
  .max(63)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a field name: a letter or _, then letters, digits or _');

/** A name in an output, which may be any text: a field, or window.start and window.end, or what columnOptions gives a `from`. */
export const ColumnName = z.string().min(1).max(128);

export const Expression = z.string().min(1).max(2048);

export const TopicName = z
  .string()
  .max(249)
  .regex(
    /^[a-zA-Z0-9._-]*[a-zA-Z0-9_-][a-zA-Z0-9._-]*$/,
    'must be a Kafka topic name: letters, digits, dots, underscores and hyphens, and not only dots',
  );

/** Lower-case names of Kubernetes objects and of steps. */
export const DnsName = z
  .string()
  .max(63)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'must be lower-case letters, digits and hyphens, with a letter or digit at both ends',
  );

export const ObjectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/,
    'must be lower-case letters, digits, hyphens and dots, with a letter or digit at both ends',
  );

export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/, 'must be a time zone name such as UTC or America/New_York');

export const TimeFormat = withTwins(z.string().min(1).max(64), [
  {
    cel: FORMAT_CEL,
    message: `must be ${NAMED_FORMATS.join(', ')} or a pattern of ${PATTERN_LETTERS.join(' ')}, with other letters in single quotes`,
    holds: (format) => unknownLetters(format) === undefined,
    got: (format) => unknownLetters(format) ?? format,
  },
]);

export const INSTANT =
  /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,3})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$/;

/** V8 turns February 30 into March 1: a real day is one that comes back as it was given. */
function isRealDay(instant: string): boolean {
  const day = instant.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

export const Instant = withTwins(
  z.string().max(35).regex(INSTANT, 'must be an instant such as 2024-01-31T08:00:00Z, with seconds and an offset'),
  [
    {
      cel: "timestamp(self) >= timestamp('0001-01-01T00:00:00Z')",
      message: 'must be a day that exists',
      holds: isRealDay,
      got: String,
    },
  ],
);

export const SecretKeyRef = z.strictObject({
  name: ObjectName.describe('Name of a Secret in the namespace of the job.'),
  key: z.string().min(1).max(253).optional().describe('Key inside the Secret.'),
});

/** Unique names: CEL has no `distinct`, and 64 × 64 comparisons stay far below the cost limit. */
const noRepeats = <T>(names: readonly T[]): boolean => new Set(names).size === names.length;

const firstRepeat = (names: readonly string[]): string =>
  JSON.stringify(names.find((name, index) => names.indexOf(name) !== index));

/** A list of different names. */
export function namesOf<S extends z.ZodType<string, string>>(item: S, min: number, max: number): z.ZodArray<S> {
  return withTwins(z.array(item).min(min).max(max), [
    {
      cel: 'self.all(name, self.exists_one(other, other == name))',
      message: 'must not repeat a name',
      holds: noRepeats,
      got: (names) => `${firstRepeat(names as string[])} twice`,
    },
  ]);
}

/** A map with at most `max` members, and at least `min`. A structural schema has no place for the form of names: CEL checks it. */
export function mapOf<K extends z.ZodType<string, string>, V extends z.ZodType>(
  key: K,
  value: V,
  size: { min?: number; max: number },
): z.ZodRecord<K, V> {
  const { min = 0, max } = size;
  const map = z
    .record(key, value)
    .refine((members) => Object.keys(members).length <= max, {
      error: `must have at most ${max} members`,
      when: isNamedMap,
    })
    .refine((members) => Object.keys(members).length >= min, {
      error: `must have at least ${min} member`,
      when: isNamedMap,
    });
  return map.meta({
    maxProperties: max,
    ...(min > 0 ? { minProperties: min } : {}),
    'x-kubernetes-validations': [nameRule(key)],
  });
}

function nameRule(key: z.ZodType): { rule: string; message: string } {
  const { pattern, maxLength } = z.toJSONSchema(key) as { pattern?: string; maxLength: number };
  const matches = pattern === undefined ? '' : ` && name.matches(r'${pattern}')`;
  return {
    rule: `self.all(name, size(name) <= ${maxLength}${matches})`,
    message: `each name must have at most ${maxLength} characters${pattern === undefined ? '' : ` and match ${pattern}`}`,
  };
}

type Payload = Readonly<{ value: unknown; issues: readonly { code?: string | undefined }[] }>;

/** Members with a wrong name have been left out, so there is nothing to count. */
const isNamedMap = ({ value, issues }: Payload): boolean =>
  typeof value === 'object' && value !== null && !issues.some(({ code }) => code === 'invalid_key');
