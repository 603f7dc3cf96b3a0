/** What a redrive would put back, without putting anything back. */
import type { Log } from '../log/log.ts';
import { decodeHeaders } from '../log/record-headers.ts';
import type { RecordBatch } from '../record.ts';
import type { DeadLetterPlace } from './dead-letter-records.ts';
import { deadLetterPlace } from './dead-letter-records.ts';
import { letterBatches, letterSpans } from './letter-spans.ts';

/** Dead letters of one error that came from one partition. */
export interface LetterCount {
  readonly error: string;
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
}

export interface LetterSurvey {
  /** By error, topic and partition. */
  readonly counts: readonly LetterCount[];
  /** Records that are no dead letters of ours. */
  readonly foreign: number;
}

/** Throws TopicNotFound. */
export async function surveyLetters(log: Log, topic: string): Promise<LetterSurvey> {
  const counts = new Map<string, LetterCount>();
  let foreign = 0;
  for (const span of await letterSpans(log, topic))
    for await (const records of letterBatches(log, span)) foreign += countLetters(records, counts);
  return { counts: [...counts.values()].sort(inOrder), foreign };
}

/** Returns how many records are no dead letters. */
function countLetters(records: RecordBatch, counts: Map<string, LetterCount>): number {
  let foreign = 0;
  for (let row = 0; row < records.count; row++) {
    const place = placeAt(records, row);
    if (place) count(counts, place);
    else foreign++;
  }
  return foreign;
}

/** Where the dead letter in a row came from; undefined: it is none of ours. */
export function placeAt({ bytes, headerStart, headerEnd }: RecordBatch, row: number): DeadLetterPlace | undefined {
  return deadLetterPlace(decodeHeaders(bytes, headerStart[row]!, headerEnd[row]!));
}

function count(counts: Map<string, LetterCount>, { error, topic, partition }: DeadLetterPlace): void {
  const name = JSON.stringify([error, topic, partition]);
  const records = (counts.get(name)?.records ?? 0) + 1;
  counts.set(name, { error, topic, partition, records });
}

function inOrder(a: LetterCount, b: LetterCount): number {
  return compare(a.error, b.error) || compare(a.topic, b.topic) || a.partition - b.partition;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
