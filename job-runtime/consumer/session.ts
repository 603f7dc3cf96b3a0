/**
 * The work of a process under one generation of its group: takes tasks over, feeds them, commits. Tasks that stay with
 * this process from one generation to the next keep their state, if nobody else can have worked on them in between.
 */
import { setImmediate as yieldToTimers } from 'node:timers/promises';
import { StreamJobError, isStreamJobError } from '../errors.ts';
import type { Assignment, AssignmentEnd } from '../log/group.ts';
import type { LogReader, TopicPartition } from '../log/log.ts';
import type { RecordBatch } from '../record.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { Committer } from './committer.ts';
import { IdleKeeper } from './idle-keeper.ts';
import { Background } from './background.ts';
import type { RunningTask } from './running-task.ts';
import type { Setback } from './setback.ts';
import { TaskSet } from './task-set.ts';

const LONGEST_POLL_MILLIS = 500;
/** A task that has been restored is read from the next round on. */
const LONGEST_POLL_RESTORING_MILLIS = 10;
const WATCH_INTERVAL_MILLIS = 5000;
/** Bytes of records that are worked on for one commit at most: what comes of them is held until it is committed. */
const MOST_FED_BYTES = 32 * 2 ** 20;
/** Heartbeats get their turn at least this often. */
const LONGEST_STRETCH_MILLIS = 50;

export interface SessionOptions {
  readonly signal: AbortSignal;
  /** Called now and then, beside the work; a failure that trying again cannot mend is the session's. */
  readonly watch: () => Promise<void>;
}

export class Session {
  private readonly context: ConsumerContext;
  private readonly setback: Setback;
  private readonly tasks: TaskSet;
  private readonly committer: Committer;
  private readonly idle: IdleKeeper | undefined;
  private reader: LogReader | undefined;
  private isWriterOpen = false;
  /** Bytes of records since the last commit was begun. */
  private fed = 0;
  private claim: readonly TopicPartition[] = [];

  constructor(context: ConsumerContext, setback: Setback) {
    this.context = context;
    this.setback = setback;
    this.tasks = new TaskSet(context);
    this.committer = new Committer(context, setback);
    const { window } = context.job.spec;
    this.idle = window && new IdleKeeper(context, window);
  }

  /** What this process would like to keep: after a failure too, since it is as well placed as any other. */
  owned(): readonly TopicPartition[] {
    return this.claim;
  }

  /** Resolves when the generation is over, with true where the whole work of this process is. */
  async work(assignment: Assignment, options: SessionOptions): Promise<boolean> {
    const stop = new AbortController();
    let end: AssignmentEnd | 'stop' | undefined;
    void assignment.ended.then((how) => {
      end ??= how;
      stop.abort();
    });
    const onStop = (): void => {
      end ??= 'stop';
      stop.abort();
    };
    options.signal.addEventListener('abort', onStop, { once: true });
    if (options.signal.aborted) onStop();
    try {
      await this.prepare(assignment, stop.signal);
      const isOver = await this.loop(assignment, options, () => end !== undefined);
      if (end === 'lost') {
        this.claim = [];
        await this.committer.tellFailure();
        await this.drop();
      } else await this.committer.finish(this.tasks.ready, assignment);
      return isOver;
    } finally {
      options.signal.removeEventListener('abort', onStop);
      stop.abort();
      await this.tasks.settle();
    }
  }

  /** Forgets all state: the next work begins with what is committed. */
  async drop(): Promise<void> {
    this.tasks.drop();
    await this.committer.drop();
    this.reader?.assign([]);
    this.isWriterOpen = false;
    this.fed = 0;
  }

  async close(): Promise<void> {
    await this.drop();
    await this.reader?.close();
    this.reader = undefined;
  }

  private async prepare(assignment: Assignment, signal: AbortSignal): Promise<void> {
    if (!assignment.isContinued) await this.drop();
    if (!this.isWriterOpen) await this.context.writer.open();
    this.isWriterOpen = true;
    this.claim = assignment.partitions;
    this.reader ??= this.context.log.reader();
    await this.tasks.take(assignment, signal);
    const isReady = this.tasks.isReady.bind(this.tasks);
    this.context.observer.assigned(this.tasks.all, isReady, assignment.member.generation);
  }

