/**
 * The way of rows through one stage: steps as they arrive, a hold until they are in order where a step needs it, the
 * steps behind it, then the window, the next stage or the sink.
 */
import type { Decoder } from '../formats/decoder.ts';
import type { RecordBatch } from '../record.ts';
import type { BinaryReader } from './binary.ts';
import type { ColumnBatch } from './column.ts';
import { createColumnBatch, ensureCapacity } from './column.ts';
import { FrameKind, FrameWriter, partitionOfHash } from './exchange/frames.ts';
import { GroupKey } from './group-key.ts';
import type { ReleasedRecords } from './held-records.ts';
import { HeldRecords } from './held-records.ts';
import { hashBytes } from './key-table.ts';
import type { JobPlan, RowPlan, StagePlan, StepPlan } from './stage-plan.ts';
import type { StatefulOperator, StepOperator, StepOutput } from './steps/operator.ts';
import { isStateful } from './steps/operator.ts';
import type { TaskCounts, TaskOutput } from './task-output.ts';
import { Section } from './task-state.ts';
import type { StatePart } from './task-state.ts';
import type { StageWindow } from './window/stage-window.ts';
import { createStageWindow } from './window/create-window.ts';

/** Where a task stands in its job. */
export interface TaskPlace {
  /** Index of the stage in the plan. */
  readonly stage: number;
  readonly task: number;
  /** Partitions of the topic that the next stage reads; 0 in the last stage. */
  readonly nextPartitions: number;
}

/** A step at work, with what it tells of the rows that it takes out. */
interface RunningStep {
  /** Place in spec.steps. */
  readonly index: number;
  readonly operator: StepOperator;
  readonly output: StepOutput;
}

export class StagePipeline {
  /** Rows between decoding and the end of the steps. */
  readonly batch: ColumnBatch;
  readonly decoder: Decoder;
  private readonly rows: RowPlan;
  private readonly stage: StagePlan;
  private readonly output: TaskOutput;
  private readonly counts: TaskCounts;
  private readonly arriving: readonly RunningStep[];
  private readonly ordered: readonly RunningStep[];
  /** The steps with memory, in their order. */
  private readonly stateful: readonly StatefulOperator[];
  private readonly held: HeldRecords | undefined;
  private readonly window: StageWindow | undefined;
  private readonly frames: readonly FrameWriter[];
  private readonly shuffleKey: GroupKey;
  private notClosed = new Float64Array(0);
  /** The records behind `batch`, for those that are rejected. */
  private records: RecordBatch | undefined;

  constructor(plan: JobPlan, place: TaskPlace, output: TaskOutput, counts: TaskCounts) {
    const { rows } = plan;
    const stage = plan.stages[place.stage]!;
    this.rows = rows;
    this.stage = stage;
    this.output = output;
    this.counts = counts;
    this.decoder = rows.createDecoder();
    this.batch = createColumnBatch(
      rows.columns.map((field) => field.type),
      256,
    );
    this.arriving = stage.arriving.map((step) => this.start(step));
    this.ordered = (stage.ordered ?? []).map((step) => this.start(step));
    this.stateful = [...this.arriving, ...this.ordered].map(({ operator }) => operator).filter(isStateful);
    this.held = stage.ordered ? new HeldRecords() : undefined;
    this.shuffleKey = new GroupKey(stage.shuffleBy);
    this.window =
      rows.window && stage.output !== 'records'
        ? createStageWindow(rows.window, (batch) => this.giveOut(batch), output)
        : undefined;
    const kind = stage.output === 'records' ? FrameKind.records : FrameKind.groups;
    this.frames =
      stage.output === 'rows'
        ? []
        : Array.from({ length: place.nextPartitions }, () => new FrameWriter(kind, place.task));
  }

  /** Rows of a source partition, decoded into `batch` and in time. */
  arrive(records: RecordBatch, reachedAt: Float64Array): void {
    this.records = records;
    this.run(this.arriving, reachedAt);
    if (!this.held) this.deliver(records, reachedAt);
    else this.hold(records, this.held);
  }

  /** Records from the stage before. */
  takeRecords(from: BinaryReader): void {
    while (!from.done) this.held!.read(from);
  }

  /** Groups from the stage before. */
  takeGroups(from: BinaryReader): void {
    this.window!.mergeFrom(from);
  }

