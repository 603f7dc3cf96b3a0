/**
 * Event time as a task knows it. A source partition's watermark trails its newest record by the delay and never falls;
 * a task behind a shuffle goes by the slowest of all its upstream tasks.
 */
import type { BinaryReader, BinaryWriter } from './binary.ts';
import type { ClosingState } from './changes.ts';

/** The watermark of one source partition. Feed it every good record, late ones too, in offset order. */
export class PartitionWatermark {
  /** Records at or before this instant are no longer expected. */
  value = -Infinity;
  private readonly delay: number;

  constructor(delayMillis: number) {
    this.delay = delayMillis;
  }

  observe(eventTime: number): void {
    const candidate = eventTime - this.delay;
    if (candidate > this.value) this.value = candidate;
  }

  /** Idleness and the end of input raise it from outside; a lower value is ignored. */
  raise(to: number): void {
    if (to > this.value) this.value = to;
  }
}

/**
 * The minimum over all upstream tasks; an upstream that has not spoken yet holds it. It never falls: when the stage
 * before has grown, it stands still until the new tasks have spoken.
 */
export class UpstreamClock implements ClosingState {
  /** Nothing before this instant will come from any upstream task. */
  value = -Infinity;
  private watermarks: Float64Array;

  constructor(upstreams: number) {
    this.watermarks = new Float64Array(upstreams).fill(-Infinity);
  }

  /** The stage before has at least so many tasks. */
  expect(upstreams: number): void {
    if (upstreams <= this.watermarks.length) return;
    const larger = new Float64Array(upstreams).fill(-Infinity);
    larger.set(this.watermarks);
    this.watermarks = larger;
  }

  /** A lower value than before is ignored. */
  raise(upstream: number, to: number): void {
    if (!(to > this.watermarks[upstream]!)) return;
    this.watermarks[upstream] = to;
    let least = Infinity;
    for (const watermark of this.watermarks) if (watermark < least) least = watermark;
    if (least > this.value) this.value = least;
  }

  writeClosing(out: BinaryWriter): void {
    out.double(this.value);
    out.varint(this.watermarks.length);
    for (const watermark of this.watermarks) out.double(watermark);
  }

  applyClosing(from: BinaryReader): void {
    this.value = from.double();
    this.watermarks = Float64Array.from({ length: from.varint() }, () => from.double());
  }
}
