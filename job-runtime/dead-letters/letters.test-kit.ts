/** A log with a topic of two partitions and dead letters that came from it. */
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import type { RecordHeader } from '../log/record-headers.ts';
import { decodeHeaders, encodeHeaders } from '../log/record-headers.ts';
import type { Log } from '../log/log.ts';
import { appendDeadLetter } from './dead-letter-records.ts';
import type { DeadLetter } from './rejects.ts';

export const LETTERS = 'letters';
export const INPUT = 'input';
export const NOW: number = Date.UTC(2026, 0, 10);

/** Key, value and headers as text. */
export interface TextRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly string[];
}

export async function logWithLetters(partitions = 2): Promise<EmbeddedLog> {
  const log = new EmbeddedLog();
  await log.createTopic(LETTERS, { partitions: 2 });
  await log.createTopic(INPUT, { partitions });
  return log;
}

/** The same log with some of its methods replaced. */
export function changed(log: Log, methods: Partial<Log>): Log {
  return Object.assign(Object.create(log) as Log, methods);
}

export function letter(value: string | null, changes: Partial<DeadLetter> = {}): DeadLetter {
  return {
    reason: 'BadValue',
    message: 'why',
    topic: INPUT,
    partition: 1,
    offset: 7,
    key: Buffer.from('k'),
    value: value === null ? null : Buffer.from(value),
    headers: null,
    ...changes,
  };
}

/** `null`: a record that is no dead letter. Each a transaction of `time`. */
export async function addLetters(
  log: Log,
  letters: readonly (DeadLetter | null)[],
  { partition = 0, time = NOW }: { partition?: number; time?: number } = {},
): Promise<void> {
  const builder = new RecordBuilder();
  for (const one of letters) {
    if (one) appendDeadLetter(builder, one, { job: 'default/test', run: 'r1' }, time);
    else builder.append(null, Buffer.from('foreign'), time);
  }
  const writer = log.writer('job');
  await writer.open();
  const transaction = writer.begin();
  transaction.append(LETTERS, partition, builder);
  await transaction.commit();
}

export const headersOf = (...headers: readonly (readonly [string, string])[]): Uint8Array =>
  encodeHeaders(headers.map(([key, value]): RecordHeader => ({ key, value: Buffer.from(value) })));

/** All that a partition holds. */
export async function contentOf(log: Log, topic: string, partition: number): Promise<TextRecord[]> {
  const found: TextRecord[] = [];
  for (let at = (await log.offsets({ topic, partition })).start; ;) {
    const batch = await log.fetch({ topic, partition }, at, 1 << 20);
    if (!batch) return found;
    const { bytes, keyStart, keyEnd, valueStart, valueEnd, headerStart, headerEnd } = batch;
    const text = (start: number, end: number): string | null =>
      start < 0 ? null : Buffer.from(bytes.subarray(start, end)).toString();
    for (let row = 0; row < batch.count; row++) {
      const headers = decodeHeaders(bytes, headerStart[row]!, headerEnd[row]!);
      found.push({
        key: text(keyStart[row]!, keyEnd[row]!),
        value: text(valueStart[row]!, valueEnd[row]!),
        headers: headers.map(({ key, value }) => `${key}=${Buffer.from(value ?? []).toString()}`),
      });
    }
    at = batch.nextOffset;
  }
}

export const valuesOf = async (log: Log, topic: string, partition: number): Promise<(string | null)[]> =>
  (await contentOf(log, topic, partition)).map(({ value }) => value);
