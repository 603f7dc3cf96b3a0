/**
 * One stage of a local run: its tasks, the topic that they read, and the topic that they write for the next stage.
 * Tasks work in the order of their partitions and commit together, so a run is a sequence of fixed rounds.
 */
import type { JobPlan } from '../engine/stage-plan.ts';
import { ShuffleTask } from '../engine/shuffle-task.ts';
import { SourceTask } from '../engine/source-task.ts';
import type { TaskOutput } from '../engine/task-output.ts';
import type { Task } from '../engine/task.ts';
import type { Log, Transaction } from '../log/log.ts';
import { RecordBuilder } from '../log/record-builder.ts';

const FETCH_BYTES = 1 << 20;

export interface StagePlace {
  readonly index: number;
  readonly topic: string;
  readonly partitions: number;
  /** Undefined for the last stage. */
  readonly nextTopic: string | undefined;
  readonly nextPartitions: number;
  readonly upstreams: number;
}

export class LocalStage {
  /** What the tasks read, a partition each. */
  readonly topic: string;
  readonly tasks: readonly Task[];
  /** The same tasks in the first stage; empty in the others. */
  readonly sources: readonly SourceTask[];
  private readonly log: Log;
  private readonly place: StagePlace;
  private readonly purged: number[];

  constructor(log: Log, plan: JobPlan, place: StagePlace, outputOf: (task: number) => TaskOutput) {
    this.log = log;
    this.place = place;
    this.topic = place.topic;
    this.purged = Array.from({ length: place.partitions }, () => 0);
    const { index, upstreams, nextPartitions } = place;
    const create = <T extends Task>(make: (task: number, output: TaskOutput) => T): T[] =>
      this.purged.map((_, task) => make(task, outputOf(task)));
    this.sources = index === 0 ? create((task, output) => new SourceTask(plan, task, nextPartitions, output)) : [];
    const behindShuffle = (task: number, output: TaskOutput): Task =>
      new ShuffleTask(plan, { stage: index, task, upstreams, nextPartitions }, output);
    this.tasks = index === 0 ? this.sources : create(behindShuffle);
  }

  /** Feeds each task all that its partition holds; gives the partitions that had something. */
  async work(now: number): Promise<readonly number[]> {
    const { topic } = this;
    const busy: number[] = [];
    for (const [partition, task] of this.tasks.entries()) {
      const before = task.position;
      for (;;) {
        const batch = await this.log.fetch({ topic, partition }, task.position, FETCH_BYTES);
        if (!batch) break;
        task.onBatch(batch, now);
      }
      if (task.position > before) busy.push(partition);
    }
    return busy;
  }

  /** Appends what the next stage gets from each task. */
  commit(transaction: Transaction): void {
    const builders = Array.from({ length: this.place.nextPartitions }, () => new RecordBuilder());
    for (const task of this.tasks) {
      task.commit().forEach((messages, partition) => {
        for (const message of messages) builders[partition]!.append(null, message, 0);
      });
    }
    builders.forEach((builder, partition) => {
      if (builder.count > 0) transaction.append(this.place.nextTopic!, partition, builder);
    });
  }

  /** Lets go of what all tasks have read: nobody else reads the topics of a local run. */
  async purge(): Promise<void> {
    for (const [partition, { position }] of this.tasks.entries()) {
      if (position === this.purged[partition]) continue;
      await this.log.deleteRecords({ topic: this.topic, partition }, position);
      this.purged[partition] = position;
    }
  }
}
