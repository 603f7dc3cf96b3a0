/**
 * A manifest with every list, map and name that the rules walk at its maximum. The API server reckons the cost of rules
 * twice: by the limits in the schema when the CRD comes, and by what they really do when a manifest comes.
 */
const FIELDS = 256;
const list = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));
const map = <T>(count: number, name: (index: number) => string, value: (index: number) => T): Record<string, T> =>
  Object.fromEntries(list(count, (index) => [name(index), value(index)]));

/** Long names that differ in their last letters only: the dearest to compare. */
const long =
  (letter: string, length: number) =>
  (index: number): string =>
    letter.repeat(length - 4) + String(index).padStart(4, '0');

const field = long('f', 63);
const column = long('c', 128);
/** The last fields, which a search from the front finds last; the very last is the event time. */
const lastField = (index: number): string => field(FIELDS - 2 - index);

const fields = [
  ...list(FIELDS - 1, (index) => ({ name: field(index), type: 'decimal(2)' })),
  { name: 'at', type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss.SSS', timezone: 'America/New_York' },
];
const shape = {
  set: map(
    64,
    (index) => `s${index}`,
    () => '1',
  ),
  rename: map(32, field, (index) => `r${index}`),
};
const steps = [
  { name: 'shape', map: shape },
  ...list(15, (index) => ({ name: `once-${index}`, deduplicate: { by: list(16, lastField) } })),
];

export const LARGEST = {
  apiVersion: 'streamjob.dev/v1alpha1',
  kind: 'StreamJob',
  metadata: { name: 'largest' },
  spec: {
    topic: { name: 'topic' },
    schema: { format: 'csv', fields, eventTime: 'at' },
    steps,
    window: {
      type: 'tumbling',
      size: '5m',
      groupBy: list(32, lastField),
      aggregate: map(
        64,
        (index) => `a${index}`,
        (index) => ({ percentile: { field: lastField(index), p: 0.5 } }),
      ),
    },
    sink: {
      gcs: {
        bucket: 'bucket',
        columns: list(256, column),
        columnOptions: map(256, column, () => ({ from: 'window.end', format: 'HH:mm:ss' })),
      },
    },
  },
};
