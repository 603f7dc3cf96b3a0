/**
 * Lets the records of a source come due over time: `rate` records per second, or at `speed` times the pace of their
 * own event times. Pacing starts anew at each open; the records and their order are those of the source.
 */
import { RecordBuilder } from '../log/record-builder.ts';
import type { ReadResult, RecordSink, Source, SourcePosition } from './source.ts';

const AHEAD = 1024;

/** What both kinds share: all but `read` goes to the inner source. */
abstract class PacedSource implements Source {
  protected readonly inner: Source;
  /** Time of the first read since open. */
  protected started = NaN;

  constructor(inner: Source) {
    this.inner = inner;
  }

  async open(position?: SourcePosition): Promise<void> {
    this.started = NaN;
    await this.inner.open(position);
  }

  abstract read(max: number, now: number, out: RecordSink): Promise<ReadResult>;

  position(): SourcePosition {
    return this.inner.position();
  }

  progress(): ReturnType<Source['progress']> {
    return this.inner.progress();
  }

  async close(): Promise<void> {
    await this.inner.close();
  }
}

/** Record n since the open is due n / rate seconds after the first read; what is overdue comes at once. */
export class RatePacedSource extends PacedSource {
  private readonly perMilli: number;
  private given = 0;

  constructor(inner: Source, recordsPerSecond: number) {
    super(inner);
    this.perMilli = recordsPerSecond / 1000;
  }

  override async open(position?: SourcePosition): Promise<void> {
    this.given = 0;
    await super.open(position);
  }

  override async read(max: number, now: number, out: RecordSink): Promise<ReadResult> {
    if (Number.isNaN(this.started)) this.started = now;
    const due = Math.floor((now - this.started) * this.perMilli + 1e-9) + 1 - this.given;
    if (due > 0) {
      const before = this.inner.position().records;
      const result = await this.inner.read(Math.min(max, due), now, out);
      this.given += this.inner.position().records - before;
      if (result.done || due > max) return result;
    }
    return { done: false, waitMillis: Math.max(0, Math.ceil(this.started + this.given / this.perMilli - now)) };
  }
}

/**
 * A record is due (its time − the first record's time) / speed after the first read. One that goes back in time is due
 * with the one before it. Reads ahead, since a record's time is known only when it has been read.
 */
export class SpeedPacedSource extends PacedSource {
  private readonly speed: number;
  private readonly ahead = new RecordBuilder(AHEAD, 1 << 16);
  private next = 0;
  private isInnerDone = false;
  /** Event time of the first record, and the largest since. */
  private first = NaN;
  private latest = -Infinity;

  constructor(inner: Source, speed: number) {
    super(inner);
    this.speed = speed;
  }

  override async open(position?: SourcePosition): Promise<void> {
    this.ahead.clear();
    this.next = 0;
    this.isInnerDone = false;
    this.first = NaN;
    this.latest = -Infinity;
    await super.open(position);
  }

  override async read(max: number, now: number, out: RecordSink): Promise<ReadResult> {
    if (Number.isNaN(this.started)) this.started = now;
    if (this.next === this.ahead.count && !this.isInnerDone) await this.readAhead(now);
    const { ahead } = this;
    for (let given = 0; given < max && this.next < ahead.count; given++) {
      const wait = this.waitFor(ahead.timestamp[this.next]!, now);
      if (wait > 0) return { done: false, waitMillis: wait };
      this.give(out);
    }
    return { done: this.isInnerDone && this.next === ahead.count, waitMillis: 0 };
  }

  /** The inner source is ahead by what waits here. */
  override position(): SourcePosition {
    const position = this.inner.position();
    return { ...position, records: position.records - (this.ahead.count - this.next) };
  }

  private async readAhead(now: number): Promise<void> {
    this.ahead.clear();
    this.next = 0;
    this.isInnerDone = (await this.inner.read(AHEAD, now, this.ahead)).done;
  }

  private waitFor(time: number, now: number): number {
    if (Number.isNaN(this.first)) this.first = time;
    this.latest = Math.max(this.latest, time);
    return Math.ceil(this.started + (this.latest - this.first) / this.speed - now);
  }

  private give(out: RecordSink): void {
    const { ahead } = this;
    const row = this.next++;
    out.append(ahead.keyAt(row), ahead.valueAt(row), ahead.timestamp[row]!);
  }
}
