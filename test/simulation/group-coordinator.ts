/**
 * The group as its coordinator keeps it (Kafka's classic protocol): members gather, one of them leads, all get the next
 * generation; who is silent for longer than its session is put out. Calls take no time here.
 */
import { StreamJobError } from '../../job-runtime/errors.ts';
import type { GroupMember, TopicPartition } from '../../job-runtime/log/log.ts';
import type { GroupPlan, MemberClaim } from '../../job-runtime/log/group.ts';
import type { VirtualTime } from './virtual-time.ts';

export type GroupError = 'unknown member' | 'illegal generation' | 'rebalance in progress';

export interface Joined {
  readonly generation: number;
  readonly memberId: string;
  readonly leader: string;
  /** For the leader. */
  readonly claims: readonly MemberClaim[];
}

export interface Synced {
  readonly partitions: readonly TopicPartition[];
  readonly shared: Readonly<Record<string, number>>;
}

interface Member {
  claim: MemberClaim;
  heardAt: number;
  joining: ((answer: Joined | GroupError) => void) | undefined;
  syncing: ((answer: Synced | GroupError) => void) | undefined;
}

export interface CoordinatorTimes {
  readonly sessionTimeoutMillis: number;
  readonly rebalanceTimeoutMillis: number;
}

const CHECK_MILLIS = 25;
/** A group that begins waits for others this long. */
const FIRST_WAIT_MILLIS = 30;

export class GroupCoordinator {
  private readonly time: VirtualTime;
  private readonly times: CoordinatorTimes;
  private readonly members = new Map<string, Member>();
  private generation = 0;
  private phase: 'gathering' | 'planning' | 'stable' = 'stable';
  private gatherUntil = 0;
  private gatherFrom = 0;
  private leader = '';
  private plan: GroupPlan | undefined;
  private names = 0;

  constructor(time: VirtualTime, times: CoordinatorTimes) {
    this.time = time;
    this.times = times;
    time.as(undefined, () => this.watch());
  }

  /** Whether the group is at rest with so many members. */
  isStableWith(members: number): boolean {
    return this.phase === 'stable' && this.members.size === members;
  }

  /** `memberId`: empty for one that is new. */
  join(memberId: string, claim: Omit<MemberClaim, 'memberId'>): Promise<Joined | GroupError> {
    if (memberId !== '' && !this.members.has(memberId)) return Promise.resolve('unknown member');
    const id = memberId === '' ? `member-${this.names++}` : memberId;
    return new Promise((joining) => {
      this.members.get(id)?.joining?.('unknown member');
      this.members.set(id, {
        claim: { ...claim, memberId: id },
        heardAt: this.time.now,
        joining,
        syncing: undefined,
      });
      this.gather();
      this.beginIfAll();
    });
  }

  sync(memberId: string, generation: number, plan: GroupPlan | undefined): Promise<Synced | GroupError> {
    const refusal = this.refusalOf(memberId, generation);
    if (refusal) return Promise.resolve(refusal);
    if (this.phase === 'gathering') return Promise.resolve('rebalance in progress');
    const member = this.members.get(memberId)!;
    member.heardAt = this.time.now;
    return new Promise((syncing) => {
      member.syncing = syncing;
      if (plan && memberId === this.leader) {
        this.plan = plan;
        this.phase = 'stable';
      }
      if (this.phase === 'stable') this.handOut();
    });
  }

  heartbeat(memberId: string, generation: number): GroupError | undefined {
    const refusal = this.refusalOf(memberId, generation);
    if (refusal) return refusal;
    this.members.get(memberId)!.heardAt = this.time.now;
    return this.phase === 'gathering' ? 'rebalance in progress' : undefined;
  }

  leave(memberId: string): void {
    this.members.get(memberId)?.joining?.('unknown member');
    this.members.get(memberId)?.syncing?.('unknown member');
    if (!this.members.delete(memberId)) return;
    this.gather();
    this.beginIfAll();
  }

  /** Throws where positions that the member commits are refused. */
  expectMember({ memberId, generation }: GroupMember): void {
    if (memberId === '' && generation === -1) return;
    const refusal = this.refusalOf(memberId, generation);
    if (refusal) throw new StreamJobError('TransactionFailed', `the group refuses positions: ${refusal}`);
  }

  private refusalOf(memberId: string, generation: number): GroupError | undefined {
    if (!this.members.has(memberId)) return 'unknown member';
    return generation === this.generation ? undefined : 'illegal generation';
  }

  private gather(): void {
    if (this.phase === 'gathering') return;
    this.phase = 'gathering';
    this.gatherFrom = this.time.now + (this.generation === 0 ? FIRST_WAIT_MILLIS : 0);
    this.gatherUntil = this.time.now + this.times.rebalanceTimeoutMillis;
    for (const member of this.members.values()) {
      member.syncing?.('rebalance in progress');
      member.syncing = undefined;
    }
  }

  private beginIfAll(): void {
    if (this.phase !== 'gathering' || this.time.now < this.gatherFrom || this.members.size === 0) return;
    if ([...this.members.values()].every(({ joining }) => joining)) this.begin();
  }

  /** The next generation, of those who have joined. */
  private begin(): void {
    for (const [id, { joining }] of this.members) if (!joining) this.members.delete(id);
    this.generation++;
    this.plan = undefined;
    this.phase = 'planning';
    if (!this.members.has(this.leader)) this.leader = [...this.members.keys()][0] ?? '';
    const claims = [...this.members.values()].map(({ claim }) => claim);
    for (const [memberId, member] of this.members) {
      const isLeader = memberId === this.leader;
      member.heardAt = this.time.now;
      member.joining!({ generation: this.generation, memberId, leader: this.leader, claims: isLeader ? claims : [] });
      member.joining = undefined;
    }
  }

  private handOut(): void {
    const { partitions, shared } = this.plan!;
    for (const [memberId, member] of this.members) {
      member.syncing?.({ partitions: partitions.get(memberId) ?? [], shared });
      member.syncing = undefined;
    }
  }

  /** Sessions and the time to gather run out. */
  private watch(): void {
    this.time.after(CHECK_MILLIS, () => this.watch());
    const { now } = this.time;
    for (const [id, { heardAt, joining }] of this.members)
      if (!joining && now - heardAt > this.times.sessionTimeoutMillis) this.leave(id);
    if (this.phase === 'gathering' && now > this.gatherUntil) this.begin();
    this.beginIfAll();
  }
}
