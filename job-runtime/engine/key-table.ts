/**
 * A set of byte keys with dense ids 0, 1, 2, … in order of arrival: open addressing over one arena. Groups, duplicates
 * and readings are all looked up here; the values stand in arrays indexed by id.
 */
const INITIAL_SLOTS = 64;
/** Positions are 32-bit integers. */
const MAX_ARENA = 2 ** 31 - 1;

/** A 32-bit hash of bytes[start, end), four bytes a step (the mixing of MurmurHash3 x86-32, Austin Appleby). */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let hash = seed ^ (end - start);
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, 0xcc9e2d51);
    hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

export class KeyTable {
  /** How many keys; the next new id. */
  size = 0;
  /** Key of id: arena[offsets[id], offsets[id + 1]). */
  arena: Uint8Array = new Uint8Array(1024);
  offsets: Int32Array = new Int32Array(INITIAL_SLOTS + 1);
  hashes: Int32Array = new Int32Array(INITIAL_SLOTS);
  private slots: Int32Array = new Int32Array(INITIAL_SLOTS);
  private mask = INITIAL_SLOTS - 1;

  /** The id of key bytes[start, end), whose hash is hashBytes of it; a new key gets id = size. */
  idOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    let slot = hash & this.mask;
    for (let entry = this.slots[slot]!; entry !== 0; entry = this.slots[slot]!) {
      if (this.hashes[entry - 1] === hash && this.equals(entry - 1, bytes, start, end)) return entry - 1;
      slot = (slot + 1) & this.mask;
    }
    return this.insert(slot, bytes, start, end, hash);
  }

  /** As idOf, but −1 for an unknown key. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    let slot = hash & this.mask;
    for (let entry = this.slots[slot]!; entry !== 0; entry = this.slots[slot]!) {
      if (this.hashes[entry - 1] === hash && this.equals(entry - 1, bytes, start, end)) return entry - 1;
      slot = (slot + 1) & this.mask;
    }
    return -1;
  }

  /** Ids in the order of their keys' bytes. */
  sortedIds(): Int32Array {
    const ids = new Int32Array(this.size);
    for (let id = 0; id < this.size; id++) ids[id] = id;
    return ids.sort((a, b) => this.compare(a, b));
  }

  compare(a: number, b: number): number {
    const { arena, offsets } = this;
    const aEnd = offsets[a + 1]!;
    const bEnd = offsets[b + 1]!;
    let i = offsets[a]!;
    let j = offsets[b]!;
    for (; i < aEnd && j < bEnd; i++, j++) {
      const difference = arena[i]! - arena[j]!;
      if (difference !== 0) return difference;
    }
    return aEnd - i - (bEnd - j);
  }

  /** Forgets all keys and keeps the memory. */
  clear(): void {
    this.size = 0;
    this.slots.fill(0);
  }

  private equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { arena } = this;
    let at = this.offsets[id]!;
    if (this.offsets[id + 1]! - at !== end - start) return false;
    for (let i = start; i < end; i++, at++) if (arena[at] !== bytes[i]) return false;
    return true;
  }

  // eslint-disable-next-line max-params -- the hot path passes positions, not objects made per record
  private insert(slot: number, bytes: Uint8Array, start: number, end: number, hash: number): number {
    const id = this.size++;
    if (id === this.hashes.length) this.growIds();
    const at = this.offsets[id]!;
    const size = end - start;
    if (at + size > this.arena.length) this.growArena(size);
    const { arena } = this;
    for (let i = 0; i < size; i++) arena[at + i] = bytes[start + i]!;
    this.offsets[id + 1] = at + size;
    this.hashes[id] = hash;
    this.slots[slot] = id + 1;
    if (this.size * 2 > this.slots.length) this.growSlots();
    return id;
  }

  private growIds(): void {
    const hashes = new Int32Array(this.hashes.length * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
    const offsets = new Int32Array(hashes.length + 1);
    offsets.set(this.offsets);
    this.offsets = offsets;
  }

  private growArena(extra: number): void {
    if (this.arena.length + extra > MAX_ARENA)
      throw new RangeError('the keys of one window or step need more than 2 GiB');
    const arena = new Uint8Array(Math.min(MAX_ARENA, Math.max(this.arena.length * 2, this.arena.length + extra)));
    arena.set(this.arena);
    this.arena = arena;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    this.mask = this.slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.hashes[id]! & this.mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = id + 1;
    }
  }
}
