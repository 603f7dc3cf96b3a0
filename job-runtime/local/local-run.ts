/**
 * A whole job in one process: the producer, every task of every stage, the sink, on the embedded log. The same tasks,
 * plan and sinks run in a cluster. A finite input is worked off in fixed rounds without a clock, so two runs of it write
 * the same bytes; at its end every window closes.
 */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import { shufflePartitionsOf } from '../engine/stage-plan.ts';
import type { TaskOutput } from '../engine/task-output.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { Partitioner } from '../log/partitioner.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { createSource } from '../sources/registry.ts';
import type { ReadResult, RecordSink, Source } from '../sources/source.ts';
import { DeadLetterFile } from './dead-letter-file.ts';
import { IdleClock } from './idle-clock.ts';
import type { LocalOutput } from './local-output.ts';
import { openOutput } from './local-output.ts';
import { LocalStage } from './local-stage.ts';
import type { LocalRunOptions } from './options.ts';
import { Rejects } from '../dead-letters/rejects.ts';
import type { RunProgress, RunSummary } from './summary.ts';

/** Records that one round takes from the producer: enough for pre-aggregation, little enough for memory. */
const ROUND_RECORDS = 65_536;
const LONGEST_SLEEP_MILLIS = 200;

export class LocalRun {
  private readonly job: StreamJob;
  private readonly options: LocalRunOptions;
  private readonly log = new EmbeddedLog();
  private readonly writer = this.log.writer('local');
  private readonly rejects: Rejects;
  private readonly source: Source;
  private readonly stages: readonly LocalStage[];
  private readonly output: LocalOutput;
  private readonly deadLetters: DeadLetterFile;
  private readonly idle: IdleClock | undefined;
  private readonly partitions: number;
  /** `| head` has seen enough: the run ends, and that is no failure. */
  private readonly stdoutClosed = new AbortController();
  private failure: Error | undefined;
  /** The clock for the bound on future timestamps. Generated ones are as far ahead as the manifest says, and right. */
  private readonly now: () => number;

  /** Throws ConfigInvalid where the job cannot run locally. */
  constructor(job: StreamJob, plan: JobPlan, options: LocalRunOptions) {
    this.job = job;
    this.options = options;
    this.partitions = job.spec.topic.partitions;
    this.rejects = new Rejects(job);
    this.source = createSource(job, { now: options.now(), paced: !options.unpaced });
    this.output = openOutput(job, plan, {
      partitions: this.partitions,
      options,
      onStdoutClosed: () => this.stdoutClosed.abort(),
    });
    this.stages = this.createStages(plan);
    this.deadLetters = new DeadLetterFile(this.output.folder, job.metadata.name);
    const start = options.now();
    const isGenerated = !job.spec.producer?.source.file;
    this.now = isGenerated ? () => Infinity : options.unpaced ? () => start : options.now;
    if (!options.unpaced && job.spec.window) this.idle = new IdleClock(job.spec.window, this.stages, start);
  }

  /** Runs to the end of the input, or until `signal` asks to stop; then every window is closed. */
  async run(signal: AbortSignal): Promise<RunSummary> {
    await this.output.open();
    const stop = AbortSignal.any([signal, this.stdoutClosed.signal]);
    try {
      await this.createTopics();
      await this.source.open();
      await this.produceAndWork(stop);
      if (stop.aborted) this.output.labelPartial();
      await this.finish();
      return this.summary(stop.aborted);
    } finally {
      await this.source.close();
      await this.deadLetters.close();
      await this.output.close();
      await this.log.close();
    }
  }

  progress(): RunProgress {
    const tasks = this.stages[0]!.tasks;
    const { counts } = this.rejects;
    const late = counts.get('Late') ?? 0;
    const rejected = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return {
      records: tasks.reduce((sum, task) => sum + task.counts.records, 0),
      source: this.source.progress(),
      rows: this.sum('rows'),
      late,
      bad: rejected - late,
      watermark: Math.min(...tasks.map((task) => task.watermark)),
    };
  }

