/** Reads many partitions of a log by fetching one after the other: nothing is far away in one process. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log, LogReader, ReadBound, ReadResult, TopicPartition } from '../log.ts';

const FETCH_BYTES = 1 << 20;
const LOOK_AGAIN_MILLIS = 5;

interface Place extends TopicPartition {
  offset: number;
  bound: ReadBound | undefined;
}

export class EmbeddedReader implements LogReader {
  readonly trouble: undefined;
  private readonly log: Pick<Log, 'fetch' | 'offsets'>;
  private places: Place[] = [];

  constructor(log: Pick<Log, 'fetch' | 'offsets'>) {
    this.log = log;
  }

  assign(positions: readonly (TopicPartition & { readonly offset: number })[]): void {
    this.places = positions.map((position) => ({ ...position, bound: undefined }));
  }

  async poll(waitMillis: number): Promise<readonly ReadResult[]> {
    for (let waited = 0; ; waited += LOOK_AGAIN_MILLIS) {
      const results = await this.fetchAll();
      if (results.length > 0 || waited >= waitMillis) return results;
      await delay(LOOK_AGAIN_MILLIS);
    }
  }

  bound({ topic, partition }: TopicPartition): ReadBound | undefined {
    return this.places.find((place) => place.topic === topic && place.partition === partition)?.bound;
  }

  async close(): Promise<void> {
    this.places = [];
  }

  private async fetchAll(): Promise<ReadResult[]> {
    const results: ReadResult[] = [];
    for (const place of this.places) {
      const { topic, partition } = place;
      const records = await this.log.fetch(place, place.offset, FETCH_BYTES);
      place.bound = { end: (await this.log.offsets(place)).end, at: Date.now() };
      if (!records) continue;
      place.offset = records.nextOffset;
      results.push({ topic, partition, records });
    }
    return results;
  }
}
