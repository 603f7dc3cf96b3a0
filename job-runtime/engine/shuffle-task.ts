/**
 * A task behind a shuffle: one partition of a repartition topic. Its clock is the slowest of all upstream tasks', so
 * whatever arrives is in time. As deterministic as a source task.
 */
import type { RecordBatch } from '../record.ts';
import type { WatermarkBody } from './exchange/frames.ts';
import { FrameKind, readFrame, readWatermark } from './exchange/frames.ts';
import type { JobPlan } from './stage-plan.ts';
import type { TaskPlace } from './stage-pipeline.ts';
import { StageTask } from './stage-task.ts';
import type { TaskOutput } from './task-output.ts';
import { UpstreamClock } from './watermark.ts';

export interface ShuffleTaskPlace extends TaskPlace {
  /** Tasks of the stage before, as far as is known: more may show. A restored task takes their number from its state. */
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
      this.clock.expect(upstream + 1);
      if (kind === FrameKind.watermark) this.takeWatermark(upstream, readWatermark(body));
      else if (kind === FrameKind.groups) this.pipeline.takeGroups(body);
      else this.pipeline.takeRecords(body);
    }
    this.moveBehind(messages);
    this.pipeline.advance(this.closedBound());
  }

  protected closedBound(): number {
    return this.plan.rows.window!.lateness.closedBound(this.clock.value);
  }

  protected get clockState(): UpstreamClock {
    return this.clock;
  }

  private takeWatermark(upstream: number, { tasks, watermark }: WatermarkBody): void {
    this.clock.expect(tasks);
    this.clock.raise(upstream, watermark);
  }
}
