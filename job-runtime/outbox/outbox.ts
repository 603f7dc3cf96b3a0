/**
 * Collects the result rows of one task, as bytes from the start, and seals them into batches for a sink outside Kafka:
 * per closed window, or by rows and bytes where rows have no common window. Where a batch ends depends on the rows
 * alone, not on how they came; only sealOpen, which long runs call by age, is the caller's choice.
 *
 * What is sealed is part of the task's state until it is delivered, so nothing is lost or delivered in two forms. For
 * that, whoever runs the task takes the batches right before the changes of the same commit are written, delivers them
 * once that commit is known to have succeeded, and says so with `delivered` before a later commit. After a restore,
 * `take` gives all that are not known to be delivered, as they were; sinks recognise a second delivery by its name.
 */
import { gzipSync } from 'node:zlib';
import type { ColumnBatch } from '../engine/column.ts';
import type { RowEncoder } from '../formats/row-encoder.ts';
import type { BatchNames } from './batch-names.ts';
import type { RowTarget } from './row-target.ts';
import { Undelivered } from './undelivered.ts';

/** A batch ends at this size too, since it is held in memory and written at once. */
const MAX_BYTES = 64 * 2 ** 20;
const NEWLINE = 10;
/** Where a gzip header names the file system, and "unknown": otherwise the same rows differ between platforms. */
const GZIP_SYSTEM = 9;
const UNKNOWN_SYSTEM = 255;

export interface OutboxPlan {
  readonly names: BatchNames;
  readonly encoder: RowEncoder;
  /** Each batch starts with the encoder's header. */
  readonly header: boolean;
  readonly gzip: boolean;
  /** Rows come window by window, each followed by windowClosed. False: batches run on, whatever the windows. */
  readonly byWindow: boolean;
  readonly maxRows: number;
  readonly maxBytes?: number;
}

export class Outbox extends Undelivered implements RowTarget {
  private readonly plan: OutboxPlan;
  private readonly maxBytes: number;
  private isPartial = false;

  constructor(plan: OutboxPlan) {
    super();
    this.plan = plan;
    this.maxBytes = plan.maxBytes ?? MAX_BYTES;
  }

  /** Rows that are in no batch yet: while there are some, their age counts. */
  get openRows(): number {
    return this.rowsInOpen;
  }

  rows(batch: ColumnBatch): void {
    const { open, maxBytes } = this;
    const { encoder, maxRows } = this.plan;
    for (let i = 0; i < batch.selected; i++) {
      if (this.rowsInOpen === 0) this.startPart();
      encoder.row(batch, batch.rows[i]!, open);
      open.byte(NEWLINE);
      this.rowsInOpen++;
      if (this.rowsInOpen >= maxRows || open.length >= maxBytes) this.closePart();
    }
  }

  windowClosed(start: number, end: number): void {
    if (!this.plan.byWindow) return;
    if (this.rowsInOpen > 0) this.closePart();
    this.nameAll((part) => this.plan.names.ofWindow(start, end, part, this.isPartial));
  }

  /** Seals the rows that are in no batch yet, because they have waited long enough. */
  sealOpen(): void {
    if (this.plan.byWindow && this.rowsInOpen + this.nameless > 0) throw new Error('rows came outside a window');
    if (this.rowsInOpen > 0) this.closePart();
  }

  /** The input has ended, and every window is closed. */
  end(): void {
    this.sealOpen();
  }

  /** What is sealed from now on was cut short (a run that was stopped), and its name says so. */
  labelPartial(): void {
    this.sealOpen();
    this.isPartial = true;
  }

  private startPart(): void {
    this.startOpen();
    if (!this.plan.header) return;
    this.plan.encoder.header(this.open);
    this.open.byte(NEWLINE);
  }

  /** Parts of a window get their names when it closes. */
  private closePart(): void {
    const { byWindow, names } = this.plan;
    this.close(this.packed(), byWindow ? '' : names.running(this.namedRunning++, this.isPartial));
  }

  /** The same bytes give the same body: node writes no time into the header, and the level is fixed. */
  private packed(): Uint8Array {
    if (!this.plan.gzip) return this.open.toBytes();
    const body = new Uint8Array(gzipSync(this.open.bytes.subarray(0, this.open.length), { level: 6 }));
    body[GZIP_SYSTEM] = UNKNOWN_SYSTEM;
    return body;
  }
}
