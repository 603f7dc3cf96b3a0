/**
 * Collects the result rows of one task, as bytes from the start, and seals them into batches for a sink outside Kafka:
 * per closed window, or by rows and bytes where rows have no common window. Where a batch ends depends on the rows
 * alone, not on how they came; only sealOpen, which long runs call by age, is the caller's choice.
 *
 * What is sealed is part of the task's state until it is taken, so nothing is lost or delivered in two forms.
 */
import { gzipSync } from 'node:zlib';
import type { BinaryReader, BinaryWriter } from '../engine/binary.ts';
import type { ColumnBatch } from '../engine/column.ts';
import { STATE_VERSION, checkVersion } from '../engine/state-version.ts';
import { ByteWriter } from '../formats/byte-writer.ts';
import type { RowEncoder } from '../formats/row-encoder.ts';
import type { BatchNames } from './batch-names.ts';
import type { RowTarget } from './row-target.ts';
import type { SealedBatch } from './sealed-batch.ts';

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

interface Part {
  readonly body: Uint8Array;
  readonly rows: number;
}

export class Outbox implements RowTarget {
  private readonly plan: OutboxPlan;
  private readonly maxBytes: number;
  private readonly open = new ByteWriter(4096);
  private rowsInOpen = 0;
  /** Full parts of the window whose rows are coming: they get their names when it closes. */
  private parts: Part[] = [];
  private nextPart = 0;
  private sealed: SealedBatch[] = [];
  private isPartial = false;

  constructor(plan: OutboxPlan) {
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
    this.parts.forEach((part, index) => {
      this.sealed.push({ name: this.plan.names.ofWindow(start, end, index, this.isPartial), ...part });
    });
    this.parts = [];
  }

  /** Seals the rows that are in no batch yet, because they have waited long enough. */
  sealOpen(): void {
    if (this.plan.byWindow && this.rowsInOpen + this.parts.length > 0) throw new Error('rows came outside a window');
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

  /** The batches sealed since the last call, in order. They are the caller's from here on. */
  take(): SealedBatch[] {
    const taken = this.sealed;
    this.sealed = [];
    return taken;
  }

  /** Everything that is not taken. */
  snapshot(out: BinaryWriter): void {
    out.varint(STATE_VERSION);
    out.varint(this.nextPart);
    out.varint(this.rowsInOpen);
    out.blob(this.open.bytes, 0, this.rowsInOpen === 0 ? 0 : this.open.length);
    writeParts(this.parts, out);
    writeParts(this.sealed, out);
    for (const { name } of this.sealed) out.string(name);
  }

  restore(from: BinaryReader): void {
    checkVersion(from.varint());
    this.nextPart = from.varint();
    this.rowsInOpen = from.varint();
    const size = from.skipBlob();
    this.open.clear();
    this.open.slice(from.bytes, from.at - size, from.at);
    this.parts = readParts(from);
    this.sealed = readParts(from).map((part) => ({ ...part, name: from.string() }));
  }

  private startPart(): void {
    this.open.clear();
    if (!this.plan.header) return;
    this.plan.encoder.header(this.open);
    this.open.byte(NEWLINE);
  }

  private closePart(): void {
    const part = { body: this.packed(), rows: this.rowsInOpen };
    this.rowsInOpen = 0;
    if (this.plan.byWindow) this.parts.push(part);
    else this.sealed.push({ name: this.plan.names.running(this.nextPart++, this.isPartial), ...part });
  }

  /** The same bytes give the same body: node writes no time into the header, and the level is fixed. */
  private packed(): Uint8Array {
    if (!this.plan.gzip) return this.open.toBytes();
    const body = new Uint8Array(gzipSync(this.open.bytes.subarray(0, this.open.length), { level: 6 }));
    body[GZIP_SYSTEM] = UNKNOWN_SYSTEM;
    return body;
  }
}

function writeParts(parts: readonly Part[], out: BinaryWriter): void {
  out.varint(parts.length);
  for (const { rows, body } of parts) {
    out.varint(rows);
    out.blob(body);
  }
}

function readParts(from: BinaryReader): Part[] {
  return Array.from({ length: from.varint() }, () => ({ rows: from.varint(), body: from.blob() }));
}
