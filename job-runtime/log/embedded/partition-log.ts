/**
 * One partition in memory: a list of segments. Appends are copied into the last segment until it is large enough, so
 * that many small commits still give large fetches; a fetch is a view of one segment and copies nothing. Views stay
 * valid for ever: a segment only grows behind them, and a grown array leaves the old one untouched.
 */
import { StreamJobError } from '../../errors.ts';
import type { RecordBatch } from '../../record.ts';
import { RecordBuilder } from '../record-builder.ts';

const SEGMENT_BYTES = 1 << 20;
const SEGMENT_RECORDS = 1 << 14;

interface Segment {
  readonly base: number;
  readonly records: RecordBuilder;
  /** Made when the segment is first fetched, for all that it has room for. */
  offsets: Float64Array;
}

export class PartitionLog {
  /** Earliest offset that can be read, and the next one to be written. */
  start = 0;
  end = 0;
  private readonly name: string;
  private readonly partition: number;
  private segments: Segment[] = [];

  constructor(name: string, partition: number) {
    this.name = name;
    this.partition = partition;
  }

  append(builder: RecordBuilder): void {
    if (builder.count === 0) return;
    this.openSegment(builder).records.appendAll(builder);
    this.end += builder.count;
  }

  /** A view of the records from `offset` on, at most `maxBytes` of keys and values but at least one record. */
  fetch(offset: number, maxBytes: number): RecordBatch | undefined {
    if (offset < this.start || offset > this.end) {
      throw new StreamJobError(
        'OffsetOutOfRange',
        `${this.name}: offset ${offset} is outside ${this.start} to ${this.end}`,
      );
    }
    if (offset === this.end) return undefined;
    const segment = this.segments[this.segmentOf(offset)]!;
    const from = offset - segment.base;
    const to = rowsWithin(segment.records, from, maxBytes);
    if (segment.offsets.length < to) segment.offsets = ascending(segment.base, segment.records.timestamp.length);
    return segment.records.view(this.partition, segment.offsets, from, to);
  }

  /** The first offset whose record has this timestamp or a later one; the end where there is none. */
  offsetAt(timestamp: number): number {
    for (const { base, records } of this.segments) {
      for (let row = Math.max(0, this.start - base); row < records.count; row++)
        if (records.timestamp[row]! >= timestamp) return base + row;
    }
    return this.end;
  }

  /** Whole segments below `before` are dropped, the rest below it is hidden. */
  deleteBelow(before: number): void {
    if (before > this.end) {
      throw new StreamJobError(
        'OffsetOutOfRange',
        `${this.name}: cannot delete up to ${before}, the end is ${this.end}`,
      );
    }
    if (before <= this.start) return;
    this.start = before;
    if (before === this.end) this.segments = [];
    else this.segments.splice(0, this.segmentOf(before));
  }

  /** The last segment with room, or a new one that fits what is appended. */
  private openSegment(builder: RecordBuilder): Segment {
    const last = this.segments.at(-1);
    if (last && last.records.length + builder.length <= SEGMENT_BYTES && last.records.count < SEGMENT_RECORDS)
      return last;
    const segment = {
      base: this.end,
      records: new RecordBuilder(builder.count, builder.length),
      offsets: new Float64Array(0),
    };
    this.segments.push(segment);
    return segment;
  }

  private segmentOf(offset: number): number {
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.segments[middle]!.base <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function size(start: number, end: number): number {
  return start < 0 ? 0 : end - start;
}

/** The row behind the last one that fits. */
function rowsWithin(records: RecordBuilder, from: number, maxBytes: number): number {
  let bytes = 0;
  for (let row = from; row < records.count; row++) {
    bytes +=
      size(records.keyStart[row]!, records.keyEnd[row]!) + size(records.valueStart[row]!, records.valueEnd[row]!);
    if (bytes > maxBytes && row > from) return row;
  }
  return records.count;
}

function ascending(base: number, count: number): Float64Array {
  const offsets = new Float64Array(count);
  for (let row = 0; row < count; row++) offsets[row] = base + row;
  return offsets;
}
