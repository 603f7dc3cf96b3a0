/** Record batches from text, as a task gets them from the log. */
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import type { RecordBatch } from '../../job-runtime/record.ts';

export interface BatchPlace {
  readonly partition?: number;
  /** The offset of the first record. */
  readonly from?: number;
}

/** Values with the key that stands in their second column; null is a tombstone. */
export function batchOf(values: Iterable<string | null>, { partition = 0, from = 0 }: BatchPlace = {}): RecordBatch {
  const builder = new RecordBuilder();
  for (const value of values) {
    const key = value?.split(',')[1];
    builder.append(key === undefined ? null : Buffer.from(key), value === null ? null : Buffer.from(value), 0);
  }
  return builder.toBatch(partition, from);
}

/** What a stage wrote for one partition of the next, as that one reads it. */
export function messagesOf(messages: readonly Uint8Array[], { partition = 0, from = 0 }: BatchPlace = {}): RecordBatch {
  const builder = new RecordBuilder();
  for (const message of messages) builder.append(null, message, 0);
  return builder.toBatch(partition, from);
}
