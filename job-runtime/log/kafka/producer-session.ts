/**
 * One opening of a transactional id: producer id, epoch and the next sequence number of each partition. Every request
 * of its transactions to a coordinator goes through here. A session that failed once is never used again: what became of
 * its transaction is settled by opening the id anew.
 */
import { StreamJobError } from '../../errors.ts';
import { partitionName } from '../log.ts';
import type { GroupMember, Position, TopicPartition } from '../log.ts';
import { assertAccepted, BrokerRefusal, OPERATION_NOT_ATTEMPTED } from './broker-refusal.ts';
import { onGroup, onTopic, onTransactionalId } from './failures/trial.ts';
import type { Asked } from './failures/trial.ts';
import type { PatientRequests } from './patient-requests.ts';
import { addOffsetsToTxnRequest } from './protocol/add-offsets-to-txn.ts';
import { addPartitionsToTxnRequest } from './protocol/add-partitions-to-txn.ts';
import type { PartitionAnswer } from './protocol/add-partitions-to-txn.ts';
import { endTxnRequest } from './protocol/end-txn.ts';
import { initProducerIdRequest } from './protocol/init-producer-id.ts';
import type { ProducerIdentity } from './protocol/init-producer-id.ts';
import { txnOffsetCommitRequest } from './protocol/txn-offset-commit.ts';
import type { BrokerRequest } from './protocol/wire.ts';
import { isInDoubt } from './retry.ts';

/** Positions that one member commits. */
export interface PositionCommit {
  readonly member: GroupMember;
  readonly positions: readonly Position[];
}

const SEQUENCES = 2 ** 31;

/** What was tried, and which ACLs that needs. */
interface Attempt {
  readonly what: string;
  readonly asked: readonly Asked[];
}

export class ProducerSession {
  readonly id: string;
  readonly identity: ProducerIdentity;
  readonly requests: PatientRequests;
  isUsable = true;
  private readonly sequences = new Map<string, number>();

  constructor(id: string, identity: ProducerIdentity, requests: PatientRequests) {
    this.id = id;
    this.identity = identity;
    this.requests = requests;
  }

  /** The sequence number of the next record in a partition. */
  sequence(of: TopicPartition): number {
    return this.sequences.get(partitionName(of)) ?? 0;
  }

  /** The broker has taken this many records. */
  advance(of: TopicPartition, records: number): void {
    this.sequences.set(partitionName(of), (this.sequence(of) + records) % SEQUENCES);
  }

  /** Tells the coordinator where this transaction writes, which begins it. */
  async enlist(partitions: readonly TopicPartition[], groups: readonly string[]): Promise<void> {
    const { id, identity } = this;
    const parts = groups.map((group) => this.addGroup(group));
    if (partitions.length > 0) {
      const request = addPartitionsToTxnRequest(id, identity, partitions);
      parts.push(
        this.ask(request, (answers) =>
          assertAll(answers, ({ topic }) => {
            const asked = [onTopic('WRITE', topic), onTransactionalId(id)];
            return { what: `write to topic "${topic}"`, asked };
          }),
        ),
      );
    }
    await allSettled(parts);
  }

  async commitPositions({ member, positions }: PositionCommit): Promise<void> {
    const { connections } = this.requests;
    const request = txnOffsetCommitRequest(this.id, this.identity, member, positions);
    await this.requests.atCoordinator('group', member.group, async (node) => {
      const answers = await connections.send(node, 'transaction', request);
      assertAll(answers, ({ topic }) => {
        const asked = [onGroup(member.group), onTopic('READ', topic), onTransactionalId(this.id)];
        return { what: `commit positions of group "${member.group}"`, asked };
      });
    });
  }

  async end(isCommit: boolean, requests: PatientRequests = this.requests): Promise<void> {
    const request = endTxnRequest(this.id, this.identity, isCommit);
    await this.ask(request, (error) => assertAccepted(error, isCommit ? 'commit' : 'abort'), requests);
  }

  private addGroup(group: string): Promise<void> {
    const request = addOffsetsToTxnRequest(this.id, this.identity, group);
    const asked = [onTransactionalId(this.id), onGroup(group)];
    return this.ask(request, (error) => assertAccepted(error, `commit positions of group "${group}"`, { asked }));
  }

  private ask<T>(
    request: BrokerRequest<T>,
    judge: (answer: T) => void,
    requests: PatientRequests = this.requests,
  ): Promise<void> {
    return requests.atCoordinator('transaction', this.id, async (node) =>
      judge(await requests.connections.send(node, 'transaction', request)),
    );
  }
}

/** Becomes the only writer of the id. */
export async function openSession(
  id: string,
  timeoutMillis: number,
  requests: PatientRequests,
): Promise<ProducerSession> {
  const identity = await requests.atCoordinator('transaction', id, async (node) => {
    const grant = await requests.connections.send(node, 'transaction', initProducerIdRequest(id, timeoutMillis));
    assertAccepted(grant.error, `open the transactional id "${id}"`, { asked: [onTransactionalId(id)] });
    return { producerId: grant.producerId, epoch: grant.epoch };
  });
  return new ProducerSession(id, identity, requests);
}

/** Waits for all, so that nothing is under way when a failure is thrown. One whose outcome is unknown weighs most. */
export async function allSettled(parts: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
  if (failures.length > 0) throw failures.find(isInDoubt) ?? failures[0];
}

/** The answer that says why, not one that says that nothing was tried because of it. */
function assertAll(answers: readonly PartitionAnswer[], attemptOf: (answer: PartitionAnswer) => Attempt): void {
  const refused = answers.filter(({ error }) => error !== 0);
  const refusal = refused.find(({ error }) => error !== OPERATION_NOT_ATTEMPTED) ?? refused[0];
  if (!refusal) return;
  const { what, asked } = attemptOf(refusal);
  throw new BrokerRefusal(refusal.error, what, { asked });
}

/** What a caller of the port is told of a failure. A mistake in this program stays one: trying again cannot mend it. */
export function transactionFailure(id: string, cause: unknown): unknown {
  if (!(cause instanceof StreamJobError) || PASSED_ON.has(cause.code)) return cause;
  return new StreamJobError('TransactionFailed', `transaction of "${id}" failed: ${cause.message}`, { cause });
}

const PASSED_ON: ReadonlySet<string> = new Set([
  'TopicNotFound',
  'NotAuthorized',
  'NotAuthenticated',
  'TransactionFailed',
]);
