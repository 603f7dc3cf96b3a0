/**
 * What an outbox keeps in the task's state: the batches that are not known to be delivered, and the rows that are in no
 * batch yet. Batches are numbered; that those below some number are delivered, and which are closed, says the closing
 * state, so nothing here needs a tombstone.
 *
 * Entry: a tag and the number of the batch, then: 0, 1: a piece of its open or of its sealed bytes; 2: its rows, its
 * size and its name (empty: its window is still open).
 */
import type { BinaryReader, BinaryWriter } from '../engine/binary.ts';
import type { ChangeWriter, ChangingState } from '../engine/changes.ts';
import { writtenTo } from '../engine/changes.ts';
import { ByteWriter } from '../formats/byte-writer.ts';
import { Pieces } from './pieces.ts';
import type { SealedBatch } from './sealed-batch.ts';

const OPEN_PIECE = 0;
const SEALED_PIECE = 1;
const FACTS = 2;
/** About what a batch takes beside its bytes. */
const FACTS_BYTES = 100;

interface Facts {
  readonly rows: number;
  readonly size: number;
  readonly name: string;
  readonly chunk: number;
}

/** A batch with its bytes as they will be delivered. */
interface Closed {
  readonly body: Uint8Array;
  readonly rows: number;
  readonly name: string;
  readonly pieces: Pieces;
  /** When rows, size and name were written (see writtenTo); 0: not as they are. */
  readonly factsWritten: number;
}

/** What was read of a batch so far. */
interface Read {
  readonly open: Map<number, { bytes: Uint8Array; chunk: number }>;
  readonly sealed: Map<number, { bytes: Uint8Array; chunk: number }>;
  facts: Facts | undefined;
}

export abstract class Undelivered implements ChangingState {
  protected open = new ByteWriter(4096);
  protected rowsInOpen = 0;
  /** How many batches had names of their own, without a window. */
  protected namedRunning = 0;
  /** In order. The first `named` have a name, the first `taken` of these were taken; the window of the rest is open. */
  private closed: Closed[] = [];
  private named = 0;
  private taken = 0;
  /** The number of the first batch that is not delivered. */
  private first = 0;
  private openPieces = new Pieces();
  private readonly read = new Map<number, Read>();
  private openLength = 0;
  private closedCount = 0;

  /** The batches sealed since the last call, in order. They stay in the state until they are delivered. */
  take(): SealedBatch[] {
    const batches = this.closed.slice(this.taken, this.named).map(({ name, body, rows }) => ({ name, body, rows }));
    this.taken = this.named;
    return batches;
  }

  /** The first `count` of the batches that were taken and not yet said to be delivered, are: they leave the state. */
  delivered(count: number): void {
    if (count > this.taken) throw new RangeError(`${count} batches delivered, but only ${this.taken} taken`);
    this.closed.splice(0, count);
    this.first += count;
    this.named -= count;
    this.taken -= count;
  }

  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    this.closed.forEach((batch, index) => {
      const number = this.first + index;
      if (batch.factsWritten <= rewriteBefore) this.closed[index] = writeFacts(batch, number, out);
      const bytes = { bytes: batch.body, length: batch.body.length };
      batch.pieces.write(out, rewriteBefore, bytes, () => writeName(SEALED_PIECE, number, out));
    });
    const bytes = { bytes: this.open.bytes, length: this.lengthOfOpen() };
    const number = this.first + this.closed.length;
    this.openPieces.write(out, rewriteBefore, bytes, () => writeName(OPEN_PIECE, number, out));
  }

  applyChanges(from: BinaryReader, chunk: number): void {
    while (!from.done) {
      const tag = from.varint();
      const batch = this.readOf(from.varint());
      if (tag === FACTS) batch.facts = { rows: from.varint(), size: from.varint(), name: from.string(), chunk };
      else (tag === OPEN_PIECE ? batch.open : batch.sealed).set(from.varint(), { bytes: from.blob(), chunk });
    }
  }

  writeClosing(out: BinaryWriter): void {
    out.varint(this.first);
    out.varint(this.closed.length);
    out.varint(this.namedRunning);
    out.varint(this.rowsInOpen);
    out.varint(this.lengthOfOpen());
  }

  applyClosing(from: BinaryReader): void {
    this.first = from.varint();
    this.closedCount = from.varint();
    this.namedRunning = from.varint();
    this.rowsInOpen = from.varint();
    this.openLength = from.varint();
    for (const number of this.read.keys()) if (number < this.first) this.read.delete(number);
  }

  endRestore(): void {
    this.closed = Array.from({ length: this.closedCount }, (_, index) => closedFrom(this.readOf(this.first + index)));
    this.named = this.closed.filter(({ name }) => name !== '').length;
    const { pieces, bytes } = Pieces.from(this.readOf(this.first + this.closedCount).open, this.openLength);
    this.openPieces = pieces;
    this.open.clear();
    this.open.slice(bytes, 0, bytes.length);
    this.read.clear();
  }

  liveBytes(): number {
    return this.closed.reduce((sum, { body }) => sum + body.length + FACTS_BYTES, this.lengthOfOpen());
  }

  /** Rows from here on are a new batch. */
  protected startOpen(): void {
    this.open.clear();
    this.openPieces.clear();
  }

  /** The open rows are a batch with these bytes; its name is empty while its window is open. */
  protected close(body: Uint8Array, name: string): void {
    this.closed.push({ body, rows: this.rowsInOpen, name, pieces: new Pieces(), factsWritten: 0 });
    if (name !== '') this.named = this.closed.length;
    this.rowsInOpen = 0;
    this.openPieces.clear();
  }

  /** Batches whose window is still open. */
  protected get nameless(): number {
    return this.closed.length - this.named;
  }

  /** Gives the batches without a name theirs. */
  protected nameAll(nameOf: (part: number) => string): void {
    for (let at = this.named, part = 0; at < this.closed.length; at++, part++)
      this.closed[at] = { ...this.closed[at]!, name: nameOf(part), factsWritten: 0 };
    this.named = this.closed.length;
  }

  private lengthOfOpen(): number {
    return this.rowsInOpen === 0 ? 0 : this.open.length;
  }

  private readOf(number: number): Read {
    const known = this.read.get(number) ?? { open: new Map(), sealed: new Map(), facts: undefined };
    this.read.set(number, known);
    return known;
  }
}

function writeName(tag: number, number: number, { body }: ChangeWriter): void {
  body.varint(tag);
  body.varint(number);
}

function writeFacts(batch: Closed, number: number, out: ChangeWriter): Closed {
  writeName(FACTS, number, out);
  out.body.varint(batch.rows);
  out.body.varint(batch.body.length);
  out.body.string(batch.name);
  const written = { ...batch, factsWritten: writtenTo(out.chunk) };
  out.boundary();
  return written;
}

function closedFrom({ facts, sealed }: Read): Closed {
  if (!facts) throw new RangeError('state lacks the name of a batch that is not delivered yet');
  const { pieces, bytes } = Pieces.from(sealed, facts.size);
  return { body: bytes, rows: facts.rows, name: facts.name, pieces, factsWritten: writtenTo(facts.chunk) };
}
