/**
 * What of a spec decides how a run's state is laid out and split over tasks, as a text: a part for each thing that has to
 * stay as it is while the run lives, so that a message can name what was changed.
 *
 * Must stay: the topic, the types of the fields, the event time, what the record key holds, the steps, the window, and
 * what kind of sink there is. May change: how bytes become fields (format, csv, from, path, format, timezone, optional;
 * records that were read keep the meaning that they had), new fields and fields that nothing uses any more, the
 * expression of a filter, within, maxChange and timeToLive of steps, the window's name, watermark, allowedLateness, late
 * and emit, the settings of the sink, and everything that is not named here.
 */
import { createHash } from 'node:crypto';
import { recordKey } from './record-schema.ts';
import type { Step, StreamJobSpec, Window } from './stream-job.ts';

/** Parts as NAME=VALUE, one in a line. Equal texts for equal specs, whatever the order of their members. */
export function fingerprint(spec: StreamJobSpec): string {
  const { schema, producer } = spec;
  const parts: Record<string, unknown> = {
    'topic.name': spec.topic.name,
    'schema.eventTime': schema.eventTime,
    'schema.key': recordKey(schema, producer),
    steps: spec.steps.map(layoutOfStep),
    window: spec.window && layoutOfWindow(spec.window),
    sink: kindOf(spec.sink),
  };
  const fields = schema.fields.map(({ name, type }) => `${FIELD}${name}=${type}`);
  return [...fields.sort(), ...Object.entries(parts).map(([name, part]) => `${name}=${hashOf(part)}`)].join('\n');
}

/** The parts that differ, by the names of the manifest. Fields that only one of the two has are no difference. */
export function changedParts(recorded: string, present: string): string[] {
  const before = partsOf(recorded);
  const now = partsOf(present);
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => {
    const isOfBoth = before.has(name) && now.has(name);
    return before.get(name) !== now.get(name) && (isOfBoth || !name.startsWith(FIELD));
  });
}

const FIELD = 'schema.fields.';

function partsOf(text: string): Map<string, string> {
  return new Map(
    text.split('\n').map((line) => {
      const end = line.indexOf('=');
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

function layoutOfStep({ name, filter, map, deduplicate, delta }: Step): unknown {
  return {
    name,
    filter: filter !== undefined,
    map,
    deduplicate: deduplicate && { by: deduplicate.by },
    // In the order in which the readings of a meter are stored.
    delta: delta && { by: delta.by, fields: Object.entries(delta.fields) },
  };
}

/** Accumulators are stored in the order of the manifest. */
function layoutOfWindow({ type, size, slide, gap, offset, timezone, ...rest }: Window): unknown {
  const { groupBy, aggregate, shuffle } = rest;
  return { type, size, slide, gap, offset, timezone, groupBy, aggregate: Object.entries(aggregate), shuffle };
}

/** The member of a union that is there. */
function kindOf(union: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(union).find((name) => union[name] !== undefined);
}

function hashOf(part: unknown): string {
  return createHash('sha256').update(canonical(part)).digest('hex').slice(0, 16);
}

/** JSON with the members of each object in order, and without those that are undefined. */
function canonical(part: unknown): string {
  const sorted = (_: string, value: unknown): unknown => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return JSON.stringify(part, sorted) ?? '';
}
