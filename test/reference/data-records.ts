/** Files of the data folder as the records of one partition. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { dataFile } from '../harness/skip.ts';
import type { InputRecord } from './interpreter.ts';

/** A data file is older than this. */
export const NOW = Date.UTC(2026, 0, 1);

/** A file's lines below the header as the records of one partition, sorted by `sortKey` where there is one. */
export function recordsOf(file: string, sortKey?: (columns: string[]) => string): InputRecord[] {
  const bytes = readFileSync(dataFile(file));
  const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trimEnd().split('\n').slice(1);
  const keyed = lines.map((line) => ({ line: line.trimEnd(), key: sortKey?.(line.split(',')) ?? '' }));
  keyed.sort((a, b) => Number(a.key > b.key) - Number(a.key < b.key));
  return keyed.map(({ line }, offset) => ({ partition: 0, offset, key: null, value: Buffer.from(line) }));
}