  /** No row before `bound` will come any more: releases held records, forgets and closes what that allows. */
  advance(bound: number): void {
    this.held?.release(bound, (released) => this.release(released));
    for (const operator of this.stateful) operator.advance(bound);
    if (this.stage.output === 'rows') this.window?.closeUpTo(bound);
  }

  /** What the next stage gets, per partition: everything since the last call. */
  commit(): Uint8Array[][] {
    if (this.stage.output === 'groups') this.window!.flush(this.frames);
    else if (this.rows.window?.updates && this.stage.output === 'rows') this.window?.giveOutChanged();
    return this.frames.map((frame) => frame.take());
  }

  /** The end of the last open window, of a held record's too; idle clocks run no further. */
  lastOpenEnd(): number {
    const ofHeld = this.held && this.held.count > 0 ? this.rows.window!.lastEnd(this.held.latest) : -Infinity;
    return Math.max(ofHeld, this.window?.lastOpenEnd() ?? -Infinity);
  }

  /** All that a restore needs, in the order of the plan. */
  stateParts(): StatePart[] {
    const { held, window, output } = this;
    const parts: StatePart[] = [...this.arriving, ...this.ordered].flatMap(({ index, operator }) =>
      isStateful(operator) ? { section: Section.firstStep + index, state: operator } : [],
    );
    if (held) parts.push({ section: Section.held, state: held });
    if (window && this.stage.output === 'rows') parts.push({ section: Section.window, state: window });
    if (output.state && this.stage.output === 'rows') parts.push({ section: Section.output, state: output.state });
    return parts;
  }

  private start(step: StepPlan): RunningStep {
    return {
      index: step.index,
      operator: step.create(),
      output: {
        duplicate: (batch, row) => {
          this.counts.duplicates++;
          this.output.duplicate(batch.partition[row]!, batch.offset[row]!);
        },
        failed: (batch, row) => {
          this.counts.bad++;
          const message = `step ${step.name}: its expression fails on this record`;
          const origin = { partition: batch.partition[row]!, offset: batch.offset[row]! };
          this.output.rejected({ reason: 'ExpressionError', message, records: this.records!, row, ...origin });
        },
      },
    };
  }

  private run(steps: readonly RunningStep[], reachedAt: Float64Array): void {
    const { batch, counts } = this;
    for (const { operator, output } of steps) {
      if (batch.selected === 0) return;
      const before = batch.selected + counts.bad + counts.duplicates;
      operator.apply(batch, reachedAt, output);
      counts.filtered += before - batch.selected - counts.bad - counts.duplicates;
    }
  }

  private hold(records: RecordBatch, held: HeldRecords): void {
    const { batch } = this;
    for (let i = 0; i < batch.selected; i++) {
      const row = batch.rows[i]!;
      held.hold(records, batch, row);
    }
  }

  private release({ batch: records, partition, eventTime }: ReleasedRecords): void {
    const { batch } = this;
    ensureCapacity(batch, records.count);
    this.decoder.decode(records, batch);
    batch.partition.set(partition);
    batch.eventTime.set(eventTime);
    this.records = records;
    if (this.notClosed.length < batch.rows.length) this.notClosed = new Float64Array(batch.rows.length).fill(-Infinity);
    this.run(this.ordered, this.notClosed);
    this.deliver(records, this.notClosed);
  }

  private deliver(records: RecordBatch, reachedAt: Float64Array): void {
    const { batch } = this;
    if (batch.selected === 0) return;
    if (this.stage.output === 'records') this.shuffle(records);
    else if (this.window) this.window.fold(batch, reachedAt);
    else this.giveOut(batch);
  }

  private shuffle(records: RecordBatch): void {
    const { batch, shuffleKey, frames } = this;
    for (let i = 0; i < batch.selected; i++) {
      const row = batch.rows[i]!;
      const length = shuffleKey.encode(batch, row);
      const hash = hashBytes(shuffleKey.bytes, 0, length);
      const frame = frames[partitionOfHash(hash, frames.length)]!;
      HeldRecords.write(records, batch, row, frame.body);
      frame.boundary();
    }
  }

  private giveOut(batch: ColumnBatch): void {
    this.counts.rows += batch.selected;
    this.output.rows(batch);
  }
}
