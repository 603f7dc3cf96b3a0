/**
 * The consumer of a job in this process: joins the group, works on what it is given, and starts again from what is
 * committed after whatever goes wrong. What cannot be mended by trying again is thrown.
 */
import { isStreamJobError } from '../errors.ts';
import type { Assignment, GroupMembership, GroupOptions, GroupPlan, MemberClaim } from '../log/group.ts';
import { assign } from '../group/assignor.ts';
import type { RunRecord } from '../state/run-record.ts';
import { BackOff, pauseFor } from '../pause.ts';
import { tasksOf } from './job-layout.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { countTasks, prepareRun } from './run-setup.ts';
import { Session } from './session.ts';
import { Setback } from './setback.ts';
import { StopKeeper } from './stop-keeper.ts';

const PAUSE = { shortestMillis: 50, longestMillis: 5000 };

export class Consumer {
  private readonly context: ConsumerContext;
  private readonly membership: GroupMembership;
  private readonly session: Session;
  private readonly setback = new Setback();
  private readonly stops: StopKeeper;
  private readonly backOff: BackOff;
  private unread = 0;

  constructor(context: ConsumerContext, join: (options: GroupOptions) => GroupMembership) {
    this.context = context;
    this.session = new Session(context, this.setback);
    this.stops = new StopKeeper(context.setup);
    this.backOff = new BackOff(PAUSE, context.random);
    const { layout, sessionTimeoutMillis } = context;
    this.membership = join({
      group: layout.group,
      topics: layout.stages.map(({ input }) => input),
      sessionTimeoutMillis,
      rebalanceTimeoutMillis: context.rebalanceTimeoutMillis,
      heartbeatMillis: Math.max(200, Math.floor(sessionTimeoutMillis / 5)),
      assign: (members) => this.lead(members),
    });
  }

  /**
   * Works until `signal` is aborted; then finishes the batch, commits and leaves the group. A bounded run that is over
   * goes on holding its place unless `endWhenDone`.
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (let isOver = false; !isOver && !signal.aborted;) isOver = await this.attempt(signal);
    } finally {
      await this.session.close();
      this.context.observer.unassigned();
      await this.membership.leave();
    }
  }

  private async attempt(signal: AbortSignal): Promise<boolean> {
    try {
      const isOver = await this.generation(signal);
      this.backOff.reset();
      return isOver;
    } catch (error) {
      if (signal.aborted) return true;
      await this.survive(error);
      await pauseFor(this.backOff.nextMillis(), signal);
      return false;
    }
  }

  /** One generation of the group, from joining to its end. Resolves with whether there is nothing more to do. */
  private async generation(signal: AbortSignal): Promise<boolean> {
    const assignment = await this.membership.join(this.session.owned(), signal);
    return this.session.work(assignment, { signal, watch: () => this.watch(assignment) });
  }

  /** Drops what is held in memory; throws what trying again cannot mend. */
  private async survive(error: unknown): Promise<void> {
    await this.session.drop();
    if (!isStreamJobError(error) || !error.retryable) throw error;
    if (error.code === 'TransactionFailed') this.context.observer.failed(error);
    else {
      // Of a log that cannot be reached the reader knows better, and at once.
      if (error.code !== 'LogUnavailable') this.setback.note(error);
      this.context.observer.trouble(error);
    }
  }

  /** On the leader: sees to the run's topics and record, and deals out the tasks. */
  private async lead(members: readonly MemberClaim[]): Promise<GroupPlan> {
    const { setup } = this.context;
    const run = await prepareRun(setup);
    const counts = await countTasks(setup, run);
    this.sayUnread(run, counts.unread);
    const groups = this.context.layout.stages.map(({ index, input }) => ({
      topics: [input],
      partitions: tasksOf(index, counts),
    }));
    return { partitions: assign(groups, members), shared: { source: counts.source, shuffle: counts.shuffle } };
  }

  private sayUnread(run: RunRecord, unread: number): void {
    const isNews = unread !== this.unread;
    this.unread = unread;
    if (!isNews || unread <= 0 || run.stopOffsets) return;
    const { topic } = this.context.job.spec;
    this.context.observer.differs(
      `GrowthNeedsShuffle: topic ${topic.name} has ${unread} new partitions, which are not read: the job keeps state by ` +
        `the record key of ${run.partitions}; start a new run, with window.shuffle: always if the topic is to grow again`,
    );
  }

  /**
   * On the leader: has the group gather anew when the source has more partitions than were dealt out, and finds the end
   * of a run that was to come.
   */
  private async watch({ isLeader, shared }: Assignment): Promise<void> {
    if (!isLeader) return;
    const { log, job } = this.context;
    const found = await log.partitionCount(job.spec.topic.name);
    if (found > shared['source']! + this.unread) this.membership.rebalance();
    await this.stops.look(found);
  }
}
