/**
 * What becomes of a partition that could not be read: most failures pass, so its leader is looked up again after a
 * pause; few are for the poller to decide about. A leader that moves is no news unless it takes long.
 */
import { isStreamJobError } from '../../../errors.ts';
import type { Trouble } from '../../../errors.ts';
import { partitionName } from '../../log.ts';
import {
  BrokerRefusal,
  LEADER_NOT_AVAILABLE,
  OFFSET_OUT_OF_RANGE,
  UNKNOWN_TOPIC_OR_PARTITION,
  withGrant,
} from '../broker-refusal.ts';
import type { KafkaConnections } from '../connections.ts';
import { onTopic } from '../failures/trial.ts';
import { outOfRange } from '../offset-range.ts';
import type { Place } from './place.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { KafkaReaderOptions } from './reader-options.ts';

/**
 * A topic that some broker has not heard of yet; then NOT_LEADER_OR_FOLLOWER, REPLICA_NOT_AVAILABLE, KAFKA_STORAGE_ERROR,
 * FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, OFFSET_NOT_AVAILABLE.
 */
const PASSING: ReadonlySet<number> = new Set([UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, 6, 9, 56, 74, 75, 78]);
/** As many in a row, and it is told: 1.5 s after the first. */
const LASTING_SETBACKS = 5;
/** A broker may not know yet what another one has created just now: as many in a row are believed, within 0.7 s. */
const BELIEVED_MISSES = 4;

export class Recovery {
  private readonly connections: Pick<KafkaConnections, 'send' | 'forgetTopic'>;
  private readonly ahead: ReadAhead;
  private readonly options: KafkaReaderOptions;

  constructor(
    connections: Pick<KafkaConnections, 'send' | 'forgetTopic'>,
    ahead: ReadAhead,
    options: KafkaReaderOptions,
  ) {
    this.connections = connections;
    this.ahead = ahead;
    this.options = options;
  }

  /** The partition was read. */
  succeeded(place: Place): void {
    place.setbacks = 0;
    place.misses = 0;
    place.trouble = undefined;
  }

  /** A request for these partitions failed; they wait together, so that they are looked up together. */
  setBack(places: readonly Place[], failure: unknown): void {
    const setbacks = 1 + places.reduce((most, place) => Math.max(most, place.setbacks), 0);
    const retryAt = performance.now() + this.backoffMillis(setbacks);
    for (const place of places) {
      place.leader = undefined;
      place.retryAt = retryAt;
      place.setbacks++;
      if (!isPassing(failure) || place.setbacks >= LASTING_SETBACKS)
        place.trouble = troubleOf(withGrant(failure, this.options.tellGrant));
    }
    this.ahead.changed.raise();
  }

  /** A broker answered for one partition with an error code. */
  refused(place: Place, node: number, code: number): void {
    this.connections.forgetTopic(place.topic);
    if (code === OFFSET_OUT_OF_RANGE) {
      void this.explainRange(place, node);
      return;
    }
    if (code === UNKNOWN_TOPIC_OR_PARTITION) place.misses++;
    this.setBack(
      [place],
      new BrokerRefusal(code, `read ${partitionName(place)}`, { asked: [onTopic('READ', place.topic)] }),
    );
  }

  /** Fresh metadata does not have the partition. */
  missed(place: Place, problem: Error): void {
    place.misses++;
    if (place.misses >= BELIEVED_MISSES) this.give(place, problem);
    else this.setBack([place], new BrokerRefusal(UNKNOWN_TOPIC_OR_PARTITION, `read ${partitionName(place)}`));
  }

  /** The poller gets the failure; if it does nothing about it, the partition is tried again later. */
  give(place: Place, failure: unknown): void {
    place.leader = undefined;
    place.misses = 0;
    place.setbacks++;
    place.retryAt = performance.now() + this.backoffMillis(place.setbacks);
    this.ahead.fail(place, failure);
  }

  private async explainRange(place: Place, node: number): Promise<void> {
    place.leader = undefined;
    place.retryAt = Infinity;
    try {
      const failure = await outOfRange(this.connections, node, place, place.fetchOffset);
      if (isStreamJobError(failure, 'OffsetOutOfRange')) this.give(place, failure);
      else this.setBack([place], failure);
    } catch (failure) {
      this.setBack([place], failure);
    }
  }

  /** Up to a fifth more or less, so that many readers do not come back at once. */
  private backoffMillis(setbacks: number): number {
    const { firstBackoffMillis, mostBackoffMillis } = this.options;
    return Math.min(firstBackoffMillis * 2 ** (setbacks - 1), mostBackoffMillis) * (0.8 + 0.4 * Math.random());
  }
}

function isPassing(failure: unknown): boolean {
  return failure instanceof BrokerRefusal && PASSING.has(failure.kafkaCode);
}

function troubleOf(failure: unknown): Trouble {
  if (isStreamJobError(failure)) return failure;
  const text = failure instanceof Error ? failure.message : String(failure);
  return { code: 'LogUnavailable', message: `cannot read from Kafka: ${text.split('\n')[0]!}` };
}
