/** Records in lines: for eyes, or as JSON for programs. */
import { keyOf, valueOf } from '../../record.ts';
import type { RecordBatch } from '../../record.ts';
import { decodeHeaders } from '../../log/record-headers.ts';
import { bytesMember, headerMembers, textOf } from '../../log/record-text.ts';

export type LineFormat = 'text' | 'json';

/** The lines of rows [0, rows), each with its end. */
export function recordLines(records: RecordBatch, rows: number, format: LineFormat): string {
  const line = format === 'text' ? textLine : jsonLine;
  let lines = '';
  for (let row = 0; row < rows; row++) lines += `${line(records, row)}\n`;
  return lines;
}

/** `PARTITION@OFFSET KEY VALUE`. */
function textLine(records: RecordBatch, row: number): string {
  const place = `${records.partition}@${records.offset[row]!}`;
  return `${place} ${shown(keyOf(records, row))} ${shown(valueOf(records, row))}`;
}

function jsonLine(records: RecordBatch, row: number): string {
  const { partition, offset, bytes, headerStart, headerEnd } = records;
  const headers = decodeHeaders(bytes, headerStart[row]!, headerEnd[row]!);
  return JSON.stringify({
    partition,
    offset: offset[row],
    timestamp: instantOf(records.timestamp[row]!),
    ...bytesMember('key', keyOf(records, row)),
    ...bytesMember('value', valueOf(records, row)),
    headers: headerMembers(headers),
  });
}

/** The largest instant that a Date holds. */
const MAX_MILLIS = 8.64e15;

/** Null where the record has none (−1), or one that no clock shows. */
function instantOf(millis: number): string | null {
  return millis >= 0 && millis <= MAX_MILLIS ? new Date(millis).toISOString() : null;
}

/** One line, and nothing that moves the cursor or turns the direction of writing. */
function shown(bytes: Uint8Array | null): string {
  if (!bytes) return '-';
  const text = textOf(bytes);
  if (text === undefined) return `base64:${Buffer.from(bytes).toString('base64')}`;
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, escaped);
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escaped = (character: string): string =>
  SHORT[character] ?? `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
