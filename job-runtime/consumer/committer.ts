/**
 * Commits, one at a time: what was taken from the tasks is under way while they work on. A commit that fails leaves the
 * tasks ahead of what is committed, so all of them are thrown away and restored.
 */
import { isStreamJobError } from '../errors.ts';
import type { Assignment } from '../log/group.ts';
import type { Transaction } from '../log/log.ts';
import { takeCommit } from './commit.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { Deliverer } from './deliverer.ts';
import type { TaskCounts } from './job-layout.ts';
import type { CommittedWork } from './observer.ts';
import type { Setback } from './setback.ts';
import type { RunningTask } from './running-task.ts';

/** What second-stage tasks have read is deleted behind them this often. */
const PURGE_INTERVAL_MILLIS = 10_000;

export class Committer {
  private readonly context: ConsumerContext;
  private readonly setback: Setback;
  private readonly deliverer: Deliverer;
  private underWay: Promise<void> | undefined;
  private failure: unknown;
  private heldUp = '';
  private purgeAt = 0;

  constructor(context: ConsumerContext, setback: Setback) {
    this.context = context;
    this.setback = setback;
    this.deliverer = new Deliverer(context);
  }

  /** Begins a commit of what the tasks have unless one is under way. Gives whether all they had has been taken. */
  begin(tasks: readonly RunningTask[], assignment: Assignment): boolean {
    if (this.underWay || this.failure !== undefined) return false;
    this.deliverer.acknowledge();
    const dirty = tasks.filter(({ isDirty }) => isDirty);
    if (dirty.length === 0) return true;
    this.underWay = this.send(dirty, assignment)
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => {
        this.underWay = undefined;
      });
    return true;
  }

  /** Resolves when no commit is under way. */
  async settle(): Promise<void> {
    await this.underWay;
  }

  /** Resolves when all that the tasks have is committed. Throws what made that impossible. */
  async finish(tasks: readonly RunningTask[], assignment: Assignment): Promise<void> {
    await this.underWay;
    this.expectHealthy();
    this.begin(tasks, assignment);
    await this.underWay;
    this.expectHealthy();
  }

  /** The run is over for these tasks: seals, delivers and acknowledges the last of it. */
  async complete(tasks: readonly RunningTask[], assignment: Assignment): Promise<void> {
    for (const running of tasks) {
      if (!running.target?.outbox) continue;
      running.target.outbox.end();
      running.touch();
    }
    await this.finish(tasks, assignment);
    await this.deliverer.drain();
    await this.finish(tasks, assignment);
  }

  /** Whether other tasks are held up than when it was last asked. */
  takeHeldUpChanged(tasks: readonly RunningTask[]): boolean {
    const heldUp = tasks.filter((running) => this.isHeldUp(running)).map(({ name }) => name);
    const changed = heldUp.join() !== this.heldUp;
    this.heldUp = heldUp.join();
    return changed;
  }

  /** Whether so much waits for the sink that the task had better read no more for now. */
  isHeldUp(running: RunningTask): boolean {
    return this.deliverer.isHeldUp(running);
  }

  expectHealthy(): void {
    if (this.failure !== undefined) throw this.failure;
    this.deliverer.expectHealthy();
  }

  /** Says what became of the commit of a process whose partitions went to others: nobody else asks for it. */
  async tellFailure(): Promise<void> {
    await this.underWay;
    if (isStreamJobError(this.failure, 'TransactionFailed')) this.context.observer.failed(this.failure);
  }

  /** What is under way belongs to tasks that are gone. */
  async drop(): Promise<void> {
    this.deliverer.drop();
    await this.underWay;
    this.failure = undefined;
  }

  private async send(tasks: readonly RunningTask[], { member, shared }: Assignment): Promise<void> {
    const { layout, writer, now, observer } = this.context;
    const counts: TaskCounts = { source: shared['source']!, shuffle: shared['shuffle']! };
    const start = now();
    const transaction = takeCommit(tasks, { layout, counts, member, writer, now: start });
    const positions = tasks.map(({ task }) => task.position);
    const work = tasks.map(workOf);
    const sealed = this.deliverer.sealed(tasks);
    await this.commit(transaction);
    for (const { changelog } of tasks) changelog.committed(transaction);
    this.setback.committed();
    observer.committed({ work, millis: now() - start });
    this.deliverer.deliver(sealed);
    void this.purge(tasks, positions);
  }

  /** The abort is for the readers' sake, who would wait for the timeout of the transaction otherwise. */
  private async commit(transaction: Transaction): Promise<void> {
    try {
      await transaction.commit();
    } catch (error) {
      await transaction.abort().catch(() => undefined);
      throw error;
    }
  }

  /** Outside of the transaction and as it comes: a restore is right with more than is needed. */
  private async purge(tasks: readonly RunningTask[], positions: readonly number[]): Promise<void> {
    const { log, now } = this.context;
    const isDue = now() >= this.purgeAt;
    if (isDue) this.purgeAt = now() + PURGE_INTERVAL_MILLIS;
    for (const [i, { stage, partition, changelog }] of tasks.entries()) {
      const problem = await changelog.purge();
      if (problem !== undefined) this.context.observer.differs(problem);
      if (!isDue || stage.index === 0) continue;
      await log.deleteRecords({ topic: stage.input, partition }, positions[i]!).catch(() => undefined);
    }
  }
}

function workOf(running: RunningTask): CommittedWork {
  return { running, counts: { ...running.task.counts }, rejected: new Map(running.rejects.counts) };
}