  private createStages(plan: JobPlan): LocalStage[] {
    const shufflePartitions = shufflePartitionsOf(this.partitions);
    const { name } = this.job.spec.topic;
    const topicOf = (stage: number): string => (stage === 0 ? name : `${name}-repartition-${stage}`);
    return plan.stages.map((_, index) => {
      const isLast = index === plan.stages.length - 1;
      const place = {
        index,
        topic: topicOf(index),
        partitions: index === 0 ? this.partitions : shufflePartitions,
        nextTopic: isLast ? undefined : topicOf(index + 1),
        nextPartitions: isLast ? 0 : shufflePartitions,
        upstreams: index <= 1 ? this.partitions : shufflePartitions,
      };
      return new LocalStage(this.log, plan, place, (task) => this.taskOutput(task));
    });
  }

  private taskOutput(task: number): TaskOutput {
    return {
      rows: (batch) => this.output.targetOf(task).rows(batch),
      closed: (start, end) => this.output.targetOf(task).windowClosed(start, end),
      rejected: (rejected) => this.rejects.add(rejected),
      duplicate: () => undefined,
    };
  }

  private async createTopics(): Promise<void> {
    for (const { topic, tasks } of this.stages) await this.log.createTopic(topic, { partitions: tasks.length });
    for (const topic of this.output.topics) await this.log.createTopic(topic, { partitions: this.partitions });
  }

  private async produceAndWork(signal: AbortSignal): Promise<void> {
    const partitioner = new Partitioner(this.partitions);
    for (let done = false; !done && !signal.aborted;) {
      const read = await this.produce(partitioner);
      await this.round();
      done = read.done;
      if (!done && read.waitMillis > 0)
        await this.options.sleep(Math.min(read.waitMillis, LONGEST_SLEEP_MILLIS), signal);
    }
  }

  /** Appends a round's worth of records to the source topic, or as many as are due. */
  private async produce(partitioner: Partitioner): Promise<ReadResult> {
    const builders = Array.from({ length: this.partitions }, () => new RecordBuilder());
    let count = 0;
    const sink: RecordSink = {
      append: (key, value, timestamp) => {
        count++;
        builders[partitioner.partition(key)]!.append(key, value, timestamp);
      },
    };
    let read: ReadResult;
    do {
      read = await this.read(ROUND_RECORDS - count, sink);
    } while (!read.done && read.waitMillis === 0 && count < ROUND_RECORDS && !this.failure);
    const transaction = this.writer.begin();
    builders.forEach((builder, partition) => {
      if (builder.count > 0) transaction.append(this.job.spec.topic.name, partition, builder);
    });
    await transaction.commit();
    return read;
  }

  /** A source that fails does so after records that were complete: these are worked off first. */
  private async read(max: number, sink: RecordSink): Promise<ReadResult> {
    if (this.failure) throw this.failure;
    try {
      return await this.source.read(max, this.options.now(), sink);
    } catch (error) {
      this.failure = error as Error;
      return { done: false, waitMillis: 0 };
    }
  }

  /** Every stage in turn works off what there is and commits. */
  private async round(): Promise<void> {
    for (const [index, stage] of this.stages.entries()) {
      const busy = await stage.work(this.now());
      if (index === 0) this.idle?.tick(this.options.now(), busy);
      await this.commit(stage, index === this.stages.length - 1);
    }
  }

  private async commit(stage: LocalStage, isLast: boolean): Promise<void> {
    const transaction = this.writer.begin();
    stage.commit(transaction);
    if (isLast) this.output.appendTo(transaction);
    await transaction.commit();
    await this.deadLetters.write(this.rejects.take());
    if (isLast) await this.output.deliver();
    await stage.purge();
  }

  private async finish(): Promise<void> {
    for (const task of this.stages[0]!.sources) task.raise(Infinity);
    await this.round();
    this.output.end();
    await this.output.deliver();
  }

  private sum(count: 'rows' | 'filtered' | 'duplicates' | 'keyMismatches'): number {
    return this.stages.flatMap(({ tasks }) => tasks).reduce((sum, task) => sum + task.counts[count], 0);
  }

  private summary(stopped: boolean): RunSummary {
    return {
      records: this.progress().records,
      filtered: this.sum('filtered'),
      duplicates: this.sum('duplicates'),
      rows: this.sum('rows'),
      rejected: this.rejects.counts,
      keyMismatches: this.sum('keyMismatches'),
      stopped,
      outputs: this.output.describe(),
      run: undefined,
      deadLetters: { count: this.deadLetters.count, path: this.deadLetters.path },
    };
  }
}
