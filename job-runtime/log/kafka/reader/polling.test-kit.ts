/** What tests of a reader do again and again: poll, and look at what came. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LogReader, ReadResult } from '../../log.ts';

/** Options that make failures and waits pass quickly. */
export const QUICK = { maxWaitMillis: 10, partialWaitMillis: 2, firstBackoffMillis: 1, mostBackoffMillis: 10 };
const decoder = new TextDecoder();

export const at = (name: string, offset = 0): { topic: string; partition: number; offset: number } => {
  const [topic, partition] = name.split('/');
  return { topic: topic!, partition: Number(partition), offset };
};

/** The offsets that the values begin with. */
export function valuesOf({ records: { count, bytes, valueStart, valueEnd } }: ReadResult): number[] {
  return Array.from({ length: count }, (_, row) =>
    Number(decoder.decode(bytes.subarray(valueStart[row], valueEnd[row])).trim()),
  );
}

/** Polls until `isEnough`, and gives what came by partition. */
export async function pollUntil(
  reader: Pick<LogReader, 'poll'>,
  isEnough: (read: ReadonlyMap<string, number[]>) => boolean,
): Promise<Map<string, number[]>> {
  const read = new Map<string, number[]>();
  for (const deadline = Date.now() + 5000; !isEnough(read) && Date.now() < deadline;) {
    for (const result of await reader.poll(20)) {
      const name = `${result.topic}/${result.partition}`;
      read.set(name, [...(read.get(name) ?? []), ...valuesOf(result)]);
    }
  }
  return read;
}

export async function until(claim: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5000; !claim() && Date.now() < deadline;) await delay(1);
  if (!claim()) throw new Error('what the test waits for does not come');
}

/** from, …, end − 1 */
export const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, i) => from + i);
export const sizeOf = (read: ReadonlyMap<string, number[]>): number => [...read.values()].flat().length;