  private async loop(assignment: Assignment, { watch }: SessionOptions, isEnded: () => boolean): Promise<boolean> {
    const { now, commitIntervalMillis, endWhenDone } = this.context;
    const background = new Background();
    let commitAt = now() + commitIntervalMillis;
    let watchAt = now() + WATCH_INTERVAL_MILLIS;
    while (!isEnded()) {
      this.tasks.expectHealthy();
      this.committer.expectHealthy();
      background.expectHealthy();
      this.readOn();
      const longest = this.tasks.isRestoring ? LONGEST_POLL_RESTORING_MILLIS : LONGEST_POLL_MILLIS;
      const results = await this.poll(Math.max(0, Math.min(commitAt - now(), longest)));
      await this.feed(results, isEnded);
      this.tellTrouble();
      this.tellRound();
      if (now() >= commitAt || this.fed >= MOST_FED_BYTES) {
        await this.commit(assignment);
        commitAt = now() + commitIntervalMillis;
      }
      if (now() >= watchAt) {
        background.run(async () => {
          await this.tasks.watchTopic();
          await watch();
          await this.tasks.findStops();
        });
        watchAt = now() + WATCH_INTERVAL_MILLIS;
      }
      if (this.tasks.isDone && (await this.finishRun(assignment)) && endWhenDone) return true;
    }
    return false;
  }

  /** Begins a commit. With much to commit it waits for the one before: a slow log must not fill the memory. */
  private async commit(assignment: Assignment): Promise<void> {
    this.idle?.tick(this.tasks.ready, this.reader!, this.tasks.counts());
    this.expectRoom();
    if (this.fed >= MOST_FED_BYTES) await this.committer.settle();
    if (this.committer.begin(this.tasks.ready, assignment)) this.fed = 0;
  }

  /**
   * Records that are gone are judged where a task is restored, by what the group has committed: whoever reads there may
   * have lost its partitions long ago, to somebody who has read on and deleted what it read.
   */
  private async poll(waitMillis: number): ReturnType<LogReader['poll']> {
    try {
      return await this.reader!.poll(waitMillis);
    } catch (cause) {
      if (!isStreamJobError(cause, 'OffsetOutOfRange')) throw cause;
      throw new StreamJobError('TransactionFailed', `${cause.message}: starting again from what is committed`, {
        cause,
      });
    }
  }

  /** Partitions of tasks that were restored meanwhile are read too; those of tasks at their end no more. */
  private readOn(): void {
    // Both are asked each time: what was taken note of is what the reader was told.
    const isChanged = this.tasks.takeChanged();
    const isHeldUpChanged = this.committer.takeHeldUpChanged(this.tasks.ready);
    if (!isChanged && !isHeldUpChanged) return;
    const open = this.tasks.ready.filter((running) => !running.isDone && !this.committer.isHeldUp(running));
    this.reader!.assign(
      open.map(({ stage, partition, task }) => ({ topic: stage.input, partition, offset: task.position })),
    );
  }

  private async feed(results: Awaited<ReturnType<LogReader['poll']>>, isEnded: () => boolean): Promise<void> {
    let since = performance.now();
    for (const { topic, partition, records } of results) {
      if (isEnded()) return;
      const running = this.tasks.find(topic, partition);
      if (!running || running.isDone) continue;
      running.feed(records, this.tasks.futureBound());
      this.fed += bytesOf(records);
      if (running.isDone) this.tasks.noteChange();
      if (records.count > 0) this.idle?.noteRecords(running);
      if (performance.now() - since < LONGEST_STRETCH_MILLIS) continue;
      await yieldToTimers();
      since = performance.now();
    }
  }

  private boundOf({ stage, partition }: RunningTask): ReturnType<LogReader['bound']> {
    return this.reader?.bound({ topic: stage.input, partition });
  }

  private tellRound(): void {
    const { tasks, committer } = this;
    this.context.observer.round({
      tasks: tasks.all,
      isReady: (task) => tasks.isReady(task),
      isHeldUp: (task) => committer.isHeldUp(task),
      boundOf: (task) => this.boundOf(task),
    });
  }

  private tellTrouble(): void {
    const setback = this.setback.look(this.context.now());
    this.context.observer.trouble(this.reader!.trouble ?? setback);
  }

  private expectRoom(): void {
    const bytes = this.tasks.liveBytes();
    const limit = this.context.stateLimitBytes;
    if (bytes <= limit) return;
    const mib = (size: number): number => Math.round(size / 2 ** 20);
    throw new StreamJobError(
      'StateTooLarge',
      `the state of this process is ${mib(bytes)} MiB and may be ${mib(limit)}: raise consumer.resources.limits.memory, ` +
        'add partitions and maxReplicas, or make the window smaller',
    );
  }

  /** Everything has been read: seals and commits what is left. */
  private async finishRun(assignment: Assignment): Promise<boolean> {
    if (this.tasks.isFinished) return true;
    await this.committer.complete(this.tasks.ready, assignment);
    this.tasks.isFinished = true;
    this.context.observer.done();
    return true;
  }
}

/** About the bytes of a batch: its values stand one behind the other. */
function bytesOf({ count, valueStart, valueEnd }: RecordBatch): number {
  return count === 0 ? 0 : Math.max(0, valueEnd[count - 1]! - Math.max(0, valueStart[0]!));
}
