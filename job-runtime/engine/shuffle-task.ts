/**
 * A task behind a shuffle: one partition of a repartition topic. Its clock is the slowest of all upstream tasks', so
 * whatever arrives is in time. As deterministic as a source task.
 */
import type { RecordBatch } from '../record.ts';
import { BinaryReader, BinaryWriter } from './binary.ts';
import { FrameKind, readFrame, watermarkFrame } from './exchange/frames.ts';
import type { JobPlan } from './stage-plan.ts';
import { StagePipeline } from './stage-pipeline.ts';
import { STATE_VERSION, checkVersion } from './state-version.ts';
import type { TaskCounts, TaskOutput } from './task-output.ts';
import type { Task } from './task.ts';
import { zeroCounts } from './task-output.ts';
import { UpstreamClock } from './watermark.ts';

export interface ShuffleTaskPlace {
  /** Index of the stage in the plan, ≥ 1. */
  readonly stage: number;
  readonly task: number;
  readonly upstreams: number;
  readonly nextPartitions: number;
}

export class ShuffleTask implements Task {
  readonly counts: TaskCounts = zeroCounts();
  position = 0;
  private readonly plan: JobPlan;
  private readonly task: number;
  private readonly clock: UpstreamClock;
  private readonly pipeline: StagePipeline;
  private sentBound = -Infinity;

  constructor(plan: JobPlan, place: ShuffleTaskPlace, output: TaskOutput) {
    this.plan = plan;
    this.task = place.task;
    this.clock = new UpstreamClock(place.upstreams);
    const stage = plan.stages[place.stage]!;
    this.pipeline = new StagePipeline(
      plan.rows,
      stage,
      plan.rows.createDecoder(),
      place.nextPartitions,
      place.task,
      output,
      this.counts,
    );
  }

  get watermark(): number {
    return this.clock.value;
  }

  /** The next messages of the repartition partition. */
  onBatch(messages: RecordBatch): void {
    for (let row = 0; row < messages.count; row++) {
      const { kind, upstream, body } = readFrame(messages.bytes, messages.valueStart[row]!, messages.valueEnd[row]!);
      if (kind === FrameKind.watermark) this.clock.raise(upstream, body.double());
      else if (kind === FrameKind.groups) this.pipeline.takeGroups(body);
      else this.pipeline.takeRecords(body);
    }
    this.counts.records += messages.count;
    this.position = messages.offset[messages.count - 1]! + 1;
    this.pipeline.advance(this.bound());
  }

  commit(): Uint8Array[][] {
    const messages = this.pipeline.commit();
    const bound = this.bound();
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
    out.varint(this.clock.watermarks.length);
    for (const watermark of this.clock.watermarks) out.double(watermark);
    this.pipeline.snapshot(out);
    return out.toBytes();
  }

  restore(state: Uint8Array): void {
    const from = new BinaryReader(state);
    checkVersion(from.byte());
    this.position = from.varint();
    this.sentBound = from.double();
    for (let upstream = 0, count = from.varint(); upstream < count; upstream++)
      this.clock.watermarks[upstream] = from.double();
    this.pipeline.restore(from);
  }

  private bound(): number {
    return this.plan.rows.window!.lateness.closedBound(this.clock.value);
  }
}
