/**
 * Replays a file in the order of event time, as the records once happened: reads all of it, then sorts. Records of one
 * time keep the order of the file. A row whose time does not parse goes right behind the row before it in the file
 * (the first rows of a file to the front): it is a bad record wherever it stands, and so it stands at its place.
 */
import { StreamJobError } from '../../errors.ts';
import { RecordBuilder } from '../../log/record-builder.ts';
import { RecordFacts, type RecordShape } from '../record-facts.ts';
import { MOST_AT_ONCE, type ReadResult, type RecordSink, type Source, type SourcePosition } from '../source.ts';
import { FileRows, type FileOptions } from './file-rows.ts';

/** Positions in the builder are 32-bit, and a buffer that doubles must not pass them. */
const MAX_BYTES = 2 ** 30;
/** The time of rows before the first one with a time. A number, so that times can be subtracted. */
const NO_TIME = -Number.MAX_VALUE;

export class SortedFileSource implements Source {
  private readonly options: FileOptions;
  private readonly shape: RecordShape;
  private readonly facts: RecordFacts;
  private rows = new RecordBuilder(1 << 12, 1 << 20);
  private readonly chosen = new RecordBuilder();
  private order: Uint32Array = new Uint32Array(0);
  private records = 0;
  private failure: unknown;

  constructor(options: FileOptions, shape: RecordShape) {
    this.options = options;
    this.shape = shape;
    this.facts = new RecordFacts(shape, true);
  }

  async open(position?: SourcePosition): Promise<void> {
    await this.load();
    const { count, timestamp } = this.rows;
    this.order = Uint32Array.from({ length: count }, (_, row) => row);
    this.order.sort((a, b) => timestamp[a]! - timestamp[b]! || a - b);
    this.records = Math.min(position?.records ?? 0, count);
  }

  async read(max: number, now: number, out: RecordSink): Promise<ReadResult> {
    const { rows, order, chosen, facts } = this;
    if (this.records === order.length && this.failure !== undefined) throw this.failure;
    const until = Math.min(this.records + Math.min(max, MOST_AT_ONCE), order.length);
    chosen.clear();
    for (let next = this.records; next < until; next++)
      chosen.append(null, rows.valueAt(order[next]!), rows.timestamp[order[next]!]!);
    facts.look(chosen);
    for (let row = 0; row < chosen.count; row++) {
      const time = chosen.timestamp[row]!;
      out.append(facts.key(row), chosen.valueAt(row), time === NO_TIME ? now : time);
    }
    this.records = until;
    return { done: until === order.length && this.failure === undefined, waitMillis: 0 };
  }

  position(): SourcePosition {
    return { records: this.records };
  }

  progress(): { readonly done: number; readonly total: number | undefined; readonly unit: 'records' } {
    return { done: this.records, total: this.order.length, unit: 'records' };
  }

  async close(): Promise<void> {
    this.rows = new RecordBuilder(1, 0);
    this.order = new Uint32Array(0);
  }

  private async load(): Promise<void> {
    const file = await FileRows.open(this.options, this.shape.schema);
    try {
      do this.collect(file);
      while (await file.more());
    } catch (error) {
      // The rows before it are sorted and given; then it is thrown.
      this.failure = error;
    } finally {
      await file.close();
    }
    if (this.rows.count === 0 && this.failure !== undefined) throw this.failure;
  }

  /** Adds the rows that have been read, each with its time. */
  private collect(file: FileRows): void {
    const { chosen, rows, facts } = this;
    chosen.clear();
    while (file.next()) chosen.append(null, file.value(), 0);
    facts.look(chosen);
    for (let row = 0; row < chosen.count; row++) {
      const time = facts.time(row);
      chosen.timestamp[row] = Number.isNaN(time) ? this.timeBefore(row) : time;
    }
    rows.appendAll(chosen);
    if (rows.length > MAX_BYTES) {
      throw new StreamJobError(
        'InputUnreadable',
        `cannot sort ${this.options.path}: it holds more than 1 GiB; sort it beforehand, or use order: file`,
      );
    }
  }

  private timeBefore(row: number): number {
    if (row > 0) return this.chosen.timestamp[row - 1]!;
    return this.rows.count === 0 ? NO_TIME : this.rows.timestamp[this.rows.count - 1]!;
  }
}
