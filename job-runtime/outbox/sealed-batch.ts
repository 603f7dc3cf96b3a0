/** Rows on their way to a sink, as the final bytes: whoever delivers them again delivers the same. */

export interface SealedBatch {
  /** The same rows have the same name in every attempt: it says run, task, window and part. */
  readonly name: string;
  readonly body: Uint8Array;
  readonly rows: number;
}
