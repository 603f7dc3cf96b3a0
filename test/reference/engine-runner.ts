/**
 * Runs a job on the engine's tasks in memory, by a schedule that a test makes up: which task gets how many records
 * next, when tasks commit, how much of its log of changes each rewrites by then, and when one is thrown away and restored
 * from that log, read from wherever it may start. Whatever the schedule, the answer must be the interpreter's.
 */
import { StateLog } from '../builders/task-state.ts';
import type { FieldType } from '../../crds/field-type.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { Column, ColumnBatch, Field } from '../../job-runtime/engine/column.ts';
import { exactInteger } from '../../job-runtime/engine/column.ts';
import { planJob } from '../../job-runtime/engine/plan/planner.ts';
import { ShuffleTask } from '../../job-runtime/engine/shuffle-task.ts';
import { SourceTask } from '../../job-runtime/engine/source-task.ts';
import type { JobPlan } from '../../job-runtime/engine/stage-plan.ts';
import type { TaskOutput } from '../../job-runtime/engine/task-output.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import type { RecordBatch } from '../../job-runtime/record.ts';
import type { BadRecord, InputRecord, Interpretation, Position, ResultRow } from './interpreter.ts';
import type { Plain } from './values.ts';

/** All drawn from one seed; every number in it is at least 1. */
export interface Schedule {
  /** Decides which task goes next. */
  readonly seed: number;
  /** Records of each next batch, in turn. */
  readonly batchSizes: readonly number[];
  /** A task is restored from its log after each so many of its commits; undefined: never. */
  readonly restoreEvery: number | undefined;
  /** Partitions of each repartition topic. */
  readonly shufflePartitions: number;
  /** Chunks of the logs are cut near so many bytes; undefined: as in real life. */
  readonly chunkBytes?: number | undefined;
}

export interface EngineRun {
  readonly partitions: number;
  readonly now: number;
  readonly schedule: Schedule;
}

type Task = SourceTask | ShuffleTask;

