/**
 * Appends the records of a transaction. Brokers take one batch for each partition in a request, and a request must not be
 * too large, so all that is to be appended goes out in rounds: in each, one request to every leader concerned. The next
 * batch of a partition is sent only when the one before it is acknowledged, which keeps the order, and makes it safe to
 * send a batch again whose answer was lost: the broker knows the last one by its sequence number.
 */
import { partitionName } from '../log.ts';
import type { TopicPartition } from '../log.ts';
import { RecordBuilder } from '../record-builder.ts';
import {
  BrokerRefusal,
  DUPLICATE_SEQUENCE_NUMBER,
  MESSAGE_TOO_LARGE,
  RECORD_LIST_TOO_LARGE,
} from './broker-refusal.ts';
import { onTopic } from './failures/trial.ts';
import { allSettled } from './producer-session.ts';
import type { ProducerSession } from './producer-session.ts';
import { produceRequest } from './protocol/produce.ts';
import type { ProduceAnswer } from './protocol/produce.ts';
import type { Compression } from './record-batch/compression.ts';
import { encodeBatch } from './record-batch/encode.ts';
import { splitRows } from './record-batch/record-size.ts';
import type { RowRange } from './record-batch/record-size.ts';
import { isInDoubt } from './retry.ts';

export interface BatchOptions {
  readonly compression: Compression;
  readonly maxBatchBytes: number;
}

/** What one partition gets, in order. */
export interface PartitionAppend extends TopicPartition {
  readonly builders: RecordBuilder[];
}

/** To one broker, in one request. */
const MAX_REQUEST_BYTES = 4 << 20;

/** A partition with records that are not acknowledged yet. */
interface Queue extends TopicPartition {
  readonly records: RecordBuilder;
  readonly ranges: readonly RowRange[];
  next: number;
  /** The batch of ranges[next], once it has been made. */
  batch: Uint8Array | undefined;
  /** The batch was sent, and what became of it is unknown. */
  isInDoubt: boolean;
}

export class ProduceRounds {
  private readonly session: ProducerSession;
  private readonly options: BatchOptions;
  private queues: Queue[];
  private readonly firstOffsets = new Map<string, number>();

  constructor(session: ProducerSession, options: BatchOptions, appends: Iterable<PartitionAppend>) {
    this.session = session;
    this.options = options;
    this.queues = Array.from(appends, (append) => queueOf(append, options.maxBatchBytes));
  }

  /** By topic/partition, the offset of the first record. `isOver` says that the rest is of no use any more. */
  async send(isOver: () => boolean): Promise<ReadonlyMap<string, number>> {
    while (this.queues.length > 0 && !isOver()) await this.session.requests.retry(() => this.round());
    return this.firstOffsets;
  }

  /** Whether a batch may still arrive. */
  get isInDoubt(): boolean {
    return this.queues.some((queue) => queue.isInDoubt);
  }

  private async round(): Promise<void> {
    const requests: Promise<void>[] = [];
    const leaders = await this.session.requests.leaders(this.queues);
    const byLeader = Map.groupBy(this.queues.entries(), ([index]) => leaders[index]!);
    for (const [leader, led] of byLeader) requests.push(this.request(leader, this.fill(led.map(([, queue]) => queue))));
    try {
      await allSettled(requests);
    } finally {
      // Those that were served come last in the next round.
      const left = this.queues.filter(({ next, ranges }) => next < ranges.length);
      this.queues = [...left.filter(({ batch }) => batch), ...left.filter(({ batch }) => !batch)];
    }
  }

  /** As many of a leader's partitions as fit a request. */
  private fill(queues: readonly Queue[]): Queue[] {
    const filled: Queue[] = [];
    let bytes = 0;
    for (const queue of queues) {
      queue.batch ??= this.encode(queue);
      bytes += queue.batch.length;
      if (filled.length > 0 && bytes > MAX_REQUEST_BYTES) break;
      filled.push(queue);
    }
    return filled;
  }

  private encode(queue: Queue): Uint8Array {
    const { from, to } = queue.ranges[queue.next]!;
    const { producerId, epoch } = this.session.identity;
    const { compression } = this.options;
    const baseSequence = this.session.sequence(queue);
    return encodeBatch(queue.records, from, to, {
      producerId,
      producerEpoch: epoch,
      baseSequence,
      isTransactional: true,
      compression,
    });
  }

  private async request(leader: number, queues: readonly Queue[]): Promise<void> {
    const { connections } = this.session.requests;
    const batches = queues.map(({ topic, partition, batch }) => ({ topic, partition, batch: batch! }));
    try {
      const answers = await connections.send(leader, 'transaction', produceRequest(this.session.id, batches));
      const byName = new Map(answers.map((answer) => [partitionName(answer), answer]));
      const failures = queues.map((queue) => this.take(queue, byName.get(partitionName(queue))));
      const failure = failures.find((each) => each !== undefined);
      if (failure) throw failure;
    } catch (failure) {
      for (const { topic } of queues) connections.forgetTopic(topic);
      if (isInDoubt(failure)) for (const queue of queues) queue.isInDoubt = true;
      throw failure;
    }
  }

  /** The batch was taken, or the failure is given. */
  private take(queue: Queue, answer: ProduceAnswer | undefined): Error | undefined {
    if (!answer) return new RangeError(`Kafka's answer says nothing of ${partitionName(queue)}`);
    const isFirst = queue.next === 0;
    queue.isInDoubt = false;
    // It is there since an attempt whose answer was lost; only where it begins is unknown then.
    const isTaken = answer.error === 0 || (answer.error === DUPLICATE_SEQUENCE_NUMBER && !isFirst);
    if (!isTaken) return refusal(answer, queue.batch!.length);
    if (isFirst) this.firstOffsets.set(partitionName(queue), answer.baseOffset);
    const { from, to } = queue.ranges[queue.next]!;
    this.session.advance(queue, to - from);
    queue.next++;
    queue.batch = undefined;
    return undefined;
  }
}

function queueOf({ topic, partition, builders }: PartitionAppend, maxBatchBytes: number): Queue {
  const records = builders.length === 1 ? builders[0]! : joined(builders);
  return {
    topic,
    partition,
    records,
    ranges: splitRows(records, maxBatchBytes),
    next: 0,
    batch: undefined,
    isInDoubt: false,
  };
}

/** Records of several appends share batches, since each batch would cost a round. */
function joined(builders: readonly RecordBuilder[]): RecordBuilder {
  const sum = (of: 'count' | 'length'): number => builders.reduce((total, builder) => total + builder[of], 0);
  const all = new RecordBuilder(sum('count'), sum('length'));
  for (const builder of builders) all.appendAll(builder);
  return all;
}

function refusal(answer: ProduceAnswer, bytes: number): BrokerRefusal {
  const { topic, error } = answer;
  const isTooLarge = error === MESSAGE_TOO_LARGE || error === RECORD_LIST_TOO_LARGE;
  const why = isTooLarge ? `raise max.message.bytes of the topic above ${bytes}` : undefined;
  const asked = [onTopic('WRITE', topic)];
  return new BrokerRefusal(error, `append a batch of ${bytes} bytes to ${partitionName(answer)}`, { why, asked });
}
