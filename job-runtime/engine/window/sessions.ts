/**
 * The open sessions of all groups: spans [start, end) with a slot of aggregates each. Spans of one group never overlap:
 * one that reaches into others takes them up. Slots are not reused one by one; when most are dead, the live ones move
 * to fresh arrays, so every operation is constant on average.
 */
import type { Accumulator } from '../aggregate/accumulator.ts';
import { BinaryHeap } from '../binary-heap.ts';
import { KeyTable, hashBytes } from '../key-table.ts';

const LEAST_SLOTS = 1024;

export class Sessions {
  groups: KeyTable = new KeyTable();
  accumulators: readonly Accumulator[];
  /** Slots in use are those below `used` with group ≥ 0. */
  used = 0;
  live = 0;
  group: Int32Array = new Int32Array(LEAST_SLOTS);
  start: Float64Array = new Float64Array(LEAST_SLOTS);
  end: Float64Array = new Float64Array(LEAST_SLOTS);
  private readonly createAccumulators: () => readonly Accumulator[];
  private slotsOf: number[][] = [];
  private readonly due = new BinaryHeap();

  constructor(createAccumulators: () => readonly Accumulator[]) {
    this.createAccumulators = createAccumulators;
    this.accumulators = createAccumulators();
    for (const accumulator of this.accumulators) accumulator.grow(LEAST_SLOTS);
  }

  /** The group of a key, known or new. */
  groupOf(key: Uint8Array, from: number, to: number): number {
    const id = this.groups.idOf(key, from, to, hashBytes(key, from, to));
    this.slotsOf[id] ??= [];
    return id;
  }

  /** The one session of the group that holds the span; −1 if there is none, −2 if the span joins or widens sessions. */
  holding(group: number, start: number, end: number): number {
    let found = -1;
    for (const slot of this.slotsOf[group]!) {
      if (start >= this.end[slot]! || this.start[slot]! >= end) continue;
      if (found >= 0) return -2;
      found = slot;
    }
    return found;
  }

  /** The session for a span: a new one, or all that it overlaps put together and widened by it. */
  open(group: number, start: number, end: number): number {
    const slots = this.slotsOf[group]!;
    let into = -1;
    for (let i = slots.length - 1; i >= 0; i--) {
      const slot = slots[i]!;
      if (start >= this.end[slot]! || this.start[slot]! >= end) continue;
      if (into < 0) into = slot;
      else this.takeUp(into, slot, slots, i);
    }
    if (into < 0) return this.create(group, start, end);
    this.widen(into, start, end);
    return into;
  }

  widen(slot: number, start: number, end: number): void {
    if (start < this.start[slot]!) this.start[slot] = start;
    if (end > this.end[slot]!) this.end[slot] = end;
  }

  /** Removes the sessions that end at or before `bound` and gives their slots, whose state stays until `compact`. */
  closeUpTo(bound: number): number[] {
    const closed: number[] = [];
    while (this.due.size > 0 && this.due.next <= bound) {
      const slot = this.due.pop();
      if (this.group[slot]! < 0) continue;
      if (this.end[slot]! > bound) this.due.push(this.end[slot]!, slot);
      else {
        const slots = this.slotsOf[this.group[slot]!]!;
        slots.splice(slots.indexOf(slot), 1);
        closed.push(slot);
      }
    }
    return closed;
  }

  /** Marks slots as free. Their groups' keys go with the next compaction. */
  free(slots: readonly number[]): void {
    for (const slot of slots) this.group[slot] = -1;
    this.live -= slots.length;
  }

  /** Moves the live sessions to fresh arrays where most slots are dead. Slots change: call between batches only. */
  compact(): void {
    if (this.used < LEAST_SLOTS || this.live * 2 > this.used) return;
    const { groups, accumulators, used, group, start, end } = this;
    this.reset();
    for (let slot = 0; slot < used; slot++) {
      const id = group[slot]!;
      if (id < 0) continue;
      const at = this.create(
        this.groupOf(groups.arena, groups.offsets[id]!, groups.offsets[id + 1]!),
        start[slot]!,
        end[slot]!,
      );
      this.accumulators.forEach((accumulator, i) => accumulator.merge(at, accumulators[i]!, slot));
    }
  }

  reset(): void {
    this.groups = new KeyTable();
    this.accumulators = this.createAccumulators();
    this.used = 0;
    this.live = 0;
    this.slotsOf = [];
    this.due.clear();
    this.group = new Int32Array(LEAST_SLOTS);
    this.start = new Float64Array(LEAST_SLOTS);
    this.end = new Float64Array(LEAST_SLOTS);
    for (const accumulator of this.accumulators) accumulator.grow(LEAST_SLOTS);
  }

  private create(group: number, start: number, end: number): number {
    if (this.used === this.start.length) this.growSlots();
    const slot = this.used++;
    this.live++;
    this.group[slot] = group;
    this.start[slot] = start;
    this.end[slot] = end;
    this.slotsOf[group]!.push(slot);
    this.due.push(end, slot);
    return slot;
  }

  private takeUp(into: number, slot: number, slots: number[], at: number): void {
    this.widen(into, this.start[slot]!, this.end[slot]!);
    for (const accumulator of this.accumulators) accumulator.merge(into, accumulator, slot);
    slots.splice(at, 1);
    this.free([slot]);
  }

  private growSlots(): void {
    const size = this.start.length * 2;
    const group = new Int32Array(size);
    group.set(this.group);
    this.group = group;
    const start = new Float64Array(size);
    start.set(this.start);
    this.start = start;
    const end = new Float64Array(size);
    end.set(this.end);
    this.end = end;
    for (const accumulator of this.accumulators) accumulator.grow(size);
  }
}
