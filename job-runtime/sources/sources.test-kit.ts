/** For the tests of sources: manifests in a few words, and records as text. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Producer } from '../../crds/producer.ts';
import { RecordSchema } from '../../crds/record-schema.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import type { RecordShape } from './record-facts.ts';
import { createProducerSource } from './registry.ts';
import type { Source } from './source.ts';

export interface Given {
  readonly key: string | null;
  readonly value: string;
  readonly time: number;
}

export const NOW = Date.UTC(2024, 6, 22, 17, 52, 11);

/** The turnstile schema of the main job. */
export const TURNSTILE_SCHEMA = {
  format: 'csv',
  eventTime: 'TIMESTAMP',
  fields: [
    ...['CA', 'UNIT', 'SCP', 'STATION', 'LINENAME', 'DIVISION'].map((name) => ({ name, type: 'string' })),
    { name: 'DATE', type: 'date', format: 'MM-dd-yy' },
    { name: 'TIME', type: 'string' },
    { name: 'DESC', type: 'string' },
    { name: 'ENTRIES', type: 'long' },
    { name: 'EXITS', type: 'long' },
    { name: 'ID', type: 'string' },
    { name: 'TIMESTAMP', type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss', timezone: 'America/New_York' },
  ],
};

const shapeOf = (schema: unknown, producer: unknown): RecordShape => ({
  schema: RecordSchema.parse(schema),
  producer: Producer.parse(producer),
});

export const sourceOf = (schema: unknown, producer: unknown, paced = false): Source =>
  createProducerSource(shapeOf(schema, producer), { now: NOW, paced });

/** One read, as text. */
export async function readOnce(
  source: Source,
  max: number,
  now = NOW,
): Promise<{ records: Given[]; done: boolean; waitMillis: number }> {
  const builder = new RecordBuilder();
  const result = await source.read(max, now, builder);
  const text = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const records = Array.from({ length: builder.count }, (_, row) => {
    const key = builder.keyAt(row);
    return { key: key && text(key), value: text(builder.valueAt(row)!), time: builder.timestamp[row]! };
  });
  return { ...result, records };
}

/** Everything that an opened source still has. What came before a failure is in `into`. */
export async function readAll(source: Source, max = 1000, into: Given[] = []): Promise<Given[]> {
  for (;;) {
    const { records, done } = await readOnce(source, max);
    into.push(...records);
    if (done) return into;
  }
}

export async function openAndReadAll(source: Source, max?: number): Promise<Given[]> {
  await source.open();
  try {
    return await readAll(source, max);
  } finally {
    await source.close();
  }
}

export const valuesOf = (records: readonly Given[]): string[] => records.map(({ value }) => value);

/** A folder of a test's own. */
export class Scratch {
  private folder = '';

  async make(): Promise<void> {
    this.folder = await mkdtemp(path.join(tmpdir(), 'streamjob-sources-'));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  async write(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }
}

/** A gzip file of one member for each part. */
export const members = (...parts: readonly string[]): Uint8Array => Buffer.concat(parts.map((part) => gzipSync(part)));
