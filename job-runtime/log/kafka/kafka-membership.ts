/**
 * Group membership on Kafka's classic group protocol, spoken by us over the group's coordinator (docs/adr/0002): the
 * generation is known when a join returns, and who joins when is ours to say.
 *
 * A JoinGroup that the broker holds blocks what is behind it on its connection. So every membership has connections of
 * its own for `group`, no heartbeat is sent while one is under way, and LeaveGroup goes another way.
 */
import type { Trouble } from '../../errors.ts';
import type { Assignment, GroupMembership, GroupOptions } from '../group.ts';
import type { GroupMember, TopicPartition } from '../log.ts';
import { withGrant } from './broker-refusal.ts';
import type { TellGrant } from './broker-refusal.ts';
import { decodeClaim, decodePart, encodeClaim, encodePart } from './protocol/consumer-protocol.ts';
import { heartbeatRequest } from './protocol/heartbeat.ts';
import { joinGroupRequest } from './protocol/join-group.ts';
import type { JoinGroupAnswer } from './protocol/join-group.ts';
import { leaveGroupRequest } from './protocol/leave-group.ts';
import { syncGroupRequest } from './protocol/sync-group.ts';
import type { SyncGroupAnswer } from './protocol/sync-group.ts';
import type { BrokerRequest } from './protocol/wire.ts';
import {
  GroupCoordinator,
  MEMBER_ID_REQUIRED,
  REBALANCE_IN_PROGRESS,
  ILLEGAL_GENERATION,
  UNKNOWN_MEMBER_ID,
  hindrance,
  mayPass,
  refusal,
} from './membership-coordinator.ts';
import type { GroupConnections } from './membership-coordinator.ts';
import { Term } from './membership-term.ts';
import { atMost, pause, unlessAborted } from './membership-wait.ts';

const LEAVE_MILLIS = 2000;
const GRACE_MILLIS = 5000;
const FIRST_BACKOFF_MILLIS = 100;
const MAX_BACKOFF_MILLIS = 3000;
/** As often the group may be asked anew at once: member ids take a round each, and so does a rebalance in between. */
const PROMPT_ROUNDS = 4;

/** Answers after which to join again, as the member that the broker then says we are. */
const AGAIN: ReadonlySet<number> = new Set([
  MEMBER_ID_REQUIRED,
  UNKNOWN_MEMBER_ID,
  ILLEGAL_GENERATION,
  REBALANCE_IN_PROGRESS,
]);

export class KafkaMembership implements GroupMembership {
  private readonly options: GroupOptions;
  private readonly tellGrant: TellGrant | undefined;
  private readonly coordinator: GroupCoordinator;
  /** Empty: the broker is to give one. */
  private memberId = '';
  /** The last generation that we know our part of. */
  private lastSynced = -1;
  /** The same, as long as we are the member that we were then. */
  private unbroken = -1;
  private term: Term | undefined;
  /** The JoinGroup under way; never rejects. Outlives an aborted `join`. */
  private joining: Promise<unknown> | undefined;
  private joinTrouble: Trouble | undefined;

  /** `tellGrant` absent: a missing ACL is told without the grant that it wants. */
  constructor(connections: GroupConnections, options: GroupOptions, tellGrant?: TellGrant) {
    this.options = options;
    this.tellGrant = tellGrant;
    this.coordinator = new GroupCoordinator(connections, options.group);
  }

  get trouble(): Trouble | undefined {
    return this.joinTrouble ?? this.term?.trouble;
  }

  async join(owned: readonly TopicPartition[], signal: AbortSignal): Promise<Assignment> {
    signal.throwIfAborted();
    this.endTerm('rebalance');
    // The same bytes in every round: a member that says something new makes the group gather once more.
    const metadata = encodeClaim(this.options.topics, { owned, generation: this.lastSynced });
    try {
      return await this.untilAssigned(metadata, signal);
    } catch (error) {
      // Whoever asked is told what it is now.
      this.joinTrouble = undefined;
      throw error;
    }
  }

  rebalance(): void {
    if (this.term?.isLeader) this.term.end('rebalance');
  }

  async leave(): Promise<void> {
    this.endTerm('lost');
    this.joinTrouble = undefined;
    await atMost(LEAVE_MILLIS, this.giveUp());
  }

  private async untilAssigned(metadata: Uint8Array, signal: AbortSignal): Promise<Assignment> {
    // Counted apart: after an outage the usual rounds are as prompt as ever.
    const rounds = { usual: 0, other: 0 };
    for (;;) {
      const result = await this.attempt(metadata, signal);
      if (typeof result === 'object') return result;
      const round = ++rounds[result !== undefined && AGAIN.has(result) ? 'usual' : 'other'];
      await pause(this.waitAfter(result, round), signal);
    }
  }

