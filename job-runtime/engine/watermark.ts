/**
 * Event time as a task knows it. A source partition's watermark trails its newest record by the delay and never falls;
 * a task behind a shuffle goes by the slowest of all its upstream tasks.
 */

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

/** The minimum over all upstream tasks; an upstream that has not spoken yet holds it at −∞. */
export class UpstreamClock {
  readonly watermarks: Float64Array;

  constructor(upstreams: number) {
    this.watermarks = new Float64Array(upstreams).fill(-Infinity);
  }

  get value(): number {
    let least = Infinity;
    for (const watermark of this.watermarks) if (watermark < least) least = watermark;
    return least;
  }

  raise(upstream: number, to: number): void {
    if (to > this.watermarks[upstream]!) this.watermarks[upstream] = to;
  }

  /** Throws a RangeError on an upstream beyond those that the clock was made for: nobody would wait for it. */
  expect(upstream: number): void {
    if (upstream < this.watermarks.length) return;
    throw new RangeError(`upstream task ${upstream} of ${this.watermarks.length}: the stage before has grown`);
  }
}
