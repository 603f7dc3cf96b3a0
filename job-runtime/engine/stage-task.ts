/** What tasks of all stages share: a pipeline, a position, and a clock that the next stage is told of. */
import type { RecordBatch } from '../record.ts';
import type { BinaryReader, BinaryWriter } from './binary.ts';
import type { ChangeWriter, ClosingState } from './changes.ts';
import { watermarkFrame } from './exchange/frames.ts';
import type { JobPlan } from './stage-plan.ts';
import type { TaskPlace } from './stage-pipeline.ts';
import { StagePipeline } from './stage-pipeline.ts';
import type { TaskCounts, TaskOutput } from './task-output.ts';
import { zeroCounts } from './task-output.ts';
import { TaskState } from './task-state.ts';
import type { Task } from './task.ts';

export abstract class StageTask implements Task {
  readonly counts: TaskCounts = zeroCounts();
  position = 0;
  protected readonly plan: JobPlan;
  protected readonly output: TaskOutput;
  protected readonly pipeline: StagePipeline;
  private readonly state: TaskState;
  private readonly task: number;
  /** Tasks of the own stage, as far as this one knows; it is itself one. */
  private tasks: number;
  private sentBound = -Infinity;
  /** The next stage must hear the watermark and the number of tasks, whether or not a boundary was passed. */
  private mustTell = false;

  constructor(plan: JobPlan, place: TaskPlace, output: TaskOutput) {
    this.plan = plan;
    this.output = output;
    this.task = place.task;
    this.tasks = place.task + 1;
    this.pipeline = new StagePipeline(plan, place, output, this.counts);
    const own: ClosingState = {
      writeClosing: (out) => this.writeClosing(out),
      applyClosing: (from) => this.applyClosing(from),
    };
    this.state = new TaskState(own, this.pipeline.stateParts());
  }

  abstract get watermark(): number;
  abstract onBatch(records: RecordBatch, now: number): void;
  /** The closed bound of the watermark. */
  protected abstract closedBound(): number;
  /** Undefined where the job has no use for time. */
  protected abstract get clockState(): ClosingState | undefined;

  setTasks(count: number): void {
    if (count === this.tasks) return;
    this.tasks = count;
    this.mustTell = true;
  }

  /** The watermark goes along only when a window boundary was passed: nothing else downstream depends on it. */
  commit(): Uint8Array[][] {
    const messages = this.pipeline.commit();
    const bound = this.closedBound();
    if (messages.length > 0 && (bound > this.sentBound || this.mustTell)) {
      this.sentBound = bound;
      this.mustTell = false;
      const frame = watermarkFrame(this.task, this.tasks, this.watermark);
      for (const partition of messages) partition.push(frame);
    }
    return messages;
  }

  lastOpenEnd(): number {
    return this.pipeline.lastOpenEnd();
  }

  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    this.state.writeChanges(out, rewriteBefore);
  }

  applyChunk(chunk: Uint8Array, number: number): void {
    this.state.applyChunk(chunk, number);
  }

  endRestore(): void {
    this.state.endRestore();
    this.mustTell = true;
  }

  liveBytes(): number {
    return this.state.liveBytes();
  }

  protected moveBehind(records: RecordBatch): void {
    this.counts.records += records.count;
    this.position = records.nextOffset;
  }

  private writeClosing(out: BinaryWriter): void {
    out.varint(this.position);
    out.double(this.sentBound);
    this.clockState?.writeClosing(out);
  }

  private applyClosing(from: BinaryReader): void {
    this.position = from.varint();
    this.sentBound = from.double();
    this.clockState?.applyClosing(from);
  }
}
