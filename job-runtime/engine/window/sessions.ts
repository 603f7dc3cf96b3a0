/**
 * The open sessions of all groups: spans [start, end) with a slot of aggregates each. Spans of one group never overlap:
 * one that reaches into others takes them up. So the spans of a group lie in one order by start and by end, and are
 * found by halving. Slots are not reused one by one; when most are dead, the live ones move to fresh arrays.
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
  /** By slot, when the session was last written to the task's state (see writtenTo); 0: not since it changed. */
  written: Int32Array = new Int32Array(LEAST_SLOTS);
  private readonly createAccumulators: () => readonly Accumulator[];
  /** By group, in the order of time. */
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

  /** The only session of the group that the span overlaps; −1 if there is none, −2 if there are several. */
  holding(group: number, start: number, end: number): number {
    const slots = this.slotsOf[group]!;
    const at = this.endedBy(slots, start);
    if (at === slots.length || this.start[slots[at]!]! >= end) return -1;
    return at + 1 < slots.length && this.start[slots[at + 1]!]! < end ? -2 : slots[at]!;
  }

  /** The session for a span: a new one, or all that it overlaps put together and widened by it. */
  open(group: number, start: number, end: number): number {
    const slots = this.slotsOf[group]!;
    const [at, to] = this.overlapping(slots, start, end);
    if (to === at) return this.create(group, start, end);
    const into = slots[at]!;
    for (const slot of slots.splice(at + 1, to - at - 1)) this.takeUp(into, slot);
    this.widen(into, start, end);
    return into;
  }

  /** A new session instead of all that the span overlaps. */
  replace(group: number, start: number, end: number): number {
    const slots = this.slotsOf[group]!;
    const [at, to] = this.overlapping(slots, start, end);
    this.free(slots.splice(at, to - at));
    return this.create(group, start, end);
  }

  /** Call for each span that is folded into the session, wider or not: it has changed. */
  widen(slot: number, start: number, end: number): void {
    this.written[slot] = 0;
    if (start < this.start[slot]!) this.start[slot] = start;
    if (end > this.end[slot]!) this.end[slot] = end;
  }

  /** Removes the sessions that end at or before `bound` and gives their slots, whose state stays until `compact`. */
  closeUpTo(bound: number): number[] {
    const closed: number[] = [];
    while (this.due.size > 0 && this.due.next <= bound) {
      const slot = this.due.pop();
      if (this.group[slot]! < 0) continue;
      if (this.end[slot]! > bound) {
        this.due.push(this.end[slot]!, slot);
        continue;
      }
      // With the first session of a group go all others that have ended, so a long list is cut once.
      const slots = this.slotsOf[this.group[slot]!]!;
      for (const ended of slots.splice(0, this.endedBy(slots, bound))) closed.push(ended);
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
    const { groups, accumulators, used, group, start, end, written } = this;
    this.reset();
    for (let slot = 0; slot < used; slot++) {
      const id = group[slot]!;
      if (id < 0) continue;
      const at = this.create(
        this.groupOf(groups.arena, groups.offsets[id]!, groups.offsets[id + 1]!),
        start[slot]!,
        end[slot]!,
      );
      this.written[at] = written[slot]!;
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
    this.written = new Int32Array(LEAST_SLOTS);
    for (const accumulator of this.accumulators) accumulator.grow(LEAST_SLOTS);
  }

  private create(group: number, start: number, end: number): number {
    if (this.used === this.start.length) this.growSlots();
    const slot = this.used++;
    this.live++;
    this.group[slot] = group;
    this.start[slot] = start;
    this.end[slot] = end;
    const slots = this.slotsOf[group]!;
    const at = this.endedBy(slots, start);
    if (at === slots.length) slots.push(slot);
    else slots.splice(at, 0, slot);
    this.due.push(end, slot);
    return slot;
  }

  /** How many of a group's sessions end at or before an instant. */
  private endedBy(slots: readonly number[], instant: number): number {
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.end[slots[middle]!]! <= instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The places [at, to) in a group's list of the sessions that overlap a span. */
  private overlapping(slots: readonly number[], start: number, end: number): readonly [at: number, to: number] {
    const at = this.endedBy(slots, start);
    let to = at;
    while (to < slots.length && this.start[slots[to]!]! < end) to++;
    return [at, to];
  }

  private takeUp(into: number, slot: number): void {
    this.widen(into, this.start[slot]!, this.end[slot]!);
    for (const accumulator of this.accumulators) accumulator.merge(into, accumulator, slot);
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
    const written = new Int32Array(size);
    written.set(this.written);
    this.written = written;
    for (const accumulator of this.accumulators) accumulator.grow(size);
  }
}
