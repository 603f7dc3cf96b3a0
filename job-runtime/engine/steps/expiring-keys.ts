/**
 * Byte keys that are remembered until an instant. Dead keys are swept when they outnumber the live ones, so memory
 * follows what is alive. Looking for them waits for as many lookups as there are keys to look at, so that each key
 * costs constant time on average. Values stand with the caller, indexed by id.
 *
 * In the task's state an entry is a key: its length and bytes, the end of its life relative to the entry before in the
 * chunk, then the value.
 */
import { grownDoubles } from '../aggregate/accumulator.ts';
import type { BinaryReader } from '../binary.ts';
import type { ChangeWriter } from '../changes.ts';
import { MeanSize, writtenTo } from '../changes.ts';
import { KeyTable, hashBytes } from '../key-table.ts';

const LEAST = 1024;
const COUNTED_PER_LOOKUP = 8;
/** A table that was made for so many times more keys than are alive is not used again: to empty it costs its size. */
const OVERSIZED = 16;

/** When keys are dead, and how their values are written. */
export interface KeyWriting {
  readonly bound: number;
  readonly value: (id: number) => void;
}

export class ExpiringKeys {
  keys: KeyTable = new KeyTable();
  /** until[id]: the key is forgotten once the bound reaches this instant. −∞: a new key that nobody set yet. */
  until: Float64Array = new Float64Array(LEAST).fill(-Infinity);
  /** When a key was last written (see writtenTo); below 0: it has changed since. */
  private written = new Int32Array(LEAST);
  /** The table before the last sweep: its memory serves the next one. */
  private spare = new KeyTable();
  /** Lookups since dead keys were last counted. */
  private lookups = 0;
  private readonly sizes = new MeanSize();
  private live = 0;

  /** The id of a key, known or new. */
  idOf(key: Uint8Array, length: number): number {
    return this.idAt(key, 0, length);
  }

  /** Call when the key's instant or value was set anew. */
  changed(id: number): void {
    if (this.written[id]! > 0) this.written[id] = -this.written[id]!;
  }

  /** Forgets keys with until ≤ bound. Where ids changed, gives the old id of each new one. */
  expire(bound: number): Int32Array | undefined {
    const { size } = this.keys;
    if (size < LEAST || this.lookups * COUNTED_PER_LOOKUP < size) return undefined;
    this.lookups = 0;
    const live = this.count(bound);
    return live * 2 > size ? undefined : this.rebuild(bound, live);
  }

  /**
   * Writes what changed or was last written before; see ChangingState. A dead key is written only where an entry that
   * is out of date could bring it back to life.
   */
  writeChanges(out: ChangeWriter, rewriteBefore: number, { bound, value }: KeyWriting): void {
    const { written, until } = this;
    let last = 0;
    this.live = 0;
    for (let id = 0; id < this.keys.size; id++) {
      const isAlive = until[id]! > bound;
      if (isAlive) this.live++;
      if (isAlive ? written[id]! > rewriteBefore : written[id]! >= 0) continue;
      const before = out.body.length;
      this.writeKey(out, id, last);
      value(id);
      this.sizes.add(out.body.length - before);
      last = out.boundary() ? 0 : until[id]!;
    }
  }

  applyChanges(from: BinaryReader, chunk: number, value: (id: number) => void): void {
    let last = 0;
    while (!from.done) {
      const before = from.at;
      const size = from.skipBlob();
      const id = this.idAt(from.bytes, from.at - size, from.at);
      this.until[id] = last = from.near(last);
      this.written[id] = writtenTo(chunk);
      value(id);
      this.sizes.add(from.at - before);
    }
  }

  /** Behind the last chunk: as expire, but at once. */
  sweep(bound: number): Int32Array {
    this.live = this.count(bound);
    return this.rebuild(bound, this.live);
  }

  liveBytes(): number {
    return this.sizes.of(this.live);
  }

  private writeKey({ body, chunk }: ChangeWriter, id: number, last: number): void {
    body.blob(this.keys.arena, this.keys.offsets[id]!, this.keys.offsets[id + 1]!);
    body.near(this.until[id]!, last);
    this.written[id] = writtenTo(chunk);
  }

  private idAt(bytes: Uint8Array, start: number, end: number): number {
    this.lookups++;
    const id = this.keys.idOf(bytes, start, end, hashBytes(bytes, start, end));
    if (id === this.until.length) this.grow(id * 2);
    return id;
  }

  private grow(size: number): void {
    this.until = grownDoubles(this.until, size, -Infinity);
    const written = new Int32Array(this.until.length);
    written.set(this.written);
    this.written = written;
  }

  /** A dead key whose entry is out of date stays until that is written. */
  private isKept(id: number, bound: number): boolean {
    return this.until[id]! > bound || this.written[id]! < 0;
  }

  private count(bound: number): number {
    let kept = 0;
    for (let id = 0; id < this.keys.size; id++) if (this.isKept(id, bound)) kept++;
    return kept;
  }

  private rebuild(bound: number, live: number): Int32Array {
    const { keys, until, written } = this;
    const oldIds = new Int32Array(live);
    const capacity = Math.max(LEAST, Math.min(until.length, live * 4));
    const newUntil = new Float64Array(capacity).fill(-Infinity);
    const newWritten = new Int32Array(capacity);
    const table = fitting(this.spare, live);
    table.clear();
    for (let old = 0; old < keys.size; old++) {
      if (!this.isKept(old, bound)) continue;
      const id = table.idOf(keys.arena, keys.offsets[old]!, keys.offsets[old + 1]!, keys.hashes[old]!);
      newUntil[id] = until[old]!;
      newWritten[id] = written[old]!;
      oldIds[id] = old;
    }
    this.keys = table;
    this.spare = fitting(keys, live);
    this.until = newUntil;
    this.written = newWritten;
    return oldIds;
  }
}

function fitting(table: KeyTable, live: number): KeyTable {
  return table.hashes.length > OVERSIZED * Math.max(live, LEAST) ? new KeyTable() : table;
}
