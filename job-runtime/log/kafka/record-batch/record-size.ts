/** How many bytes records of a builder take in a batch, without writing them. */
import type { RecordBuilder } from '../../record-builder.ts';
import { RECORDS_AT } from './layout.ts';

/** Rows [from, to) of a builder. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Bytes of a zigzag varint of any integer below 2^53. */
function varintSize(value: number): number {
  const raw = value < 0 ? -2 * value - 1 : 2 * value;
  if (raw < 0x80) return 1;
  if (raw < 0x4000) return 2;
  if (raw < 0x200000) return 3;
  let size = 4;
  for (let rest = raw / 2 ** 28; rest >= 1; rest /= 0x80) size++;
  return size;
}

/** The record of `row` without the length in front of it, in a batch that begins with row `base`. */
export function recordSize(builder: RecordBuilder, row: number, base: number): number {
  const headerStart = builder.headerStart[row]!;
  return (
    1 +
    varintSize(builder.timestamp[row]! - builder.timestamp[base]!) +
    varintSize(row - base) +
    fieldSize(builder.keyStart[row]!, builder.keyEnd[row]!) +
    fieldSize(builder.valueStart[row]!, builder.valueEnd[row]!) +
    (headerStart < 0 ? 1 : builder.headerEnd[row]! - headerStart)
  );
}

/** The bytes of the batch that holds rows [from, to), not compressed. */
export function batchSize(builder: RecordBuilder, from: number, to: number): number {
  let size = RECORDS_AT;
  for (let row = from; row < to; row++) {
    const record = recordSize(builder, row, from);
    size += varintSize(record) + record;
  }
  return size;
}

/**
 * All rows of the builder as ranges whose batches take at most `maxBytes` each, as full as they can be; a record that is
 * larger comes alone. What is sent compressed is never larger than that.
 */
export function splitRows(builder: RecordBuilder, maxBytes: number): RowRange[] {
  const ranges: RowRange[] = [];
  let from = 0;
  let size = RECORDS_AT;
  for (let row = 0; row < builder.count; row++) {
    let record = recordSize(builder, row, from);
    if (row > from && size + varintSize(record) + record > maxBytes) {
      ranges.push({ from, to: row });
      from = row;
      size = RECORDS_AT;
      record = recordSize(builder, row, from);
    }
    size += varintSize(record) + record;
  }
  if (builder.count > from) ranges.push({ from, to: builder.count });
  return ranges;
}

function fieldSize(start: number, end: number): number {
  return start < 0 ? 1 : varintSize(end - start) + end - start;
}
