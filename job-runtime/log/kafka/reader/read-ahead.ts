/**
 * What a reader is to read, and what it has read that nobody has polled yet: bounded per partition and in all. Knows no
 * network; the loops of fetch-loops.ts fill it, polls empty it.
 */
import type { RecordBatch } from '../../../record.ts';
import { partitionName } from '../../log.ts';
import type { ReadResult, TopicPartition } from '../../log.ts';
import type { KafkaReaderOptions } from './reader-options.ts';
import type { Ahead, Arrival } from './place.ts';
import { Place } from './place.ts';
import { Signal } from './signal.ts';

/** Six columns of positions and two of doubles. */
const COLUMN_BYTES = 40;

export class ReadAhead {
  /** Raised when there is something to poll. */
  readonly arrived = new Signal();
  /** Raised when loops may have something to do: other partitions, or room. */
  readonly changed = new Signal();
  private readonly options: KafkaReaderOptions;
  private places: ReadonlyMap<string, Place> = new Map();
  /** Bytes that are in memory, and those that requests under way may bring. */
  private heldBytes = 0;
  private reservedBytes = 0;
  /** A loop waits for memory. */
  private isShort = false;
  private count = 0;
  isClosed = false;

  constructor(options: KafkaReaderOptions) {
    this.options = options;
  }

  /** The partitions in no order that matters. */
  all(): Iterable<Place> {
    return this.places.values();
  }

  get(of: TopicPartition): Place | undefined {
    return this.places.get(partitionName(of));
  }

  /** False for one that was dropped or assigned anew. */
  isCurrent(place: Place): boolean {
    return this.get(place) === place;
  }

  /** For good: nothing is read any more, and who waits is woken. */
  close(): void {
    this.isClosed = true;
    this.assign([]);
    this.arrived.raise();
  }

  assign(positions: readonly (TopicPartition & { readonly offset: number })[]): void {
    const before = this.places;
    this.places = new Map(positions.map((position) => [partitionName(position), this.placeFor(position)]));
    for (const place of before.values()) {
      while (!this.isCurrent(place) && place.ahead.length > 0) this.shift(place);
    }
    this.changed.raise();
  }

  isFull({ aheadBytes }: Place): boolean {
    return aheadBytes >= this.options.partitionAheadBytes;
  }

  /** Whether memory is used up, whatever single partitions have. */
  get isOverfull(): boolean {
    return this.heldBytes >= this.options.readAheadBytes;
  }

  /** Sets memory aside for an answer; false: there is not enough. */
  reserve(bytes: number): boolean {
    this.isShort = this.heldBytes + this.reservedBytes + bytes > this.options.readAheadBytes;
    if (!this.isShort) this.reservedBytes += bytes;
    return !this.isShort;
  }

  unreserve(bytes: number): void {
    this.reservedBytes -= bytes;
    if (this.isShort) this.changed.raise();
  }

  /** A response has come. Its bytes count until `release` for it and each view of it. */
  arrive(bytes: number): Arrival {
    this.heldBytes += bytes;
    return { bytes, views: 1 };
  }

  release(arrival: Arrival | undefined): void {
    if (arrival && --arrival.views === 0) this.heldBytes -= arrival.bytes;
  }

  /** Appends a batch that reads on where the place is. `recordBytes` are those of it in the response. */
  push(place: Place, records: RecordBatch, recordBytes: number, arrival: Arrival | undefined): void {
    const own = ownBytes(records, arrival);
    const bytes = own + (arrival ? recordBytes : 0);
    if (arrival) arrival.views++;
    this.heldBytes += own;
    place.ahead.push({ records, bytes, arrival });
    place.aheadBytes += bytes;
    place.fetchOffset = records.nextOffset;
    place.servedAt = ++this.count;
    this.arrived.raise();
  }

  /** The poll that follows what was read ahead throws this. */
  fail(place: Place, failure: unknown): void {
    place.failure = failure;
    this.arrived.raise();
  }

  /** A failure whose turn it is, once. Its place is read on as if nothing had been, unless it is assigned elsewhere. */
  takeFailure(): unknown {
    for (const place of this.places.values()) {
      if (place.failure === undefined || place.ahead.length > 0) continue;
      const { failure } = place;
      place.failure = undefined;
      this.changed.raise();
      return failure;
    }
    return undefined;
  }

  /** About `pollBytes` of batches, one of each partition in turn; those come first that gave nothing for longest. */
  take(): ReadResult[] {
    const results: ReadResult[] = [];
    let waiting = [...this.places.values()].filter(({ ahead }) => ahead.length > 0);
    waiting.sort((a, b) => a.givenAt - b.givenAt);
    for (let bytes = 0; waiting.length > 0 && bytes < this.options.pollBytes;) {
      for (const place of waiting) {
        if (bytes >= this.options.pollBytes) break;
        bytes += this.give(place, results);
      }
      waiting = waiting.filter(({ ahead }) => ahead.length > 0);
    }
    if (results.length > 0) this.changed.raise();
    return results;
  }

  private give(place: Place, results: ReadResult[]): number {
    const { records, bytes } = this.shift(place);
    place.position = records.nextOffset;
    place.givenAt = ++this.count;
    results.push({ topic: place.topic, partition: place.partition, records });
    return bytes;
  }

  private shift(place: Place): Ahead {
    const first = place.ahead.shift()!;
    this.heldBytes -= ownBytes(first.records, first.arrival);
    this.release(first.arrival);
    place.aheadBytes -= first.bytes;
    return first;
  }

  /** The place that reads there already, unless it has failed: asking anew is trying anew. */
  private placeFor(position: TopicPartition & { readonly offset: number }): Place {
    const place = this.get(position);
    if (place?.position === position.offset && place.failure === undefined) return place;
    return new Place(position, this.options.partitionFetchBytes);
  }
}

/** What a batch takes on top of the response that it may be a view of. */
function ownBytes({ count, bytes }: RecordBatch, arrival: Arrival | undefined): number {
  return count * COLUMN_BYTES + (arrival ? 0 : bytes.length);
}
