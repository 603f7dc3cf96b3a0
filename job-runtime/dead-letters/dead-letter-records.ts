/**
 * Dead letters as records of the dead-letter topic: the raw record as it was, with headers that say what was wrong with
 * it and where it stood, so that it can be read, mended and put back (`streamjob redrive`).
 */
import type { RecordBuilder } from '../log/record-builder.ts';
import type { RecordHeader } from '../log/record-headers.ts';
import { decodeHeaders, encodeHeaders } from '../log/record-headers.ts';
import type { DeadLetter } from './rejects.ts';

/** Headers that start with this are ours; redrive takes them off. */
const HEADER_PREFIX = 'streamjob.';

export interface DeadLetterOrigin {
  /** NAMESPACE/NAME. */
  readonly job: string;
  readonly run: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `now`: when it was set aside, milliseconds since the epoch. */
export function appendDeadLetter(
  builder: RecordBuilder,
  letter: DeadLetter,
  { job, run }: DeadLetterOrigin,
  now: number,
): void {
  const facts: Readonly<Record<string, string | number>> = {
    error: letter.reason,
    message: letter.message,
    job,
    run,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    time: new Date(now).toISOString(),
  };
  const headers = encodeHeaders([
    ...ownHeaders(letter.headers),
    ...Object.entries(facts).map(([name, value]) => ({ key: HEADER_PREFIX + name, value: encoder.encode(`${value}`) })),
  ]);
  builder.append(letter.key, letter.value, now);
  builder.setHeaders(headers, 0, headers.length);
}

/** Where a dead letter came from. */
export interface DeadLetterPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly error: string;
  readonly message: string;
  /** The headers that the record had before. */
  readonly headers: readonly RecordHeader[];
}

/** Undefined for a record that is no dead letter of ours. */
export function deadLetterPlace(headers: readonly RecordHeader[]): DeadLetterPlace | undefined {
  const facts = new Map<string, string>();
  for (const { key, value } of headers)
    if (key.startsWith(HEADER_PREFIX) && value) facts.set(key.slice(HEADER_PREFIX.length), decoder.decode(value));
  const text = (name: string): string => facts.get(name) ?? '';
  const [partition, offset] = [integer(text('partition')), integer(text('offset'))];
  if (text('topic') === '' || partition === undefined || offset === undefined) return undefined;
  const place = { topic: text('topic'), partition, offset, error: text('error'), message: text('message') };
  return { ...place, headers: headers.filter(({ key }) => !isOurs(key)) };
}

function integer(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

/** A record that was put back and failed again has headers of ours from the first time. */
function ownHeaders(headers: Uint8Array | null): RecordHeader[] {
  return headers ? decodeHeaders(headers, 0, headers.length).filter(({ key }) => !isOurs(key)) : [];
}

const isOurs = (key: string): boolean => key.startsWith(HEADER_PREFIX);
