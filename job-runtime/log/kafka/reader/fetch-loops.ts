/**
 * Reads ahead: one loop for each broker that leads a partition of the reader, one request at a time in each, for all
 * partitions of that broker that have room. A loop ends when nothing of its broker is left.
 */
import { partitionName } from '../../log.ts';
import { BrokerRefusal } from '../broker-refusal.ts';
import type { KafkaConnections } from '../connections.ts';
import type { FetchedPartition, FetchResponse } from '../protocol/fetch.ts';
import { fetchRequest } from '../protocol/fetch.ts';
import { decodeRecordSet } from '../record-batch/decode.ts';
import type { Arrival, Place } from './place.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { KafkaReaderOptions } from './reader-options.ts';
import type { Recovery } from './recovery.ts';

/** More than this is asked for at once of no partition, whatever its batches are. */
const MOST_FETCH_BYTES = 128 << 20;

interface Round {
  readonly node: number;
  /** Those come first that got nothing for longest. Empty: there is no room for anything. */
  readonly places: readonly Place[];
  readonly bytes: number;
  readonly waitMillis: number;
}

export class FetchLoops {
  private readonly connections: Pick<KafkaConnections, 'send'>;
  private readonly ahead: ReadAhead;
  private readonly recovery: Recovery;
  private readonly options: KafkaReaderOptions;
  private readonly running = new Set<number>();

  constructor(
    connections: Pick<KafkaConnections, 'send'>,
    ahead: ReadAhead,
    recovery: Recovery,
    options: KafkaReaderOptions,
  ) {
    this.connections = connections;
    this.ahead = ahead;
    this.recovery = recovery;
    this.options = options;
  }

  /** Makes sure that the node's loop runs, and sees what is new. */
  start(node: number): void {
    if (this.running.has(node)) {
      this.ahead.changed.raise();
      return;
    }
    this.running.add(node);
    void this.run(node);
  }

  private async run(node: number): Promise<void> {
    for (let round = this.next(node); round; round = this.next(node)) {
      if (round.places.length > 0) await this.fetch(round);
      else await this.ahead.changed.wait();
    }
    this.running.delete(node);
  }

  private next(node: number): Round | undefined {
    const ofNode = [...this.ahead.all()].filter(({ leader }) => leader === node);
    if (ofNode.length === 0) return undefined;
    const wanted = ofNode.filter((place) => !this.ahead.isFull(place)).sort((a, b) => a.servedAt - b.servedAt);
    const bytes = this.portion(wanted);
    const { maxWaitMillis, partialWaitMillis } = this.options;
    const waitMillis = wanted.length === ofNode.length ? maxWaitMillis : partialWaitMillis;
    const hasRoom = wanted.length > 0 && this.ahead.reserve(bytes);
    return { node, places: hasRoom ? wanted : [], bytes, waitMillis };
  }

  /** Such that each loop gets its share of the memory. */
  private portion(places: readonly Place[]): number {
    const { requestBytes, readAheadBytes } = this.options;
    const wanted = places.reduce((sum, { fetchBytes }) => sum + fetchBytes, 0);
    return Math.min(wanted, requestBytes, Math.floor(readAheadBytes / this.running.size));
  }

  private async fetch(round: Round): Promise<void> {
    const { node, places, waitMillis: maxWaitMillis } = round;
    const maxBytes = Math.max(round.bytes, places[0]!.fetchBytes);
    const targets = places.map(({ topic, partition, fetchOffset: offset, fetchBytes }) => {
      return { topic, partition, offset, maxBytes: fetchBytes };
    });
    try {
      const request = fetchRequest({ targets, maxBytes, maxWaitMillis });
      const response = await this.connections.send(node, 'fetch', request);
      if (response.error !== 0) throw new BrokerRefusal(response.error, `read from broker ${node}`);
      this.receive(round, response);
    } catch (failure) {
      this.recovery.setBack(places, failure);
    } finally {
      this.ahead.unreserve(round.bytes);
    }
  }

  private receive({ node, places }: Round, response: FetchResponse): void {
    const asked = new Map(places.map((place) => [partitionName(place), place]));
    const arrival = this.ahead.arrive(response.bytes.length);
    let taken = 0;
    for (const part of response.partitions) {
      const place = asked.get(partitionName(part));
      if (!place || !this.ahead.isCurrent(place)) continue;
      if (part.error !== 0) {
        this.recovery.refused(place, node, part.error);
        continue;
      }
      this.answered(place, part);
      // Compressed records may have become much more than was asked for: the rest is asked for again.
      if (part.end === part.start || (taken > 0 && this.ahead.isOverfull)) continue;
      this.takeIn(place, part, response.bytes, arrival);
      taken++;
    }
    this.ahead.release(arrival);
  }

  private answered(place: Place, { lastStableOffset, highWatermark }: FetchedPartition): void {
    const end = lastStableOffset >= 0 ? lastStableOffset : highWatermark;
    place.bound = { end, at: this.options.now() };
    this.recovery.succeeded(place);
  }

  private takeIn(place: Place, part: FetchedPartition, bytes: Uint8Array, arrival: Arrival): void {
    const { topic, partition, aborted: abortedTransactions } = part;
    const options = { topic, partition, fetchOffset: place.fetchOffset, abortedTransactions };
    try {
      const { batch, isCut } = decodeRecordSet(bytes, part.start, part.end, options);
      if (batch.nextOffset > place.fetchOffset) {
        place.fetchBytes = this.options.partitionFetchBytes;
        this.ahead.push(place, batch, part.end - part.start, batch.bytes === bytes ? arrival : undefined);
      } else if (isCut) place.fetchBytes = Math.min(place.fetchBytes * 2, MOST_FETCH_BYTES);
    } catch (failure) {
      this.recovery.give(place, failure);
    }
  }
}
