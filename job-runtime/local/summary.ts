/** What a local run tells while it goes on and when it is done. */
import type { RejectReason } from '../engine/task-output.ts';

export interface RunProgress {
  /** Records read from the source topic so far, by all tasks together. */
  readonly records: number;
  /** How far the producer is: records or bytes of its input; total undefined where there is no end. */
  readonly source: { readonly done: number; readonly total: number | undefined; readonly unit: 'records' | 'bytes' };
  readonly rows: number;
  readonly late: number;
  readonly bad: number;
  /** The slowest task's watermark, milliseconds; −∞ before the first record, +∞ at the end or without event time. */
  readonly watermark: number;
}

export interface RunSummary {
  readonly records: number;
  readonly filtered: number;
  readonly duplicates: number;
  readonly rows: number;
  /** Bad records and, where they are dead-lettered or not, late ones. */
  readonly rejected: ReadonlyMap<RejectReason, number>;
  /** Sampled records whose key is not what the manifest declares: results may be wrong. */
  readonly keyMismatches: number;
  /** Windows that a stop cut short were given out, and are labelled as partial. */
  readonly stopped: boolean;
  /** One line each: where the results are (`12 files in out/demo`, `3 records in topic x`). */
  readonly outputs: readonly string[];
  /** The id of a run on a cluster, which can go on later; undefined: the run's log ended with it. */
  readonly run: string | undefined;
  readonly deadLetters: { readonly count: number; readonly path: string | undefined };
}
