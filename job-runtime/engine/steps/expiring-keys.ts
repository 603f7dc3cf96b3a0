/**
 * Byte keys that are remembered until an instant. Dead keys are swept when they outnumber the live ones, so memory
 * follows what is alive. Looking for them waits for as many lookups as there are keys to look at, so that each key
 * costs constant time on average. Values stand with the caller, indexed by id.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { KeyTable, hashBytes } from '../key-table.ts';
import { grownDoubles } from '../aggregate/accumulator.ts';

const LEAST = 1024;
const COUNTED_PER_LOOKUP = 8;
/** A table that was made for so many times more keys than are alive is not used again: to empty it costs its size. */
const OVERSIZED = 16;

export class ExpiringKeys {
  keys: KeyTable = new KeyTable();
  /** until[id]: the key is forgotten once the bound reaches this instant. −∞: a new key that nobody set yet. */
  until: Float64Array = new Float64Array(LEAST).fill(-Infinity);
  /** The table before the last sweep: its memory serves the next one. */
  private spare = new KeyTable();
  /** Lookups since dead keys were last counted. */
  private lookups = 0;

  /** The id of a key, known or new. */
  idOf(key: Uint8Array, length: number): number {
    this.lookups++;
    const id = this.keys.idOf(key, 0, length, hashBytes(key, 0, length));
    if (id === this.until.length) this.until = grownDoubles(this.until, id * 2, -Infinity);
    return id;
  }

  /** Forgets keys with until ≤ bound. Where ids changed, gives the old id of each new one. */
  expire(bound: number): Int32Array | undefined {
    const { size } = this.keys;
    if (size < LEAST || this.lookups * COUNTED_PER_LOOKUP < size) return undefined;
    this.lookups = 0;
    let live = 0;
    for (let id = 0; id < size; id++) if (this.until[id]! > bound) live++;
    return live * 2 > size ? undefined : this.rebuild(bound, live);
  }

  /** Writes the live keys, each followed by what `value` writes for its id. */
  snapshot(bound: number, out: BinaryWriter, value: (id: number) => void): void {
    const { arena, offsets, size } = this.keys;
    let live = 0;
    for (let id = 0; id < size; id++) if (this.until[id]! > bound) live++;
    out.varint(live);
    for (let id = 0; id < size; id++) {
      if (!(this.until[id]! > bound)) continue;
      out.blob(arena, offsets[id]!, offsets[id + 1]!);
      out.double(this.until[id]!);
      value(id);
    }
  }

  restore(from: BinaryReader, value: (id: number) => void): void {
    for (let count = from.varint(); count > 0; count--) {
      const key = from.blob();
      const id = this.idOf(key, key.length);
      this.until[id] = from.double();
      value(id);
    }
  }

  private rebuild(bound: number, live: number): Int32Array {
    const { keys, until } = this;
    const oldIds = new Int32Array(live);
    this.keys = fitting(this.spare, live);
    this.keys.clear();
    this.spare = fitting(keys, live);
    this.until = new Float64Array(Math.max(LEAST, Math.min(until.length, live * 4))).fill(-Infinity);
    for (let old = 0; old < keys.size; old++) {
      if (!(until[old]! > bound)) continue;
      const id = this.keys.idOf(keys.arena, keys.offsets[old]!, keys.offsets[old + 1]!, keys.hashes[old]!);
      this.until[id] = until[old]!;
      oldIds[id] = old;
    }
    return oldIds;
  }
}

function fitting(table: KeyTable, live: number): KeyTable {
  return table.hashes.length > OVERSIZED * Math.max(live, LEAST) ? new KeyTable() : table;
}
