/**
 * A task at work in this process: the engine's task with what surrounds it — where its rows go, what it rejects, its
 * changelog, the offset where a bounded run ends, and what was last committed of it.
 */
import type { ShuffleTask } from '../engine/shuffle-task.ts';
import type { SourceTask } from '../engine/source-task.ts';
import type { Rejects } from '../dead-letters/rejects.ts';
import { partitionName } from '../log/log.ts';
import type { TaskTarget } from './task-target.ts';
import type { RecordBatch } from '../record.ts';
import { from, upTo } from '../record.ts';
import type { Changelog } from '../state/changelog.ts';
import type { StageLayout } from './job-layout.ts';
import type { KeptState } from './kept-state.ts';
import type { TaskProgress } from './task-progress.ts';

/** The parts that hold state: made anew when a restore has to begin again. */
export interface TaskCore {
  readonly task: SourceTask | ShuffleTask;
  /** In the first stage the same task. */
  readonly source: SourceTask | undefined;
  /** Where result rows go; undefined where the stage has none. */
  readonly target: TaskTarget | undefined;
  readonly kept: KeptState;
}

export interface TaskParts {
  readonly stage: StageLayout;
  readonly partition: number;
  readonly createCore: () => TaskCore;
  readonly rejects: Rejects;
  readonly changelog: Changelog;
}

/** What the last commit said of a task. */
interface Committed {
  readonly position: number;
  readonly watermark: number;
  readonly isIdle: boolean;
}

export class RunningTask {
  readonly stage: StageLayout;
  readonly partition: number;
  readonly rejects: Rejects;
  readonly changelog: Changelog;
  /** Records before this are not of the run: a manifest may start it at an offset that is not there yet. */
  startOffset = 0;
  /** Nothing is read from here on. */
  stopOffset = Infinity;
  /** Nor from the first record on that was written then or later, milliseconds by the log: known before its offset is. */
  stopTime = Infinity;
  /** Since when its partition has had nothing to give, and its watermark then. */
  idle: TaskProgress['idle'];
  /** Records that went to the dead-letter topic since the run began: committed ones, and those of the next commit. */
  deadLetters = 0;
  /** When it last had something, or could not know; wall clock. */
  lastActive: number;
  private readonly createCore: () => TaskCore;
  private core: TaskCore;
  private committed: Committed | undefined;
  private isTouched = false;
  private mayEnd = true;

  constructor(parts: TaskParts, now: number) {
    this.stage = parts.stage;
    this.partition = parts.partition;
    this.createCore = parts.createCore;
    this.core = parts.createCore();
    this.rejects = parts.rejects;
    this.changelog = parts.changelog;
    this.lastActive = now;
  }

  get task(): TaskCore['task'] {
    return this.core.task;
  }

  get source(): TaskCore['source'] {
    return this.core.source;
  }

  get target(): TaskCore['target'] {
    return this.core.target;
  }

  get kept(): KeptState {
    return this.core.kept;
  }

  /** TOPIC/PARTITION, for people. */
  get name(): string {
    return partitionName({ topic: this.stage.input, partition: this.partition });
  }

  /** Everything has been read and closed: a bounded run is over for this task. */
  get isDone(): boolean {
    if (this.source) return this.mayEnd && this.task.position >= this.stopOffset;
    return this.task.watermark === Infinity;
  }

  /** There is something to commit. */
  get isDirty(): boolean {
    const { committed, task } = this;
    if (!committed || this.isTouched) return true;
    return (
      task.position !== committed.position ||
      task.watermark !== committed.watermark ||
      (this.idle !== undefined) !== committed.isIdle
    );
  }

  /** Back to a task without state. */
  reset(): void {
    this.core = this.createCore();
  }

  /** Work that shows neither in the position nor in the watermark, such as batches that were delivered. */
  touch(): void {
    this.isTouched = true;
  }

  /** The next records of the partition, as far as the run goes. `now`: see SourceTask. */
  feed(records: RecordBatch, now: number): void {
    this.findStop(records);
    this.task.onBatch(upTo(from(records, this.startOffset), this.stopOffset), now);
    this.endIfDone();
  }

  /** The run ends at this offset. `mayEnd` false: nothing is read behind it, and the task waits there for the others. */
  stopAt(offset: number, mayEnd: boolean): void {
    this.stopOffset = offset;
    this.mayEnd = mayEnd;
    this.endIfDone();
  }

  progress(writer: string): TaskProgress {
    return {
      watermark: this.task.watermark,
      ...(this.idle && { idle: this.idle }),
      lastOpenEnd: this.task.lastOpenEnd(),
      writer,
      deadLetters: this.deadLetters,
      stateFrom: this.changelog.neededFrom,
    };
  }

  /** Call when what there is goes into a transaction: what comes later belongs to the next one. */
  markCommitted(): void {
    const { task } = this;
    this.committed = { position: task.position, watermark: task.watermark, isIdle: this.idle !== undefined };
    this.isTouched = false;
  }

  /** What it finds is what the leader will record; until then it waits there. */
  private findStop(records: RecordBatch): void {
    if (this.stopTime === Infinity || this.stopOffset < Infinity) return;
    this.stopOffset = firstWritten(records, this.stopTime);
    this.mayEnd = this.stopOffset === Infinity;
  }

  private endIfDone(): void {
    if (this.source && this.isDone) this.source.raise(Infinity);
  }
}

/** The offset of the first record of a batch that was written at `time` or later; Infinity: there is none. */
function firstWritten({ offset, timestamp, count }: RecordBatch, time: number): number {
  for (let row = 0; row < count; row++) if (timestamp[row]! >= time) return offset[row]!;
  return Infinity;
}