export function runEngine(job: StreamJob, records: readonly InputRecord[], run: EngineRun): Interpretation {
  const planned = planJob(job);
  if ('problems' in planned)
    throw new RangeError(planned.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return new Runner(planned.plan, records, run).run();
}

class Runner {
  private readonly plan: JobPlan;
  private readonly options: EngineRun;
  private readonly result = {
    rows: [] as ResultRow[],
    late: [] as Position[],
    bad: [] as BadRecord[],
    duplicates: [] as Position[],
  };
  private readonly tasks: Task[][];
  /** What each task still has to read: source records, and messages per stage and partition. */
  private readonly source: InputRecord[][];
  private readonly queued: Uint8Array[][][];
  private readonly offsets: number[][];
  private readonly commits: number[][];
  private readonly logs: StateLog[][];
  private random: number;
  private turn = 0;

  constructor(plan: JobPlan, records: readonly InputRecord[], options: EngineRun) {
    this.plan = plan;
    this.options = options;
    this.random = options.schedule.seed;
    const counts = plan.stages.map((_, stage) =>
      stage === 0 ? options.partitions : options.schedule.shufflePartitions,
    );
    this.tasks = counts.map((count, stage) => Array.from({ length: count }, (_, task) => this.createTask(stage, task)));
    this.offsets = counts.map((count) => Array.from({ length: count }, () => 0));
    this.commits = counts.map((count) => Array.from({ length: count }, () => 0));
    const { chunkBytes } = options.schedule;
    this.logs = counts.map((count) => Array.from({ length: count }, () => new StateLog(chunkBytes)));
    this.source = Array.from({ length: options.partitions }, (_, partition) =>
      records.filter((record) => record.partition === partition).sort((a, b) => a.offset - b.offset),
    );
    this.queued = counts.map((count) => Array.from({ length: count }, () => []));
  }

  run(): Interpretation {
    for (;;) {
      const ready = this.ready();
      if (ready.length === 0) break;
      const { stage, task } = ready[this.next(ready.length)]!;
      this.feed(stage, task);
      if (this.next(3) > 0) this.commit(stage, task);
    }
    this.tasks[0]!.forEach((task, index) => {
      (task as SourceTask).raise(Infinity);
      this.commit(0, index);
    });
    for (let stage = 1; stage < this.tasks.length; stage++) this.drain(stage);
    const byPosition = (a: Position, b: Position): number => a.partition - b.partition || a.offset - b.offset;
    for (const list of [this.result.late, this.result.bad, this.result.duplicates]) list.sort(byPosition);
    return this.result;
  }

  private createTask(stage: number, task: number): Task {
    const { partitions, schedule } = this.options;
    const isLast = stage === this.plan.stages.length - 1;
    const nextPartitions = isLast ? 0 : schedule.shufflePartitions;
    if (stage === 0) return new SourceTask(this.plan, task, nextPartitions, this.output());
    const upstreams = stage === 1 ? partitions : schedule.shufflePartitions;
    return new ShuffleTask(this.plan, { stage, task, upstreams, nextPartitions }, this.output());
  }

  private output(): TaskOutput {
    return {
      rows: (batch) => this.takeRows(batch),
      closed: () => undefined,
      rejected: ({ reason, partition, offset }) => {
        if (reason === 'Late') this.result.late.push({ partition, offset });
        else this.result.bad.push({ partition, offset, reason });
      },
      duplicate: (partition, offset) => this.result.duplicates.push({ partition, offset }),
    };
  }

  private ready(): { stage: number; task: number }[] {
    const sources = this.source.flatMap((records, task) => (records.length > 0 ? [{ stage: 0, task }] : []));
    const others = this.queued.flatMap((tasks, stage) =>
      tasks.flatMap((messages, task) => (messages.length > 0 ? [{ stage, task }] : [])),
    );
    return [...sources, ...others];
  }

  private feed(stage: number, task: number): void {
    const { batchSizes } = this.options.schedule;
    const size = batchSizes[this.turn++ % batchSizes.length]!;
    if (stage === 0) {
      const records = this.source[task]!.splice(0, size);
      (this.tasks[0]![task] as SourceTask).onBatch(batchOf(task, records), this.options.now);
      return;
    }
    const builder = new RecordBuilder();
    const messages = this.queued[stage]![task]!.splice(0, size);
    for (const message of messages) builder.append(null, message, 0);
    (this.tasks[stage]![task] as ShuffleTask).onBatch(builder.toBatch(task, this.offsets[stage]![task]!));
    this.offsets[stage]![task]! += messages.length;
  }

  private commit(stage: number, task: number): void {
    this.tasks[stage]![task]!.commit().forEach((messages, partition) =>
      this.queued[stage + 1]![partition]!.push(...messages),
    );
    const { restoreEvery } = this.options.schedule;
    if (restoreEvery === undefined) return;
    const log = this.logs[stage]![task]!;
    log.commit(this.tasks[stage]![task]!, this.next(2) * this.next(log.neededChunks + 1));
    if (++this.commits[stage]![task]! % restoreEvery !== 0) return;
    this.tasks[stage]![task] = log.restore(this.createTask(stage, task), this.next(2) * this.next(4));
  }

  private drain(stage: number): void {
    this.tasks[stage]!.forEach((_, task) => {
      while (this.queued[stage]![task]!.length > 0) this.feed(stage, task);
      this.commit(stage, task);
    });
  }

  /** mulberry32, as the workloads use it. */
  private next(below: number): number {
    this.random = (this.random + 0x6d2b79f5) | 0;
    let t = Math.imul(this.random ^ (this.random >>> 15), 1 | this.random);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  }

  private takeRows(batch: ColumnBatch): void {
    const { resultFields, rows } = this.plan;
    for (let i = 0; i < batch.selected; i++) {
      const row = batch.rows[i]!;
      const values = Object.fromEntries(
        resultFields
          .filter(({ name }) => !rows.window || !name.startsWith('window.'))
          .map((field) => [field.name, valueAt(field, batch.columns[field.slot]!, row)]),
      );
      const bound = (slot: number): number => (batch.columns[slot] as Column & { kind: 'number' }).values[row]!;
      this.result.rows.push(rows.window ? { windowStart: bound(0), windowEnd: bound(1), values } : { values });
    }
  }
}

function batchOf(partition: number, records: readonly InputRecord[]): RecordBatch {
  const builder = new RecordBuilder(Math.max(1, records.length), 1024);
  for (const { key, value } of records) builder.append(key, value, 0);
  const batch = builder.toBatch(partition, 0);
  records.forEach(({ offset }, row) => (batch.offset[row] = offset));
  return batch;
}

const decoder = new TextDecoder();

/** A cell as the interpreter shows it: whole numbers as bigint, times in milliseconds, decimals unscaled. */
export function valueAt({ type }: Field, column: Column, row: number): Plain {
  if (column.kind === 'slice') {
    if (column.start[row]! < 0) return null;
    const bytes = column.bytes.subarray(column.start[row]!, column.end[row]!);
    return type.kind === 'bytes' ? Buffer.from(bytes).toString('base64') : decoder.decode(bytes);
  }
  const value = column.values[row]!;
  if (Number.isNaN(value)) return null;
  return isWhole(type) ? exactInteger(column, row) : type.kind === 'boolean' ? value === 1 : value;
}

const isWhole = ({ kind }: FieldType): boolean => kind === 'int' || kind === 'long' || kind === 'decimal';
