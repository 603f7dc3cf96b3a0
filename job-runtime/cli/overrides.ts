/**
 * What the flags change of a manifest. They change it before it is judged, so that the schema says what is right for
 * them too, and the plan sees the job that will run.
 */
import { parse } from 'yaml';
import { SINK_NAMES } from '../../crds/sink.ts';
import type { SinkName } from '../../crds/sink.ts';
import type { Flags } from './arguments.ts';
import { obstacle, withValue } from './manifest-edit.ts';
import { readPath, valueAt } from './manifest-path.ts';
import type { PathPart } from './manifest-path.ts';

/** A place in the manifest that holds what a flag says; problems there are the flag's. */
export interface Origin {
  readonly path: readonly PathPart[];
  /** As it was written: `--count 5`. */
  readonly flag: string;
}

export interface Overridden {
  readonly document: unknown;
  /** Later ones count before earlier ones. */
  readonly origins: readonly Origin[];
  /** Flags that fit no manifest or not this one. */
  readonly complaints: readonly string[];
}

/** undefined takes out what is there. */
type Edit = readonly [path: readonly PathPart[], value: unknown];

/** What a flag does to a manifest, or why it cannot. */
type Editor = (value: string, document: unknown, flags: Flags) => readonly Edit[] | string;

const PRODUCER = ['spec', 'producer'] as const;
const SOURCE = [...PRODUCER, 'source'] as const;

/** In the order in which they are applied: whatever names a part comes before what changes it, and --set has the last word. */
const EDITORS: readonly (readonly [flag: string, editor: Editor])[] = [
  ['input', readInput],
  ['sink', chooseSink],
  ['format', (value, document) => inSink('format', value, document)],
  ['partitions', (value) => [[['spec', 'topic', 'partitions'], numberOrText(value)]]],
  ['count', (value, document) => inGenerator('count', numberOrText(value), document)],
  ['seed', (value, document) => inGenerator('seed', numberOrText(value), document)],
  ['start', (value, document) => inGenerator('start', value, document)],
  ['speed', replayAtSpeed],
  ['rate', replayAtRate],
  ['set', setField],
];

export function override(document: unknown, flags: Flags): Overridden {
  const origins: Origin[] = [];
  const complaints: string[] = [];
  let current = document;
  for (const [name, editor] of EDITORS) {
    for (const value of flags.get(name) ?? []) {
      const flag = `--${name} ${value}`;
      const edits = editor(value, current, flags);
      const blocked = typeof edits === 'string' ? edits : firstObstacle(current, edits);
      if (blocked !== undefined) {
        complaints.push(`${flag}: ${blocked}`);
        continue;
      }
      for (const [path, replacement] of edits as readonly Edit[]) {
        current = withValue(current, path, replacement);
        origins.push({ path, flag });
      }
    }
  }
  return { document: current, origins, complaints };
}

/** Whether records come as fast as they can be read, whatever the manifest says. */
export function isUnpaced(flags: Flags): boolean {
  return flags.get('speed')?.at(-1) === 'max';
}

function firstObstacle(document: unknown, edits: readonly Edit[]): string | undefined {
  for (const [path] of edits) {
    const found = obstacle(document, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is no number goes on as text, for the schema to refuse. */
const numberOrText = (value: string): number | string => (/^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value);

/** The order is the job's own; the pace was its producer's. */
function readInput(value: string, document: unknown, flags: Flags): readonly Edit[] {
  const order = valueAt(document, [...SOURCE, 'file', 'order']);
  const edits: Edit[] = [[SOURCE, { file: { ...(order !== undefined && { order }), path: value } }]];
  return flags.has('rate') ? edits : [...edits, [[...PRODUCER, 'rate'], undefined]];
}

/** Columns are the job's, wherever they go; what else of the sink's settings has a meaning for files goes with them. */
function chooseSink(value: string, document: unknown): readonly Edit[] | string {
  const path = value.startsWith('file:') ? value.slice('file:'.length) : undefined;
  if (value !== 'console' && !path) return 'must be console, or file:DIR with a folder';
  const name = sinkOf(document);
  const { format, columns, columnOptions, ...rest } = settingsOf(document, name);
  const kept = defined({ columns, columnOptions });
  if (path === undefined)
    return [[['spec', 'sink'], { console: { ...kept, ...(name === 'console' && defined({ format })) } }]];
  const { compression, header, maxRows } = rest;
  const inFiles = { format: format === 'json' ? 'jsonl' : format, compression, header, maxRows };
  return [[['spec', 'sink'], { file: { path, ...defined(inFiles), ...kept } }]];
}

/** The manifest's sink, if it is one that there is. */
function sinkOf(document: unknown): SinkName | undefined {
  return SINK_NAMES.find((name) => valueAt(document, ['spec', 'sink', name]) !== undefined);
}

function settingsOf(document: unknown, sink: SinkName | undefined): Record<string, unknown> {
  const settings = sink === undefined ? undefined : valueAt(document, ['spec', 'sink', sink]);
  return typeof settings === 'object' && settings !== null ? { ...settings } : {};
}

function defined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function inSink(member: string, value: string, document: unknown): readonly Edit[] | string {
  const name = sinkOf(document);
  return name === undefined ? 'the manifest has no sink' : [[['spec', 'sink', name, member], value]];
}

/** The source's name, whether or not there is one of that name. */
function sourceOf(document: unknown): string | undefined {
  const source = valueAt(document, SOURCE);
  return typeof source === 'object' && source !== null ? Object.keys(source)[0] : undefined;
}

const NO_PRODUCER = 'the manifest has no spec.producer';

function inGenerator(member: string, value: unknown, document: unknown): readonly Edit[] | string {
  const source = sourceOf(document);
  if (source === undefined) return `${NO_PRODUCER} with a generator`;
  if (source === 'file') return 'is for generators, and the records come from a file';
  return [[[...SOURCE, source, member], value]];
}

/** The manifest's rate gives way: a source has one pace. With a --rate beside it, the schema refuses the two. */
function replayAtSpeed(value: string, document: unknown, flags: Flags): readonly Edit[] | string {
  const source = sourceOf(document);
  if (source === undefined) return NO_PRODUCER;
  if (value === 'max') return [];
  const speed: Edit = [[...SOURCE, source, 'speed'], numberOrText(value)];
  return flags.has('rate') ? [speed] : [speed, [[...PRODUCER, 'rate'], undefined]];
}

function replayAtRate(value: string, document: unknown, flags: Flags): readonly Edit[] | string {
  const source = sourceOf(document);
  if (source === undefined) return NO_PRODUCER;
  const rate: Edit = [[...PRODUCER, 'rate'], value];
  const hasOwnSpeed = valueAt(document, [...SOURCE, source, 'speed']) !== undefined;
  return hasOwnSpeed && !flags.has('speed') ? [rate, [[...SOURCE, source, 'speed'], undefined]] : [rate];
}

function setField(text: string): readonly Edit[] | string {
  const read = readPath(text);
  if (!read?.rest.startsWith('=')) return 'must be PATH=VALUE, such as spec.window.size=60m';
  if (!['spec', 'metadata'].includes(String(read.path[0])) || read.path.length < 2) {
    return 'must name a field below spec or metadata, such as spec.window.size=60m';
  }
  try {
    return [[read.path, parse(read.rest.slice(1)) ?? undefined]];
  } catch (error) {
    const [reason] = String((error as Error).message).split(/ at line |\n/);
    return `the value is not valid YAML: ${reason}; quote it: ${text.slice(0, -read.rest.length)}='"…"'`;
  }
}
