/** Takes all that a task gives out and keeps it as plain values. */
import type { ColumnBatch, Field } from '../../job-runtime/engine/column.ts';
import type { Rejected, TaskOutput } from '../../job-runtime/engine/task-output.ts';
import type { JobPlan } from '../../job-runtime/engine/stage-plan.ts';
import type { Cell } from './columns.ts';
import { cellAt } from './columns.ts';

export class TaskResults implements TaskOutput {
  /** The cells of each row in the order of the plan's result fields. */
  readonly taken: Cell[][] = [];
  readonly windows: string[] = [];
  /** `reason partition/offset`. */
  readonly rejects: string[] = [];
  readonly messages: string[] = [];
  readonly duplicates: string[] = [];
  private readonly fields: readonly Field[];

  constructor({ resultFields }: Pick<JobPlan, 'resultFields'>) {
    this.fields = resultFields;
  }

  rows(batch: ColumnBatch): void {
    for (let i = 0; i < batch.selected; i++)
      this.taken.push(this.fields.map(({ slot }) => cellAt(batch.columns[slot]!, batch.rows[i]!)));
  }

  closed(start: number, end: number): void {
    this.windows.push(`[${start},${end})`);
  }

  rejected({ reason, partition, offset, message }: Rejected): void {
    this.rejects.push(`${reason} ${partition}/${offset}`);
    this.messages.push(message);
  }

  duplicate(partition: number, offset: number): void {
    this.duplicates.push(`${partition}/${offset}`);
  }

  /** The rows since the last call. */
  take(): Cell[][] {
    return this.taken.splice(0);
  }
}

/** Counts the rows and keeps none, for runs that are too long to be kept. */
export class RowCounter implements TaskOutput {
  count = 0;
  late = 0;
  /** The sum of one column, by its slot. */
  sum = 0;
  private readonly slot: number;

  constructor(slot = -1) {
    this.slot = slot;
  }

  rows(batch: ColumnBatch): void {
    this.count += batch.selected;
    const column = batch.columns[this.slot];
    if (column?.kind !== 'number') return;
    for (let i = 0; i < batch.selected; i++) this.sum += column.values[batch.rows[i]!]!;
  }

  closed(): void {}

  rejected({ reason }: Rejected): void {
    if (reason !== 'Late') throw new RangeError(`no record of this test is bad: ${reason}`);
    this.late++;
  }

  duplicate(): void {}
}
