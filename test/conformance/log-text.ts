/** Words that the log suite is written in: records as text, written in a transaction and read back with patience. */
import { randomUUID } from 'node:crypto';
import type {
  CommittedPosition,
  GroupMember,
  Log,
  LogWriter,
  TopicPartition,
  Transaction,
} from '../../job-runtime/log/log.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import type { RecordBatch } from '../../job-runtime/record.ts';

export interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
}

export type Entry = readonly [key: string | null, value: string | null, timestamp?: number];

export const PATIENCE_MILLIS = 20_000;
export const FETCH_BYTES = 1 << 20;

export const encode = (text: string | null): Uint8Array | null =>
  text === null ? null : new TextEncoder().encode(text);

export function builderOf(entries: readonly Entry[]): RecordBuilder {
  const builder = new RecordBuilder();
  for (const [key, value, timestamp] of entries) builder.append(encode(key), encode(value), timestamp ?? 1000);
  return builder;
}

function text(batch: RecordBatch, start: number, end: number): string | null {
  return start < 0 ? null : new TextDecoder().decode(batch.bytes.subarray(start, end));
}

export function recordsOf(batch: RecordBatch): ReadRecord[] {
  return Array.from({ length: batch.count }, (_, row) => ({
    offset: batch.offset[row]!,
    timestamp: batch.timestamp[row]!,
    key: text(batch, batch.keyStart[row]!, batch.keyEnd[row]!),
    value: text(batch, batch.valueStart[row]!, batch.valueEnd[row]!),
  }));
}

/** Reads from `offset` until `count` records came; fails when they do not. */
export async function read(
  log: Log,
  from: TopicPartition,
  count: number,
  options: { offset?: number; maxBytes?: number } = {},
): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  let offset = options.offset ?? (await log.offsets(from)).start;
  const deadline = Date.now() + PATIENCE_MILLIS;
  while (records.length < count) {
    if (Date.now() > deadline) throw new Error(`${records.length} of ${count} records came`);
    const batch = await log.fetch(from, offset, options.maxBytes ?? FETCH_BYTES);
    if (!batch) await new Promise((resolve) => setTimeout(resolve, 5));
    else {
      records.push(...recordsOf(batch));
      offset = batch.nextOffset;
    }
  }
  return records;
}

/** The first batch of a partition, once it is there with this many records. */
export async function fetchRecords(log: Log, from: TopicPartition, count: number): Promise<RecordBatch> {
  await read(log, from, count);
  const { start } = await log.offsets(from);
  return (await log.fetch(from, start, FETCH_BYTES))!;
}

/** One writer for all that tests merely want to be there. */
const writers = new WeakMap<Log, Promise<LogWriter>>();

export async function openWriter(log: Log, id: string): Promise<LogWriter> {
  const writer = log.writer(id);
  await writer.open();
  return writer;
}

export async function transact(log: Log, fill: (transaction: Transaction) => void): Promise<void> {
  const opening = writers.get(log) ?? openWriter(log, `suite-${randomUUID()}`);
  writers.set(log, opening);
  const transaction = (await opening).begin();
  fill(transaction);
  await transaction.commit();
}

/** Positions once no transaction is about to change them any more. */
export async function settledPositions(
  log: Log,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, CommittedPosition>> {
  const deadline = Date.now() + PATIENCE_MILLIS;
  for (;;) {
    const positions = await log.positions(group, topic);
    if (![...positions.values()].some(({ isPending }) => isPending)) return positions;
    if (Date.now() > deadline) throw new Error(`positions of ${group} stay pending`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const write = (log: Log, topic: string, partition: number, entries: readonly Entry[]): Promise<void> =>
  transact(log, (transaction) => transaction.append(topic, partition, builderOf(entries)));

/** Someone who reads for a group without being a member of it. */
export const outsider = (group: string): GroupMember => ({ group, memberId: '', generation: -1 });

export const values = (records: readonly ReadRecord[]): (string | null)[] => records.map(({ value }) => value);
export const numbered = (count: number, prefix = 'v'): Entry[] =>
  Array.from({ length: count }, (_, index) => [null, `${prefix}${index}`]);

/** What the tests of the suite share. */
export interface LogContext {
  log(): Log;
  /** A topic of this test's own. */
  topic(partitions?: number): Promise<string>;
  group(): string;
  /** An id for a writer of this test's own. */
  id(): string;
}
