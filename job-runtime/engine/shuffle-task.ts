/**
 * A task behind a shuffle: one partition of a repartition topic. Its clock is the slowest of all upstream tasks', so
 * whatever arrives is in time. As deterministic as a source task.
 */
import type { RecordBatch } from '../record.ts';
import type { BinaryReader, BinaryWriter } from './binary.ts';
import { FrameKind, readFrame } from './exchange/frames.ts';
import type { JobPlan } from './stage-plan.ts';
import type { TaskPlace } from './stage-pipeline.ts';
import { StageTask } from './stage-task.ts';
import type { TaskOutput } from './task-output.ts';
import { UpstreamClock } from './watermark.ts';

export interface ShuffleTaskPlace extends TaskPlace {
  /** Tasks of the stage before. */
  readonly upstreams: number;
}

export class ShuffleTask extends StageTask {
  private readonly clock: UpstreamClock;

  constructor(plan: JobPlan, place: ShuffleTaskPlace, output: TaskOutput) {
    super(plan, place, output);
    this.clock = new UpstreamClock(place.upstreams);
  }

  get watermark(): number {
    return this.clock.value;
  }

  /** The next messages of the repartition partition. */
  onBatch(messages: RecordBatch): void {
    for (let row = 0; row < messages.count; row++) {
      const { kind, upstream, body } = readFrame(messages.bytes, messages.valueStart[row]!, messages.valueEnd[row]!);
      this.clock.expect(upstream);
      if (kind === FrameKind.watermark) this.clock.raise(upstream, body.double());
      else if (kind === FrameKind.groups) this.pipeline.takeGroups(body);
      else this.pipeline.takeRecords(body);
    }
    this.moveBehind(messages);
    this.pipeline.advance(this.closedBound());
  }

  protected closedBound(): number {
    return this.plan.rows.window!.lateness.closedBound(this.clock.value);
  }

  protected snapshotClock(out: BinaryWriter): void {
    out.varint(this.clock.watermarks.length);
    for (const watermark of this.clock.watermarks) out.double(watermark);
  }

  protected restoreClock(from: BinaryReader): void {
    const { watermarks } = this.clock;
    const count = from.varint();
    if (count > 0) this.clock.expect(count - 1);
    for (let upstream = 0; upstream < count; upstream++) watermarks[upstream] = from.double();
  }
}
