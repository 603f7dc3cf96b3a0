/**
 * One transaction: collects, and sends everything at commit (docs/adr/0002). Without records and positions it talks to
 * nobody. After a refusal it is aborted and never committed, since the coordinator would go along with a commit.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamJobError } from '../../errors.ts';
import { partitionName } from '../log.ts';
import type { GroupMember, Position, Transaction } from '../log.ts';
import type { RecordBuilder } from '../record-builder.ts';
import { ProduceRounds } from './produce-rounds.ts';
import type { BatchOptions, PartitionAppend } from './produce-rounds.ts';
import { transactionFailure } from './producer-session.ts';
import type { PositionCommit, ProducerSession } from './producer-session.ts';
import { isInDoubt } from './retry.ts';

/** Aborting is a courtesy to those who read or wait; opening the id anew does the same. */
const ABORT_MILLIS = 2000;

export class KafkaTransaction implements Transaction {
  private readonly session: ProducerSession;
  private readonly options: BatchOptions;
  private readonly appends = new Map<string, PartitionAppend>();
  /** By group, member and generation; then by topic and partition, so that the last position counts. */
  private readonly commits = new Map<
    string,
    { readonly member: GroupMember; readonly positions: Map<string, Position> }
  >();
  private firstOffsets: ReadonlyMap<string, number> | undefined;
  private isOpen = true;

  constructor(session: ProducerSession, options: BatchOptions) {
    this.session = session;
    this.options = options;
  }

  append(topic: string, partition: number, builder: RecordBuilder): void {
    this.assertOpen();
    if (builder.count === 0) return;
    const name = partitionName({ topic, partition });
    const known = this.appends.get(name);
    if (known) known.builders.push(builder);
    else this.appends.set(name, { topic, partition, builders: [builder] });
  }

  commitPositions(member: GroupMember, positions: readonly Position[]): void {
    this.assertOpen();
    if (positions.length === 0) return;
    const name = JSON.stringify([member.group, member.memberId, member.generation]);
    const commit = this.commits.get(name) ?? { member, positions: new Map<string, Position>() };
    this.commits.set(name, commit);
    for (const position of positions) commit.positions.set(partitionName(position), position);
  }

  async commit(): Promise<void> {
    this.assertOpen();
    this.isOpen = false;
    if (!this.session.isUsable) throw this.closed();
    if (this.appends.size === 0 && this.commits.size === 0) return;
    // Until all of it is known to have succeeded, nobody else may use the session.
    this.session.isUsable = false;
    try {
      await this.sendAll();
      await this.session.end(true);
    } catch (failure) {
      throw transactionFailure(this.session.id, failure);
    }
    this.session.isUsable = true;
  }

  async abort(): Promise<void> {
    this.isOpen = false;
  }

  offsetOf(topic: string, partition: number): number {
    const name = partitionName({ topic, partition });
    const offset = this.firstOffsets?.get(name);
    if (offset === undefined) throw new Error(`nothing was committed to ${name} in this transaction`);
    return offset;
  }

  private async sendAll(): Promise<void> {
    const { session } = this;
    const partitions = [...this.appends.values()];
    const commits = this.positionCommits();
    // A topic that does not exist is told before anything is begun.
    await session.requests.retry(() => session.requests.leaders(partitions));
    try {
      await session.enlist(partitions, [...new Set(commits.map(({ member }) => member.group))]);
    } catch (failure) {
      if (!isInDoubt(failure)) await this.undo();
      throw failure;
    }
    this.firstOffsets = await this.write(commits);
  }

  private async write(commits: readonly PositionCommit[]): Promise<ReadonlyMap<string, number>> {
    const { session } = this;
    const failures: unknown[] = [];
    const note = (failure: unknown): void => void failures.push(failure);
    const rounds = new ProduceRounds(session, this.options, this.appends.values());
    const produced = rounds.send(() => failures.length > 0);
    const committed = commits.map((commit) => session.commitPositions(commit));
    // Nothing may be under way when the transaction is aborted.
    await Promise.all([produced, ...committed].map((part) => part.then(() => undefined, note)));
    if (failures.length > 0) {
      if (!rounds.isInDoubt && !failures.some(isInDoubt)) await this.undo();
      throw failures[0];
    }
    return produced;
  }

  /**
   * Not where a request may still arrive: what it does would stay open behind an abort of its own epoch. Then opening the
   * id again ends the transaction, under a new one.
   */
  private async undo(): Promise<void> {
    const { session } = this;
    const aborted = session.end(false, session.requests.within({ boundMillis: ABORT_MILLIS })).catch(() => undefined);
    await Promise.race([aborted, delay(ABORT_MILLIS, undefined, { ref: false })]);
  }

  private positionCommits(): PositionCommit[] {
    return Array.from(this.commits.values(), ({ member, positions }) => ({
      member,
      positions: [...positions.values()],
    }));
  }

  private assertOpen(): void {
    if (!this.isOpen) throw new StreamJobError('TransactionFailed', 'the transaction is already committed or aborted');
  }

  private closed(): StreamJobError {
    const problem = `transactional id "${this.session.id}" is in use or has failed: open it again`;
    return new StreamJobError('TransactionFailed', problem);
  }
}
