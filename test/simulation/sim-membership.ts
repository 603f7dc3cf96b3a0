/** The membership port over the simulated coordinator, as the one on Kafka goes about it, rule for rule. */
import type {
  Assignment,
  AssignmentEnd,
  GroupMembership,
  GroupOptions,
  GroupPlan,
} from '../../job-runtime/log/group.ts';
import type { GroupMember, TopicPartition } from '../../job-runtime/log/log.ts';
import type { GroupCoordinator, GroupError, Joined, Synced } from './group-coordinator.ts';
import type { Network } from './network.ts';

const PAUSE_MILLIS = 100;

/** A member's part in one generation, with its heartbeats. */
class Term {
  readonly member: GroupMember;
  readonly isLeader: boolean;
  readonly ended: Promise<AssignmentEnd>;
  isLost = false;
  private resolve: (how: AssignmentEnd) => void = () => undefined;
  /** Counts starts and stops: a heartbeat under way belongs to the one before. */
  private run = 0;

  constructor(member: GroupMember, isLeader: boolean) {
    this.member = member;
    this.isLeader = isLeader;
    this.ended = new Promise((resolve) => (this.resolve = resolve));
  }

  end(how: AssignmentEnd): void {
    if (how === 'lost') {
      this.isLost = true;
      this.stop();
    }
    this.resolve(how);
  }

  stop(): void {
    this.run++;
  }

  async start(interval: number, network: Network, beat: () => GroupError | undefined): Promise<void> {
    const run = ++this.run;
    while (run === this.run) {
      await network.time.sleep(interval);
      if (run !== this.run) return;
      const error = await network.send(beat);
      if (run !== this.run) return;
      if (error === 'rebalance in progress') this.end('rebalance');
      else if (error) this.end('lost');
    }
  }
}

export class SimMembership implements GroupMembership {
  readonly trouble: undefined;
  private readonly coordinator: GroupCoordinator;
  private readonly network: Network;
  private readonly options: GroupOptions;
  private memberId = '';
  private lastSynced = -1;
  private unbroken = -1;
  private term: Term | undefined;

  constructor(coordinator: GroupCoordinator, network: Network, options: GroupOptions) {
    this.coordinator = coordinator;
    this.network = network;
    this.options = options;
  }

  async join(owned: readonly TopicPartition[], signal: AbortSignal): Promise<Assignment> {
    signal.throwIfAborted();
    this.endTerm('rebalance');
    const claim = { owned, generation: this.lastSynced };
    for (;;) {
      const result = await this.attempt(claim, signal);
      if (typeof result === 'object') return result;
      if (result === 'unknown member') this.forgetMember();
      await unlessAborted(this.network.time.sleep(this.network.dice.below(PAUSE_MILLIS)), signal);
    }
  }

  rebalance(): void {
    if (this.term?.isLeader) this.term.end('rebalance');
  }

  async leave(): Promise<void> {
    this.endTerm('lost');
    const { memberId } = this;
    this.forgetMember();
    if (memberId !== '') await this.network.send(() => this.coordinator.leave(memberId));
  }

  private async attempt(
    claim: { readonly owned: readonly TopicPartition[]; readonly generation: number },
    signal: AbortSignal,
  ): Promise<Assignment | GroupError> {
    const { memberId } = this;
    const joined = await unlessAborted(this.joinGroup(memberId, claim), signal);
    if (typeof joined === 'string') return joined;
    const member = { group: this.options.group, memberId: joined.memberId, generation: joined.generation };
    const term = new Term(member, joined.memberId === joined.leader);
    try {
      const plan = await this.plan(joined, term, signal);
      const synced = await unlessAborted(this.syncGroup(term.member, plan), signal);
      return typeof synced === 'string' ? synced : this.begin(term, synced);
    } finally {
      if (this.term !== term) term.stop();
    }
  }

  private async joinGroup(
    memberId: string,
    claim: { readonly owned: readonly TopicPartition[]; readonly generation: number },
  ): Promise<Joined | GroupError> {
    const joined = await this.network.hold(() => this.coordinator.join(memberId, claim));
    // Also when nobody waits for it any more, so that `leave` knows whom to take out.
    if (typeof joined === 'object') this.memberId = joined.memberId;
    return joined;
  }

  private syncGroup({ memberId, generation }: GroupMember, plan: GroupPlan | undefined): Promise<Synced | GroupError> {
    return this.network.hold(() => this.coordinator.sync(memberId, generation, plan));
  }

  private async plan({ claims }: Joined, term: Term, signal: AbortSignal): Promise<GroupPlan | undefined> {
    if (!term.isLeader) return undefined;
    this.beat(term);
    try {
      return await unlessAborted(this.options.assign(claims), signal);
    } finally {
      term.stop();
    }
  }

  private begin(term: Term, { partitions, shared }: Synced): Assignment {
    const { member, isLeader, ended } = term;
    const isContinued = this.unbroken >= 0 && member.generation === this.unbroken + 1;
    this.lastSynced = member.generation;
    this.unbroken = member.generation;
    this.term = term;
    this.beat(term);
    return { member, partitions, shared, isLeader, isContinued, ended };
  }

  private beat(term: Term): void {
    const { memberId, generation } = term.member;
    const { heartbeatMillis } = this.options;
    void term.start(heartbeatMillis, this.network, () => this.coordinator.heartbeat(memberId, generation));
  }

  private forgetMember(): void {
    this.memberId = '';
    this.unbroken = -1;
  }

  private endTerm(how: AssignmentEnd): void {
    this.term?.end(how);
    this.term?.stop();
    if (this.term?.isLost) this.unbroken = -1;
    this.term = undefined;
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
