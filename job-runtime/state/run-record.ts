/**
 * What was decided once for a run, before its first record was read: a record in the run's own topic, of one partition
 * and without retention. Where the run ends may be found later, and is a second record. Of each kind the first one in
 * the log counts: two leaders may write at once, and each reads back what holds.
 */
import * as z from 'zod';
import { StreamJobError } from '../errors.ts';
import type { Log, LogWriter } from '../log/log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { keyOf, valueOf } from '../record.ts';
import type { RecordBatch } from '../record.ts';
import { changedParts } from '../../crds/fingerprint.ts';
import type { ReadOptions } from './read-committed.ts';
import { placeOf, readCommitted } from './read-committed.ts';

export { fingerprint } from '../../crds/fingerprint.ts';

const Offset = z.int().min(0);
/** By partition. */
const Offsets = z.array(Offset);
const Partitions = z.int().min(1);

const RunRecord = z.object({
  version: z.literal(1),
  /** metadata.uid of the StreamJob. */
  uid: z.string(),
  namespace: z.string(),
  name: z.string(),
  run: z.string(),
  /** The source topic, and its identity where the log has such. */
  topic: z.string(),
  topicId: z.string().optional(),
  /** Of the source when the run started. */
  partitions: Partitions,
  /** Of each repartition topic, for the life of the run. */
  shufflePartitions: Partitions,
  startOffsets: Offsets,
  /** Absent: it has no end, or that is found later (readStop). */
  stopOffsets: Offsets.optional(),
  fingerprint: z.string(),
  /** Wall clock, milliseconds since the epoch. */
  createdAt: z.number(),
});
export type RunRecord = Readonly<z.output<typeof RunRecord>>;

const StopRecord = z.object({ version: z.literal(1), stopOffsets: Offsets });

const VersionOnly = z.object({ version: z.number() });

/** Kinds of record, which are their keys too. */
type Kind = 'run' | 'stop';

/** Who a process takes the run for. */
export interface RunOwner {
  readonly uid: string;
  /** Of its spec. */
  readonly fingerprint: string;
}

/** What the topic of a run holds. */
export interface RunTopic {
  /** Undefined: nobody has recorded it yet. */
  readonly run: RunRecord | undefined;
  /** Where the run ends, by partition, if that was found after its start; undefined: it was not yet. */
  readonly laterStop: readonly number[] | undefined;
}

/**
 * Throws StateUnreadable, and as readCommitted. All of the topic is read: it holds a handful of records, and an open one
 * may come first.
 */
export async function readRunTopic(log: Log, topic: string, options: ReadOptions = {}): Promise<RunTopic> {
  const at = { topic, partition: 0 };
  let run: RunRecord | undefined;
  let laterStop: readonly number[] | undefined;
  const taker = {
    take: (batch: RecordBatch, row: number): void => {
      const kind = kindOf(batch, row);
      const read = <S extends z.ZodType>(schema: S): z.output<S> =>
        parse(schema, valueOf(batch, row) ?? undefined, placeOf(at, batch, row));
      if (kind === 'run') run ??= read(RunRecord);
      if (kind === 'stop') laterStop ??= read(StopRecord).stopOffsets;
    },
    reset: (): void => {
      run = undefined;
      laterStop = undefined;
    },
  };
  await readCommitted({ log, at }, taker, options);
  return { run, laterStop };
}

/** Undefined: nobody has recorded it yet. Throws as readRunTopic. */
export async function readRun(log: Log, topic: string, options: ReadOptions = {}): Promise<RunRecord | undefined> {
  return (await readRunTopic(log, topic, options)).run;
}

/** The record of the run: what stands there, else what `make` gives. */
export async function recordRun(
  log: Log,
  writer: LogWriter,
  topic: string,
  make: () => Promise<RunRecord>,
): Promise<RunRecord> {
  const existing = await readRun(log, topic);
  if (existing) return existing;
  const made = await make();
  await write(writer, topic, 'run', made, made.createdAt);
  return readBack(await readRun(log, topic), topic);
}

/** The offsets where the run ends, by partition, if that was found after its start; undefined: it was not yet. */
export async function readStop(
  log: Log,
  topic: string,
  options: ReadOptions = {},
): Promise<readonly number[] | undefined> {
  return (await readRunTopic(log, topic, options)).laterStop;
}

/** Where the run ends: what stands there, else `stopOffsets`. `now`: wall clock. */
export async function recordStop(
  log: Log,
  writer: LogWriter,
  topic: string,
  { stopOffsets, now }: { readonly stopOffsets: readonly number[]; readonly now: number },
): Promise<readonly number[]> {
  const existing = await readStop(log, topic);
  if (existing) return existing;
  await write(writer, topic, 'stop', { version: 1, stopOffsets }, now);
  return readBack(await readStop(log, topic), topic);
}

/** Throws NameConflict where the run is another job's, StateUnreadable where its state does not fit the spec any more. */
export function expectRun(record: RunRecord, owner: RunOwner): void {
  const { run } = record;
  const job = `${record.namespace}/${record.name}`;
  if (record.uid !== owner.uid) {
    throw new StreamJobError(
      'NameConflict',
      `run ${run} in Kafka belongs to an earlier StreamJob ${job} (uid ${record.uid}, this one has ${owner.uid}): ` +
        `set spec.resumeFrom to ${run} to take over its state, or delete the topics of that run`,
    );
  }
  const changed = changedParts(record.fingerprint, owner.fingerprint);
  if (changed.length === 0) return;
  throw new StreamJobError(
    'StateUnreadable',
    `job ${job} changed its ${changed.join(', ')} since run ${run} began, and the state of that run no longer fits: ` +
      'change it back, or delete the job and create it anew for a new run',
  );
}

function kindOf(batch: RecordBatch, row: number): string {
  return new TextDecoder().decode(keyOf(batch, row) ?? undefined);
}

function parse<S extends z.ZodType>(schema: S, value: Uint8Array | undefined, place: string): z.output<S> {
  const unreadable = (why: string): StreamJobError =>
    new StreamJobError('StateUnreadable', `the record of the run at ${place} cannot be read: ${why}`);
  const json = jsonOf(value);
  if (json === undefined) throw unreadable('it is no JSON');
  const { data: head } = VersionOnly.safeParse(json);
  if (head && head.version !== 1) {
    throw unreadable(`it is of version ${head.version}, and this program reads version 1; use the newer runtime image`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(`${issue!.path.join('.') || 'record'}: ${issue!.message}`);
}

function jsonOf(value: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch {
    return undefined;
  }
}

// eslint-disable-next-line max-params -- a record is its kind, its content and its time, and goes to one place
async function write(writer: LogWriter, topic: string, kind: Kind, content: unknown, now: number): Promise<void> {
  const builder = new RecordBuilder(1, 512);
  builder.append(new TextEncoder().encode(kind), new TextEncoder().encode(JSON.stringify(content)), now);
  const transaction = writer.begin();
  transaction.append(topic, 0, builder);
  await transaction.commit();
}

function readBack<T>(found: T | undefined, topic: string): T {
  if (found !== undefined) return found;
  throw new StreamJobError('LogUnavailable', `${topic}/0 does not give back the record of the run that was written`);
}
