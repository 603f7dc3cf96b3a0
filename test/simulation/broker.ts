/**
 * What all processes of a simulation share: topics, committed positions, and the coordinator of transactions with its
 * epochs, timeouts and markers that arrive one by one (docs/adr/0002). Calls take no time here; sim-log.ts adds that.
 */
import { StreamJobError } from '../../job-runtime/errors.ts';
import { partitionName } from '../../job-runtime/log/log.ts';
import type { CommittedPosition, Position, TopicPartition } from '../../job-runtime/log/log.ts';
import { topicNotFound } from '../../job-runtime/log/not-found.ts';
import { BrokerPartition } from './broker-partition.ts';
import type { Dice } from './dice.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A transaction as its coordinator knows it. */
export interface OpenTransaction {
  readonly writer: string;
  readonly epoch: number;
  readonly partitions: Set<BrokerPartition>;
  readonly positions: { readonly group: string; readonly position: Position }[];
  state: 'open' | 'ending' | 'over';
}

interface Writer {
  epoch: number;
  transaction: OpenTransaction | undefined;
}

const TIMEOUT_MILLIS = 15_000;
/** The coordinator looks for timeouts this often. */
const CHECK_MILLIS = 10_000;
const LONGEST_MARKER_MILLIS = 8;

export class Broker {
  /** What must never happen, a line each. */
  readonly violations: string[] = [];
  private readonly time: VirtualTime;
  private readonly dice: Dice;
  private readonly topics = new Map<string, BrokerPartition[]>();
  private readonly positions = new Map<string, Position>();
  private readonly writers = new Map<string, Writer>();

  constructor(time: VirtualTime, dice: Dice) {
    this.time = time;
    this.dice = dice;
  }

  has(topic: string): boolean {
    return this.topics.has(topic);
  }

  /** Adds what is missing up to this number of partitions. */
  grow(topic: string, partitions: number): void {
    const all = this.topics.get(topic) ?? [];
    this.topics.set(topic, all);
    while (all.length < partitions)
      all.push(new BrokerPartition(partitionName({ topic, partition: all.length }), all.length));
  }

  topic(name: string): readonly BrokerPartition[] {
    const topic = this.topics.get(name);
    if (!topic) throw topicNotFound(name);
    return topic;
  }

  partition({ topic, partition }: TopicPartition): BrokerPartition {
    const found = this.topic(topic)[partition];
    if (!found) throw new StreamJobError('TopicNotFound', `topic "${topic}" has no partition ${partition}`);
    return found;
  }

  committed(group: string, topic: string): Map<number, CommittedPosition> {
    const found = new Map<number, CommittedPosition>();
    for (let partition = 0; partition < (this.topics.get(topic)?.length ?? 0); partition++) {
      const position = this.positions.get(placeOf(group, { topic, partition }));
      const isPending = this.isPending(group, { topic, partition });
      if (position || isPending) found.set(partition, { ...(position && { position }), isPending });
    }
    return found;
  }

  /** Transactions that have not ended. */
  openTransactions(): OpenTransaction[] {
    return [...this.writers.values()].flatMap(({ transaction }) =>
      transaction && transaction.state !== 'over' ? [transaction] : [],
    );
  }

  /** Begins the ending of what is open, and shuts out whoever wrote before. Gives the new epoch. */
  fence(id: string): number {
    const writer = this.writer(id);
    writer.epoch++;
    if (writer.transaction?.state === 'open') this.end(writer.transaction, 'aborted');
    return writer.epoch;
  }

  epochOf(id: string): number {
    return this.writer(id).epoch;
  }

  /** Whether a transaction may begin: the one before is over. */
  isIdle(id: string): boolean {
    const { transaction } = this.writer(id);
    return !transaction || transaction.state === 'over';
  }

  begin(id: string, epoch: number): OpenTransaction {
    const writer = this.writer(id);
    this.expectEpoch(id, epoch);
    const transaction: OpenTransaction = { writer: id, epoch, partitions: new Set(), positions: [], state: 'open' };
    writer.transaction = transaction;
    const isOverdue = (): void => {
      if (transaction.state === 'open') this.fence(id);
    };
    this.time.as(undefined, () => this.time.after(TIMEOUT_MILLIS + this.dice.below(CHECK_MILLIS), isOverdue));
    return transaction;
  }

  /** Throws where the transaction is not the one that its writer has open. */
  expectOpen(transaction: OpenTransaction): void {
    this.expectEpoch(transaction.writer, transaction.epoch);
    if (transaction.state !== 'open') throw refused(transaction.writer, 'is not open');
  }

  /** The decision is made at once; it arrives in each place a little later. */
  end(transaction: OpenTransaction, how: 'committed' | 'aborted'): void {
    transaction.state = 'ending';
    const { partitions, positions } = transaction;
    const places = [
      ...[...partitions].map((partition) => () => partition.mark(transaction, how)),
      () => {
        if (how === 'committed') for (const { group, position } of positions) this.store(group, position);
        positions.length = 0;
      },
    ];
    let left = places.length;
    for (const arrive of places)
      this.time.as(undefined, () =>
        this.time.after(this.dice.below(LONGEST_MARKER_MILLIS), () => {
          arrive();
          if (--left === 0) transaction.state = 'over';
        }),
      );
  }

  private store(group: string, position: Position): void {
    const place = placeOf(group, position);
    const before = this.positions.get(place);
    if (before && before.offset > position.offset)
      this.violations.push(`position of ${place} went back from ${before.offset} to ${position.offset}`);
    this.positions.set(place, { ...position });
  }

  private isPending(group: string, at: TopicPartition): boolean {
    return this.openTransactions().some(({ positions }) =>
      positions.some((held) => placeOf(held.group, held.position) === placeOf(group, at)),
    );
  }

  private expectEpoch(id: string, epoch: number): void {
    if (this.writer(id).epoch !== epoch) throw refused(id, 'was opened by another process');
  }

  private writer(id: string): Writer {
    const known = this.writers.get(id);
    if (known) return known;
    const made = { epoch: 0, transaction: undefined };
    this.writers.set(id, made);
    return made;
  }
}

export const refused = (id: string, why: string): StreamJobError =>
  new StreamJobError('TransactionFailed', `transactional id "${id}" ${why}`);

const placeOf = (group: string, at: TopicPartition): string => `${group} ${partitionName(at)}`;
