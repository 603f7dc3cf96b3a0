/** The tasks of this process: made for an assignment, restored side by side, kept while they stay with this process. */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { Assignment } from '../log/group.ts';
import { StreamJobError } from '../errors.ts';
import { partitionName } from '../log/log.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { Ground } from './ground.ts';
import { findEnd, floorFor, isNewcomer, survey } from './ground.ts';
import { tasksOf } from './job-layout.ts';
import type { RunningTask } from './running-task.ts';
import { isKnownOther, takeOver } from './takeover.ts';
import { createTask } from './task-factory.ts';

/** Tasks that are restored at once. */
const RESTORED_AT_ONCE = 8;

export class TaskSet {
  /** A bounded run has come to its end here, and that is committed. */
  isFinished = false;
  private readonly context: ConsumerContext;
  private running = new Map<string, RunningTask>();
  private restored = new Set<RunningTask>();
  private restoring: Promise<void> = Promise.resolve();
  private failure: unknown;
  private isChanged = true;
  private ground: Ground | undefined;

  constructor(context: ConsumerContext) {
    this.context = context;
  }

  get all(): readonly RunningTask[] {
    return [...this.running.values()];
  }

  /** Those whose state is there. */
  get ready(): readonly RunningTask[] {
    return [...this.restored];
  }

  /** Some of them wait for their state. */
  get isRestoring(): boolean {
    return this.restored.size < this.running.size;
  }

  /** Whether all there is to do here is done. */
  get isDone(): boolean {
    return (
      this.restored.size > 0 && this.restored.size === this.running.size && this.ready.every((task) => task.isDone)
    );
  }

  /** Tasks of each stage of the job. */
  counts(): readonly number[] {
    return this.context.layout.stages.map(({ index }) => tasksOf(index, this.ground!.counts));
  }

  /**
   * What counts as now for records from the future. Generated ones are as far ahead as the manifest says, and right.
   */
  futureBound(): number {
    const { job, now } = this.context;
    const isGenerated = job.spec.producer !== undefined && !job.spec.producer.source.file;
    return isGenerated ? Infinity : now();
  }

  isReady(running: RunningTask): boolean {
    return this.restored.has(running);
  }

  find(topic: string, partition: number): RunningTask | undefined {
    const running = this.running.get(partitionName({ topic, partition }));
    return running && this.restored.has(running) ? running : undefined;
  }

  /** Keeps the tasks that are still ours, drops the others, and begins to restore those that are new. */
  async take(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const ground = await survey(this.context, assignment.shared);
    this.ground = ground;
    const before = this.running;
    this.running = new Map();
    for (const { topic, partition } of assignment.partitions) {
      const name = partitionName({ topic, partition });
      const kept = before.get(name);
      // One whose restore was cut short holds half a state.
      this.running.set(
        name,
        kept && this.restored.has(kept) ? kept : createTask({ topic, partition }, this.context, ground),
      );
    }
    this.restored = new Set(this.all.filter((running) => this.restored.has(running)));
    for (const running of this.restored) running.task.setTasks(tasksOf(running.stage.index, ground.counts));
    this.applyStops();
    this.isFinished = false;
    this.isChanged = true;
    this.restoring = this.restoreAll(
      this.all.filter((running) => !this.restored.has(running)),
      signal,
    );
  }

  /** Resolves when no task is being restored any more. */
  async settle(): Promise<void> {
    await this.restoring;
  }

  drop(): void {
    this.running = new Map();
    this.restored = new Set();
    this.failure = undefined;
    this.isFinished = false;
    this.isChanged = true;
  }

  /** Throws what made the restore of a task impossible, or what it read pointless. */
  expectHealthy(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Whether other partitions are to be read than when it was last asked. */
  takeChanged(): boolean {
    const { isChanged } = this;
    this.isChanged = false;
    return isChanged;
  }

  noteChange(): void {
    this.isChanged = true;
  }

  liveBytes(): number {
    return this.ready.reduce((sum, running) => sum + running.task.liveBytes(), 0);
  }

  /** Looks whether the end of the run has become known. */
  async findStops(): Promise<void> {
    const { ground, context } = this;
    if (!ground || (ground.stops && ground.mayEnd)) return;
    if (!context.job.spec.stopAt && !context.setup.endsWithProducer) return;
    const end = await findEnd(context, ground);
    // Another assignment may have come meanwhile, and has looked for itself.
    if (!end.stops || this.ground !== ground) return;
    this.ground = { ...ground, ...end };
    this.applyStops();
    this.isChanged = true;
  }

  /** Looks whether the source topic was made anew meanwhile: restored, the tasks find out what that means for them. */
  async watchTopic(): Promise<void> {
    const { log, job } = this.context;
    const { name } = job.spec.topic;
    if (!this.ground || !isKnownOther(await log.topicId(name), this.ground.topicId)) return;
    this.failure ??= new StreamJobError(
      'TransactionFailed',
      `topic ${name} was deleted and made again while it was read: starting again from what is committed`,
    );
  }

  private async restoreAll(tasks: readonly RunningTask[], signal: AbortSignal): Promise<void> {
    const queue = [...tasks];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) await this.restore(next, signal);
    };
    try {
      await Promise.all(Array.from({ length: RESTORED_AT_ONCE }, work));
    } catch (error) {
      if (!signal.aborted) this.failure ??= error;
    }
  }

  private async restore(running: RunningTask, signal: AbortSignal): Promise<void> {
    const { log, writer, job, observer, now } = this.context;
    const ground = this.ground!;
    const { run, counts, topicId } = ground;
    const isSource = running.stage.index === 0;
    const begin = now();
    if (isSource) setBounds(running, ground, job);
    const { bytes, isFirst } = await takeOver(
      running,
      {
        log,
        positions: ground.positions[running.stage.index]!,
        writer: writer.id,
        topicId: isSource ? topicId : undefined,
        firstTopicId: isSource ? run.topicId : undefined,
        onDataLoss: job.spec.onDataLoss,
        onLost: (loss) => observer.lost(loss),
      },
      signal,
    );
    running.task.setTasks(tasksOf(running.stage.index, counts));
    if (isFirst && isSource && isNewcomer(running.partition, ground))
      running.source!.raise(await floorFor(running.partition, ground, signal));
    if (signal.aborted || !this.all.includes(running)) return;
    running.lastActive = now();
    this.restored.add(running);
    this.applyStops();
    this.isChanged = true;
    observer.restored(running, bytes, now() - begin);
  }

  private applyStops(): void {
    const { stops, mayEnd } = this.ground!;
    if (!stops) return;
    for (const running of this.restored)
      if (running.source && !running.isDone) running.stopAt(stops[running.partition] ?? 0, mayEnd);
  }
}

/** Between what the run lies for a source task, as far as that is known before it is restored. */
function setBounds(running: RunningTask, { run, topicId, stops }: Ground, { spec: { stopAt } }: StreamJob): void {
  // Offsets of a topic that is gone say nothing of the one that came after it.
  if (!isKnownOther(topicId, run.topicId)) running.startOffset = run.startOffsets[running.partition] ?? 0;
  if (!stops && stopAt?.timestamp !== undefined) running.stopTime = Date.parse(stopAt.timestamp);
}
