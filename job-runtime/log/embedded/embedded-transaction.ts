/** A transaction in memory. All checks come before the first write, so a commit writes everything or nothing. */
import { StreamJobError } from '../../errors.ts';
import { partitionName } from '../log.ts';
import type { GroupMember, Position, TopicPartition, Transaction } from '../log.ts';
import type { RecordBuilder } from '../record-builder.ts';
import type { PartitionLog } from './partition-log.ts';

/** What a transaction needs of its log. */
export interface TransactionTarget {
  /** Throws TopicNotFound. */
  find(at: TopicPartition): PartitionLog;
  store(group: string, position: Position): void;
  /** Whether another writer of the same id has been opened. */
  isFenced(): boolean;
}

export class EmbeddedTransaction implements Transaction {
  private readonly target: TransactionTarget;
  private readonly appends: { readonly log: PartitionLog; readonly builder: RecordBuilder }[] = [];
  private readonly commits: { readonly group: string; readonly position: Position }[] = [];
  private readonly firstOffsets = new Map<PartitionLog, number>();
  private isOpen = true;

  constructor(target: TransactionTarget) {
    this.target = target;
  }

  append(topic: string, partition: number, builder: RecordBuilder): void {
    this.assertOpen();
    this.appends.push({ log: this.target.find({ topic, partition }), builder });
  }

  commitPositions({ group }: GroupMember, positions: readonly Position[]): void {
    this.assertOpen();
    for (const position of positions) {
      this.target.find(position);
      this.commits.push({ group, position });
    }
  }

  async commit(): Promise<void> {
    this.assertOpen();
    this.isOpen = false;
    if (this.target.isFenced())
      throw new StreamJobError('TransactionFailed', 'another writer of this id has been opened');
    for (const { log, builder } of this.appends) {
      if (!this.firstOffsets.has(log)) this.firstOffsets.set(log, log.end);
      log.append(builder);
    }
    for (const { group, position } of this.commits) this.target.store(group, position);
  }

  async abort(): Promise<void> {
    this.isOpen = false;
  }

  offsetOf(topic: string, partition: number): number {
    const at = { topic, partition };
    const offset = this.firstOffsets.get(this.target.find(at));
    if (offset === undefined) throw new Error(`nothing was committed to ${partitionName(at)} in this transaction`);
    return offset;
  }

  private assertOpen(): void {
    if (!this.isOpen) throw new StreamJobError('TransactionFailed', 'the transaction is already committed or aborted');
  }
}
