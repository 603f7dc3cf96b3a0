/**
 * The membership port: who of a job's processes works on which partitions. A process joins, gets an assignment, works
 * under it until the group moves on, and joins again. Assignments are values: what was started under one carries its
 * member and generation, so that a process that lost its partitions without noticing is refused (docs/adr/0002).
 */
import type { Trouble } from '../errors.ts';
import type { GroupMember, TopicPartition } from './log.ts';

/** What a member says of itself when it joins. */
export interface MemberClaim {
  readonly memberId: string;
  /** What it worked on under its last generation, which makes assignments sticky. */
  readonly owned: readonly TopicPartition[];
  /** That generation; −1: it has had none. */
  readonly generation: number;
}

/** What the leader decides. */
export interface GroupPlan {
  /** By member id; a member that is absent gets nothing. */
  readonly partitions: ReadonlyMap<string, readonly TopicPartition[]>;
  /** Reaches every member as it is, such as the number of partitions of each stage. */
  readonly shared: Readonly<Record<string, number>>;
}

export interface GroupOptions {
  readonly group: string;
  /** Every topic that is read; tools show them. */
  readonly topics: readonly string[];
  readonly sessionTimeoutMillis: number;
  /** How long the group waits for members that finish a commit before they join again. */
  readonly rebalanceTimeoutMillis: number;
  readonly heartbeatMillis: number;
  /**
   * Called in the member that leads, at each rebalance; the others wait for it, up to the rebalance timeout. A failure is
   * thrown by its `join`.
   */
  readonly assign: (members: readonly MemberClaim[]) => Promise<GroupPlan>;
}

export type AssignmentEnd =
  /** The group gathers anew: commit, then join. What was assigned is still ours until then. */
  | 'rebalance'
  /** The group went on without this member, or it left: whatever was assigned belongs to others. Drop it, then join. */
  | 'lost';

export interface Assignment {
  readonly member: GroupMember;
  readonly partitions: readonly TopicPartition[];
  readonly shared: Readonly<Record<string, number>>;
  /** Whether this member decides who gets what, and so has to watch for new partitions. */
  readonly isLeader: boolean;
  /**
   * Whether nobody else can have worked in between on partitions that this member had before: it took part in the
   * generation just before this one, as the same member. Then tasks may be kept, else they must be restored.
   */
  readonly isContinued: boolean;
  /** Resolves when the assignment ends; never rejects. */
  readonly ended: Promise<AssignmentEnd>;
}

export interface GroupMembership {
  /**
   * Joins, or joins again, and resolves with an assignment. Tries on while the log cannot be reached (see `trouble`).
   * Ends the assignment before; `owned` is what was worked on under it. One call at a time.
   * Rejects when `signal` is aborted, with its reason, and with a StreamJobError where trying again cannot help, such as
   * a missing permission.
   */
  join(owned: readonly TopicPartition[], signal: AbortSignal): Promise<Assignment>;
  /**
   * Why the group cannot be reached at present; undefined: it can. It never ends an assignment: only the
   * group can say that this member has lost it, and until then commits are refused if it has.
   */
  readonly trouble: Trouble | undefined;
  /**
   * Makes the whole group gather anew, for instance since a topic has grown: ends the assignment, and the next `join` calls
   * the others together. Only the leader's word counts, and only while it has an assignment.
   */
  rebalance(): void;
  /**
   * Gives up the assignment at once, so that the others need not wait for the session to time out. Takes at most two
   * seconds, and never rejects. A `join` that is under way has to be aborted first.
   */
  leave(): Promise<void>;
}
