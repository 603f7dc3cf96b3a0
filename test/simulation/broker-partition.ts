/**
 * A partition as a broker keeps it: records of open, committed and aborted transactions, and a marker where one ended.
 * Committed readers see what lies before the first open transaction.
 */
import { StreamJobError } from '../../job-runtime/errors.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import type { RecordBatch } from '../../job-runtime/record.ts';

export interface Entry {
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Uint8Array | null;
  readonly timestamp: number;
  readonly transaction: object | undefined;
  fate: 'open' | 'committed' | 'aborted' | 'marker';
}

export class BrokerPartition {
  start = 0;
  readonly name: string;
  readonly index: number;
  private readonly entries: Entry[] = [];
  private stable = 0;

  constructor(name: string, index: number) {
    this.name = name;
    this.index = index;
  }

  get end(): number {
    return this.entries.length;
  }

  /** Committed records end here. */
  get lastStable(): number {
    while (this.stable < this.end && this.entries[this.stable]!.fate !== 'open') this.stable++;
    return this.stable;
  }

  /** Every committed record there ever was, deleted ones too. */
  committed(): readonly Entry[] {
    return this.entries.filter(({ fate }) => fate === 'committed');
  }

  /** Gives the offset of the first record. `transaction`: undefined for a record that needs none. */
  append(builder: RecordBuilder, transaction: object | undefined): number {
    const first = this.end;
    for (let row = 0; row < builder.count; row++) {
      this.entries.push({
        offset: this.end,
        key: builder.keyAt(row)?.slice() ?? null,
        value: builder.valueAt(row)?.slice() ?? null,
        headers: headersAt(builder, row),
        timestamp: builder.timestamp[row]!,
        transaction,
        fate: transaction ? 'open' : 'committed',
      });
    }
    return first;
  }

  /** The transaction has ended here. */
  mark(transaction: object, fate: 'committed' | 'aborted'): void {
    for (let at = this.lastStable; at < this.end; at++) {
      const entry = this.entries[at]!;
      if (entry.transaction === transaction) entry.fate = fate;
    }
    const nothing = { key: null, value: null, headers: null, timestamp: 0, transaction: undefined };
    this.entries.push({ offset: this.end, ...nothing, fate: 'marker' });
  }

  fetch(offset: number, maxBytes: number): RecordBatch | undefined {
    if (offset < this.start || offset > this.end)
      throw new StreamJobError(
        'OffsetOutOfRange',
        `${this.name}: offset ${offset} is outside ${this.start} to ${this.end}`,
      );
    const { lastStable } = this;
    if (lastStable <= offset) return undefined;
    const builder = new RecordBuilder(8, 512);
    const offsets: number[] = [];
    let next = offset;
    for (; next < lastStable; next++) {
      const entry = this.entries[next]!;
      if (entry.fate !== 'committed') continue;
      if (builder.length + sizeOf(entry) > maxBytes && offsets.length > 0) break;
      builder.append(entry.key, entry.value, entry.timestamp);
      if (entry.headers) builder.setHeaders(entry.headers, 0, entry.headers.length);
      offsets.push(next);
    }
    return { ...builder.toBatch(this.index, 0), offset: Float64Array.from(offsets), nextOffset: next };
  }

  offsetAt(timestamp: number): number {
    const found = this.entries.find(
      ({ offset, fate, timestamp: at }) => offset >= this.start && fate === 'committed' && at >= timestamp,
    );
    return found?.offset ?? this.end;
  }

  deleteBelow(before: number): void {
    if (before > this.end)
      throw new StreamJobError('OffsetOutOfRange', `${this.name}: cannot delete up to ${before} of ${this.end}`);
    this.start = Math.max(this.start, before);
  }

  /** As after a crash of the broker, which writes the start down once a minute. */
  startGoesBack(to: number): void {
    this.start = Math.min(this.start, to);
  }
}

function headersAt({ headerStart, headerEnd, bytes }: RecordBuilder, row: number): Uint8Array | null {
  return headerStart[row]! < 0 ? null : bytes.slice(headerStart[row], headerEnd[row]);
}

const sizeOf = ({ key, value }: Entry): number => (key?.length ?? 0) + (value?.length ?? 0);
