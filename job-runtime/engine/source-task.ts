/**
 * A task of the first stage: one partition of the source topic. Deterministic: what it gives out depends only on the
 * records it was fed, in their order, and on `now` for the bound on future timestamps. No clock, no I/O, no logger.
 */
import type { RecordBatch } from '../record.ts';
import { Arrival } from './arrival.ts';
import type { Field, RowErrorCode } from './column.ts';
import { ROW_ERROR_NAMES, RowError, ensureCapacity } from './column.ts';
import type { JobPlan } from './stage-plan.ts';
import { StageTask } from './stage-task.ts';
import type { RejectReason, TaskOutput } from './task-output.ts';

/** One line for people: which field, and what it should be. */
const PROBLEMS: Readonly<Record<RowErrorCode, (field: Field) => string>> = {
  [RowError.none]: () => '',
  [RowError.malformed]: () => 'the value is empty, not UTF-8, or not in the schema’s format with its number of columns',
  [RowError.missingField]: ({ name }) => `field ${name} is missing`,
  [RowError.badValue]: (field) => `field ${field.name} is no ${typeText(field)}`,
  [RowError.futureTimestamp]: ({ name }) => `field ${name} is further ahead of now than maxFuture allows`,
  [RowError.expressionError]: () => 'an expression fails on it',
};

function typeText({ type, format }: Field): string {
  const kind = type.kind === 'decimal' ? `decimal(${type.scale})` : type.kind;
  return format ? `${kind} of the format ${format}` : kind;
}

export class SourceTask extends StageTask {
  private readonly arrival: Arrival | undefined;
  private noTime = new Float64Array(0);

  constructor(plan: JobPlan, task: number, nextPartitions: number, output: TaskOutput) {
    super(plan, { stage: 0, task, nextPartitions }, output);
    const { eventTime, delay, maxFuture, window } = plan.rows;
    if (!eventTime) return;
    const options = { timeSlot: eventTime.slot, delay, maxFuture };
    this.arrival = new Arrival(window ? { ...options, lateness: window.lateness } : options);
  }

  /** −∞ before the first record; +∞ at the end of a finite input, and always where the job has no use for time. */
  get watermark(): number {
    return this.arrival ? this.arrival.watermark.value : Infinity;
  }

  onBatch(records: RecordBatch, now: number): void {
    if (records.count === 0) {
      this.moveBehind(records);
      return;
    }
    const { batch } = this.pipeline;
    ensureCapacity(batch, records.count);
    this.pipeline.decoder.decode(records, batch);
    const decoded = batch.selected;
    let late = 0;
    this.arrival?.observe(batch, now, (row) => {
      late++;
      this.reject(records, row, 'Late', 'its windows have closed');
    });
    this.counts.late += late;
    if (decoded < batch.count || batch.selected + late < decoded) this.rejectBad(records);
    this.sampleKey(records);
    this.pipeline.arrive(records, this.arrival?.reachedAt ?? this.timeless(batch.rows.length));
    this.moveBehind(records);
    this.advance();
  }

  /** Moves the watermark from outside: idleness, or +∞ at the end of a finite input. */
  raise(watermark: number): void {
    this.arrival?.raise(watermark);
    this.advance();
  }

  /** Without event time there is nothing to wait for. */
  protected closedBound(): number {
    return this.arrival?.closedBound() ?? Infinity;
  }

  protected get clockState(): Arrival | undefined {
    return this.arrival;
  }

  private advance(): void {
    if (this.arrival) this.pipeline.advance(this.arrival.closedBound());
  }

  private timeless(length: number): Float64Array {
    if (this.noTime.length < length) this.noTime = new Float64Array(length);
    return this.noTime;
  }

  private rejectBad(records: RecordBatch): void {
    const { batch } = this.pipeline;
    for (let row = 0; row < batch.count; row++) {
      const error = batch.error[row]!;
      if (error === 0) continue;
      this.counts.bad++;
      this.reject(records, row, ROW_ERROR_NAMES[error] as RejectReason, this.problem(row));
    }
  }

  /** What decodes and yet names no field is bad for its event time. */
  private problem(row: number): string {
    const { error, errorField } = this.pipeline.batch;
    const field = this.pipeline.decoder.fields[errorField[row]!] ?? this.plan.rows.eventTime!;
    return PROBLEMS[error[row] as RowErrorCode](field);
  }

  private reject(records: RecordBatch, row: number, reason: RejectReason, message: string): void {
    this.output.rejected({ reason, message, records, row, partition: records.partition, offset: records.offset[row]! });
  }

  /** One record of each batch: does its key hold what the manifest says? A plan that spares a shuffle relies on it. */
  private sampleKey(records: RecordBatch): void {
    const { batch } = this.pipeline;
    const { declaredKey } = this.plan.rows;
    if (!declaredKey || batch.selected === 0) return;
    const row = batch.rows[0]!;
    const declared = declaredKey.write(batch, row);
    const start = records.keyStart[row]!;
    let same = start >= 0 && records.keyEnd[row]! - start === declared.length;
    for (let i = 0; same && i < declared.length; i++) same = records.bytes[start + i] === declared[i];
    if (!same) this.counts.keyMismatches++;
  }
}
