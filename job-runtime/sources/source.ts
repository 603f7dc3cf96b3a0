/**
 * A source gives the records of a producer. It knows nothing of logs and partitions, and keeps no clock: the time is
 * an argument. Its position says where to go on, and is stored in the transaction of the records it gave.
 */

/** Takes one record; key and value are copied. `timestamp` is the record's time, milliseconds since the epoch. */
export interface RecordSink {
  append(key: Uint8Array | null, value: Uint8Array | null, timestamp: number): void;
}

/** A read may give fewer records than it is allowed to: no more than this, which keeps buffers small. */
export const MOST_AT_ONCE = 4096;

export interface ReadResult {
  /** No record will ever come again. */
  readonly done: boolean;
  /** Records become due only after so many milliseconds (pacing); 0: read on at once. */
  readonly waitMillis: number;
}

/**
 * Small JSON. `records` is the number of records before it, and a source goes on at any number of records, its other
 * members unchanged; those are opaque to everyone but the source that made them.
 */
export type SourcePosition = Readonly<Record<string, string | number>> & { readonly records: number };

export interface Source {
  /** Opens from the beginning, or from a position that this kind of source gave earlier. */
  open(position?: SourcePosition): Promise<void>;
  /**
   * Appends at most `max` records that are due at `now` to `out`, in order. Never fails with records appended: what was
   * read before a failure is given first, and the next call fails.
   */
  read(max: number, now: number, out: RecordSink): Promise<ReadResult>;
  /** The position after the last record that was read. */
  position(): SourcePosition;
  /** For a progress line: done and total in the same unit (records or bytes), total undefined if endless. */
  progress(): { readonly done: number; readonly total: number | undefined; readonly unit: 'records' | 'bytes' };
  close(): Promise<void>;
}