  /** Gives the error code where that comes in place of an assignment; undefined: the coordinator was not reached. */
  private async attempt(metadata: Uint8Array, signal: AbortSignal): Promise<Assignment | number | undefined> {
    const joined = await unlessAborted(this.joinGroup(metadata), signal);
    if (joined?.error !== 0) return joined?.error;
    const term = this.newTerm(joined);
    try {
      const synced = await this.syncGroup(term, await this.plan(joined, term, signal), signal);
      if (synced?.error !== 0) return synced?.error;
      return this.begin(term, synced.assignment);
    } finally {
      if (this.term !== term) term.stop();
    }
  }

  /** Undefined: the coordinator was not reached. */
  private async joinGroup(metadata: Uint8Array): Promise<JoinGroupAnswer | undefined> {
    const { group, sessionTimeoutMillis, rebalanceTimeoutMillis } = this.options;
    const { memberId } = this;
    const request = joinGroupRequest({ group, sessionTimeoutMillis, rebalanceTimeoutMillis, memberId, metadata });
    const asked = this.ask(request);
    this.joining = asked.catch(() => undefined);
    const answer = await asked;
    // Also when nobody waits for it any more, so that `leave` knows whom to take out.
    if (answer?.error === 0 || answer?.error === MEMBER_ID_REQUIRED) this.memberId = answer.memberId;
    return answer;
  }

  /** What the leader decides, by member id. It may take its time: heartbeats keep its place. */
  private async plan(joined: JoinGroupAnswer, term: Term, signal: AbortSignal): Promise<Map<string, Uint8Array>> {
    if (!term.isLeader) return new Map();
    const claims = joined.members.map(({ memberId, metadata }) => ({ memberId, ...decodeClaim(metadata) }));
    term.start();
    try {
      const { partitions, shared } = await unlessAborted(this.options.assign(claims), signal);
      const part = (memberId: string): Uint8Array => encodePart({ partitions: partitions.get(memberId) ?? [], shared });
      return new Map(claims.map(({ memberId }) => [memberId, part(memberId)]));
    } finally {
      term.stop();
    }
  }

  private syncGroup(
    { member }: Term,
    assignments: ReadonlyMap<string, Uint8Array>,
    signal: AbortSignal,
  ): Promise<SyncGroupAnswer | undefined> {
    const holdMillis = this.options.rebalanceTimeoutMillis + GRACE_MILLIS;
    return unlessAborted(this.ask(syncGroupRequest({ ...member, assignments, holdMillis })), signal);
  }

  private begin(term: Term, assignment: Uint8Array): Assignment {
    const { member, isLeader, ended } = term;
    const { partitions, shared } = decodePart(assignment);
    const isContinued = this.unbroken >= 0 && member.generation === this.unbroken + 1;
    this.lastSynced = member.generation;
    this.unbroken = member.generation;
    this.joinTrouble = undefined;
    this.term = term;
    term.start();
    return { member, partitions, shared, isLeader, isContinued, ended };
  }

  private newTerm({ generation, memberId, leader }: JoinGroupAnswer): Term {
    const { group, heartbeatMillis, sessionTimeoutMillis } = this.options;
    return new Term({
      member: { group, memberId, generation },
      isLeader: memberId === leader,
      heartbeatMillis,
      sessionTimeoutMillis,
      beat: (member) => this.beat(member),
    });
  }

  private async beat(member: GroupMember): Promise<number> {
    const answerMillis = Math.ceil(this.options.sessionTimeoutMillis / 3);
    return (await this.coordinator.send(heartbeatRequest({ ...member, answerMillis }), 'group')).error;
  }

  private async ask<T extends { readonly error: number }>(request: BrokerRequest<T>): Promise<T | undefined> {
    try {
      return await this.coordinator.send(request, 'group');
    } catch (error) {
      if (!mayPass(error)) throw withGrant(error, this.tellGrant);
      this.joinTrouble = error;
      return undefined;
    }
  }

  /** For how many milliseconds; throws what trying again cannot change. */
  private waitAfter(code: number | undefined, round: number): number {
    if (code === undefined) return backoff(round);
    const { group, sessionTimeoutMillis } = this.options;
    const final = refusal(code, group, sessionTimeoutMillis);
    if (final) throw withGrant(final, this.tellGrant);
    if (code === UNKNOWN_MEMBER_ID) this.forgetMember();
    const isUsual = AGAIN.has(code) && round < PROMPT_ROUNDS;
    this.joinTrouble = isUsual ? undefined : hindrance(code, group);
    return isUsual ? 0 : backoff(round);
  }

  private forgetMember(): void {
    this.memberId = '';
    this.unbroken = -1;
  }

  private endTerm(how: 'rebalance' | 'lost'): void {
    this.term?.end(how);
    this.term?.stop();
    if (this.term?.isLost) this.unbroken = -1;
    this.term = undefined;
  }

  private async giveUp(): Promise<void> {
    // The first JoinGroup of a member is answered at once, with its id.
    if (this.memberId === '') await this.joining;
    const { memberId } = this;
    this.forgetMember();
    if (memberId !== '') await this.coordinator.send(leaveGroupRequest(this.options.group, memberId), 'control');
  }
}

function backoff(round: number): number {
  return Math.min(MAX_BACKOFF_MILLIS, FIRST_BACKOFF_MILLIS * 2 ** Math.min(round - 1, 10));
}
