/** What a task tells the world: result rows, what it rejects, and counts. The runtime decides what becomes of each. */
import type { RecordBatch } from '../record.ts';
import type { ChangingState } from './changes.ts';
import type { ColumnBatch } from './column.ts';
import type { WindowOutput } from './window/stage-window.ts';

export type RejectReason = 'Malformed' | 'MissingField' | 'BadValue' | 'FutureTimestamp' | 'ExpressionError' | 'Late';

/** A record that goes no further. Its bytes are valid during the call only. */
export interface Rejected {
  readonly reason: RejectReason;
  /** One line for people: what is wrong with the record. */
  readonly message: string;
  readonly records: RecordBatch;
  readonly row: number;
  /** Source partition and offset. */
  readonly partition: number;
  readonly offset: number;
}

export interface TaskOutput extends WindowOutput {
  /** What the output keeps of the rows between commits: a part of the task's state. Read when the task is made. */
  readonly state?: ChangingState | undefined;
  /** Result rows batch.rows[0, selected), in order; overwritten after the call. */
  rows(batch: ColumnBatch): void;
  rejected(rejected: Rejected): void;
  duplicate(partition: number, offset: number): void;
}

/** Running totals since the task was made. */
export interface TaskCounts {
  records: number;
  filtered: number;
  duplicates: number;
  late: number;
  bad: number;
  keyMismatches: number;
  rows: number;
}

export function zeroCounts(): TaskCounts {
  return { records: 0, filtered: 0, duplicates: 0, late: 0, bad: 0, keyMismatches: 0, rows: 0 };
}
