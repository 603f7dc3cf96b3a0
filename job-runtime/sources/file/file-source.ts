/**
 * Replays a file in file order, in bounded memory. Goes on from a position by reading again and skipping: the records
 * of a gzip file cannot be reached otherwise.
 */
import { RecordBuilder } from '../../log/record-builder.ts';
import { RecordFacts, type RecordShape } from '../record-facts.ts';
import { MOST_AT_ONCE, type ReadResult, type RecordSink, type Source, type SourcePosition } from '../source.ts';
import { FileRows, type FileOptions } from './file-rows.ts';

export class FileSource implements Source {
  private readonly options: FileOptions;
  private readonly shape: RecordShape;
  private readonly facts: RecordFacts;
  private readonly collected = new RecordBuilder();
  private rows: FileRows | undefined;
  private records = 0;
  /** Time of the row before: that of a row whose own does not parse. */
  private lastTime = NaN;
  private failure: unknown;

  constructor(options: FileOptions, shape: RecordShape) {
    this.options = options;
    this.shape = shape;
    this.facts = new RecordFacts(shape, true);
  }

  async open(position?: SourcePosition): Promise<void> {
    const rows = await FileRows.open(this.options, this.shape.schema);
    this.rows = rows;
    const from = position?.records ?? 0;
    for (this.records = 0; this.records < from;) {
      if (rows.next()) this.records++;
      else if (!(await rows.more())) return;
    }
  }

  async read(max: number, now: number, out: RecordSink): Promise<ReadResult> {
    if (this.failure !== undefined) throw this.failure;
    const isAtEnd = await this.collect(Math.min(max, MOST_AT_ONCE));
    this.give(now, out);
    return { done: isAtEnd && this.failure === undefined, waitMillis: 0 };
  }

  position(): SourcePosition {
    return { records: this.records };
  }

  progress(): { readonly done: number; readonly total: number | undefined; readonly unit: 'bytes' } {
    return { ...(this.rows?.progress() ?? { done: 0, total: undefined }), unit: 'bytes' };
  }

  async close(): Promise<void> {
    await this.rows?.close();
    this.rows = undefined;
  }

  /** Reads up to `max` rows; true at the end of the file. A failure behind rows of this call is kept for the next. */
  private async collect(max: number): Promise<boolean> {
    const rows = this.rows!;
    const { collected } = this;
    collected.clear();
    try {
      while (collected.count < max) {
        if (rows.next()) collected.append(null, rows.value(), 0);
        else if (!(await rows.more())) return true;
      }
    } catch (error) {
      if (collected.count === 0) throw error;
      this.failure = error;
    }
    return false;
  }

  private give(now: number, out: RecordSink): void {
    const { collected, facts } = this;
    facts.look(collected);
    for (let row = 0; row < collected.count; row++) {
      const time = facts.time(row);
      if (!Number.isNaN(time)) this.lastTime = time;
      out.append(facts.key(row), collected.valueAt(row), Number.isNaN(this.lastTime) ? now : this.lastTime);
    }
    this.records += collected.count;
  }
}
