/**
 * A task of the first stage: one partition of the source topic. Deterministic: what it gives out depends only on the
 * records it was fed, in their order, and on `now` for the bound on future timestamps. No clock, no I/O, no logger.
 */
import type { RecordBatch } from '../record.ts';
import { Arrival } from './arrival.ts';
import { BinaryReader, BinaryWriter } from './binary.ts';
import { ROW_ERROR_NAMES, ensureCapacity } from './column.ts';
import { watermarkFrame } from './exchange/frames.ts';
import type { JobPlan } from './stage-plan.ts';
import { StagePipeline } from './stage-pipeline.ts';
import { STATE_VERSION, checkVersion } from './state-version.ts';
import type { RejectReason, TaskCounts, TaskOutput } from './task-output.ts';
import type { Task } from './task.ts';
import { zeroCounts } from './task-output.ts';
import type { Decoder } from '../formats/decoder.ts';

export class SourceTask implements Task {
  readonly counts: TaskCounts = zeroCounts();
  position = 0;
  private readonly plan: JobPlan;
  private readonly task: number;
  private readonly output: TaskOutput;
  private readonly decoder: Decoder;
  private readonly arrival: Arrival | undefined;
  private readonly pipeline: StagePipeline;
  private sentBound = -Infinity;
  private noTime = new Float64Array(0);

  constructor(plan: JobPlan, task: number, nextPartitions: number, output: TaskOutput) {
    const { rows } = plan;
    this.plan = plan;
    this.task = task;
    this.output = output;
    this.decoder = rows.createDecoder();
    this.pipeline = new StagePipeline(rows, plan.stages[0]!, this.decoder, nextPartitions, task, output, this.counts);
    if (rows.eventTime) {
      const { delay, maxFuture, window } = rows;
      const options = { timeSlot: rows.eventTime.slot, delay, maxFuture };
      this.arrival = new Arrival(window ? { ...options, lateness: window.lateness } : options);
    }
  }

  /** −∞ before the first record; +∞ at the end of a finite input, and always where the job has no use for time. */
  get watermark(): number {
    return this.arrival ? this.arrival.watermark.value : Infinity;
  }

  onBatch(records: RecordBatch, now: number): void {
    const { batch } = this.pipeline;
    ensureCapacity(batch, records.count);
    this.counts.records += records.count;
    this.decoder.decode(records, batch);
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
    this.position = records.offset[records.count - 1]! + 1;
    this.advance();
  }

  /** Moves the watermark from outside: idleness, or +∞ at the end of a finite input. */
  raise(watermark: number): void {
    this.arrival?.raise(watermark);
    this.advance();
  }

  commit(): Uint8Array[][] {
    const messages = this.pipeline.commit();
    const bound = this.arrival?.closedBound() ?? Infinity;
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
    this.arrival?.snapshot(out);
    this.pipeline.snapshot(out);
    return out.toBytes();
  }

  restore(state: Uint8Array): void {
    const from = new BinaryReader(state);
    checkVersion(from.byte());
    this.position = from.varint();
    this.sentBound = from.double();
    this.arrival?.restore(from);
    this.pipeline.restore(from);
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
      this.reject(records, row, ROW_ERROR_NAMES[error] as RejectReason, this.problem(batch.errorField[row]!));
    }
  }

  private problem(field: number): string {
    const { name, type, format } = this.decoder.fields[field] ??
      this.plan.rows.eventTime ?? { name: '', type: undefined, format: undefined };
    if (field < 0) return 'the record as a whole';
    return `field ${name} (${type!.kind}${format ? ` ${format}` : ''})`;
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
