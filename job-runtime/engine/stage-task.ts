/** What tasks of all stages share: a pipeline, a position, and a clock that the next stage is told of. */
import type { RecordBatch } from '../record.ts';
import { BinaryReader, BinaryWriter } from './binary.ts';
import { watermarkFrame } from './exchange/frames.ts';
import type { JobPlan } from './stage-plan.ts';
import type { TaskPlace } from './stage-pipeline.ts';
import { StagePipeline } from './stage-pipeline.ts';
import { STATE_VERSION, checkVersion } from './state-version.ts';
import type { TaskCounts, TaskOutput } from './task-output.ts';
import { zeroCounts } from './task-output.ts';
import type { Task } from './task.ts';

export abstract class StageTask implements Task {
  readonly counts: TaskCounts = zeroCounts();
  position = 0;
  protected readonly plan: JobPlan;
  protected readonly output: TaskOutput;
  protected readonly pipeline: StagePipeline;
  private readonly task: number;
  private sentBound = -Infinity;

  constructor(plan: JobPlan, place: TaskPlace, output: TaskOutput) {
    this.plan = plan;
    this.output = output;
    this.task = place.task;
    this.pipeline = new StagePipeline(plan, place, output, this.counts);
  }

  abstract get watermark(): number;
  abstract onBatch(records: RecordBatch, now: number): void;
  /** The closed bound of the watermark. */
  protected abstract closedBound(): number;
  protected abstract snapshotClock(out: BinaryWriter): void;
  protected abstract restoreClock(from: BinaryReader): void;

  /** The watermark goes along only when a window boundary was passed: nothing else downstream depends on it. */
  commit(): Uint8Array[][] {
    const messages = this.pipeline.commit();
    const bound = this.closedBound();
    if (messages.length > 0 && bound > this.sentBound) {
      this.sentBound = bound;
      const frame = watermarkFrame(this.task, this.watermark);
      for (const partition of messages) partition.push(frame);
    }
    return messages;
  }

  lastOpenEnd(): number {
    return this.pipeline.lastOpenEnd();
  }

  snapshot(): Uint8Array {
    const out = new BinaryWriter(1024);
    out.byte(STATE_VERSION);
    out.varint(this.position);
    out.double(this.sentBound);
    this.snapshotClock(out);
    this.pipeline.snapshot(out);
    return out.toBytes();
  }

  restore(state: Uint8Array): void {
    const from = new BinaryReader(state);
    checkVersion(from.byte());
    this.position = from.varint();
    this.sentBound = from.double();
    this.restoreClock(from);
    this.pipeline.restore(from);
  }

  protected moveBehind(records: RecordBatch): void {
    this.counts.records += records.count;
    this.position = records.nextOffset;
  }
}
