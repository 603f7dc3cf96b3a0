/**
 * A term: one member's part in one generation of the group, and the heartbeats that keep it. They run on a timer of their
 * own, whatever the rest of the process waits for, and only the coordinator's word ends the term: while it cannot be
 * reached nobody knows better, and commits are fenced (docs/adr/0002).
 */
import { isStreamJobError } from '../../errors.ts';
import type { Trouble } from '../../errors.ts';
import type { AssignmentEnd } from '../group.ts';
import type { GroupMember } from '../log.ts';
import {
  FENCED_INSTANCE_ID,
  ILLEGAL_GENERATION,
  REBALANCE_IN_PROGRESS,
  UNKNOWN_MEMBER_ID,
  hindrance,
} from './membership-coordinator.ts';

const RETRY_MILLIS = 500;

const LOST: ReadonlySet<number> = new Set([UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID]);

export interface TermOptions {
  readonly member: GroupMember;
  readonly isLeader: boolean;
  readonly heartbeatMillis: number;
  readonly sessionTimeoutMillis: number;
  /** One heartbeat; gives the error code of the answer. */
  readonly beat: (member: GroupMember) => Promise<number>;
}

export class Term {
  readonly member: GroupMember;
  readonly isLeader: boolean;
  readonly ended: Promise<AssignmentEnd>;
  /** The group went on without us. May come true after the term has ended as a rebalance. */
  isLost = false;
  private readonly options: TermOptions;
  private resolve: (end: AssignmentEnd) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Counts starts and stops: a heartbeat under way belongs to the one before. */
  private run = 0;
  private answeredAt = performance.now();
  private failure: Trouble | undefined;

  constructor(options: TermOptions) {
    this.options = options;
    this.member = options.member;
    this.isLeader = options.isLeader;
    this.ended = new Promise((resolve) => (this.resolve = resolve));
  }

  /** Begins with the heartbeats, the first after one interval. */
  start(): void {
    this.stop();
    this.answeredAt = performance.now();
    this.schedule(this.run, this.options.heartbeatMillis);
  }

  stop(): void {
    this.run++;
    clearTimeout(this.timer);
  }

  /** The first end counts. Heartbeats go on after a rebalance, so that what is under way can be finished. */
  end(how: AssignmentEnd): void {
    if (how === 'lost') {
      this.isLost = true;
      this.stop();
    }
    this.resolve(how);
  }

  /** Why no heartbeat gets through. */
  get trouble(): Trouble | undefined {
    const { sessionTimeoutMillis, member } = this.options;
    const silence = performance.now() - this.answeredAt;
    if (silence <= sessionTimeoutMillis || this.isLost) return this.failure;
    const seconds = `${Math.round(silence / 1000)} s, longer than its session of ${sessionTimeoutMillis / 1000} s`;
    const { code = 'LogUnavailable', message: why } = this.failure ?? {};
    const cause = why === undefined ? '' : `: ${why}`;
    return {
      code,
      message: `no heartbeat has reached consumer group "${member.group}" for ${seconds}; others may work on our partitions${cause}`,
    };
  }

  private schedule(run: number, millis: number): void {
    this.timer = setTimeout(() => void this.beat(run), millis);
  }

  private async beat(run: number): Promise<void> {
    const { beat, heartbeatMillis } = this.options;
    try {
      const code = await beat(this.member);
      if (run === this.run) this.take(code);
    } catch (error) {
      if (run === this.run) this.failure = troubleOf(error);
    }
    const wait = this.failure === undefined ? heartbeatMillis : Math.min(heartbeatMillis, RETRY_MILLIS);
    if (run === this.run) this.schedule(run, wait);
  }

  private take(code: number): void {
    const { group } = this.member;
    this.failure = undefined;
    if (LOST.has(code)) this.end('lost');
    else if (code === REBALANCE_IN_PROGRESS) this.end('rebalance');
    else if (code !== 0) this.failure = hindrance(code, group);
    if (this.failure === undefined) this.answeredAt = performance.now();
  }
}

function troubleOf(error: unknown): Trouble {
  return isStreamJobError(error) ? error : { code: 'LogUnavailable', message: (error as Error).message };
}
