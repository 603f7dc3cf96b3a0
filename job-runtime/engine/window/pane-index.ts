/**
 * The open panes of a grid by their last windows, with the sums that sliding windows need. A block is the panes of 16
 * neighbouring last windows put together, or 16 smaller blocks. A window is made of the largest blocks that it holds
 * entirely: an hour that slides by a second takes some forty parts then, and not 3,600. Blocks are put together when
 * they are first used, and forgotten when one of their panes changes.
 */
import type { Pane } from './pane.ts';

const FAN = 16;
/** The largest blocks have 65,536 last windows: a day that slides by a second. */
const LEVELS = 4;
/** Panes that span fewer windows are put together one by one. */
const LEAST_SPAN = 2 * FAN;

/** A run of windows, which is what a pane is known by. */
export interface WindowRun {
  readonly first: number;
  readonly last: number;
}

/** The groups of the records that belong to exactly the windows first…last, those aside that have closed. */
export interface WindowPane extends WindowRun {
  readonly pane: Pane;
}

/** `first`: the latest first window of its panes; from it on, windows hold all of them. */
interface Block {
  readonly first: number;
  readonly parts: readonly (WindowPane | Block)[];
  pane: Pane | undefined;
}

export class PaneIndex {
  /** Panes that stand in the task's state and were taken up by others since that was written. */
  readonly takenUp: WindowRun[] = [];
  private readonly byLast = new Map<number, WindowPane[]>();
  /** Per level the blocks by number: block n of level l has the last windows n·16^l … (n + 1)·16^l − 1. */
  private readonly blocks: Map<number, Block>[] = Array.from({ length: LEVELS }, () => new Map<number, Block>());
  private readonly createPane: () => Pane;
  /** The most windows that a pane spans, and the last window of all. */
  private span = 0;
  private highest = -Infinity;
  /** Last windows with more than one pane. */
  private readonly split = new Set<number>();

  constructor(createPane: () => Pane) {
    this.createPane = createPane;
  }

  *[Symbol.iterator](): Generator<WindowPane> {
    for (const panes of this.byLast.values()) yield* panes;
  }

  get size(): number {
    let size = 0;
    for (const panes of this.byLast.values()) size += panes.length;
    return size;
  }

  /** The last window of all panes; −∞ when there is none. */
  get last(): number {
    let last = -Infinity;
    for (const window of this.byLast.keys()) if (window > last) last = window;
    return last;
  }

  /** The pane of the windows first…last, known or new, to be changed. Those up to `closed` make no difference. */
  paneOf(first: number, last: number, closed: number): WindowPane {
    this.touch(last);
    const panes = this.byLast.get(last) ?? [];
    const open = Math.max(first, closed + 1);
    const known = panes.find((other) => Math.max(other.first, closed + 1) === open);
    if (known) return known;
    const found = { first, last, pane: this.createPane() };
    this.byLast.set(last, [...panes, found]);
    if (panes.length > 0) this.split.add(last);
    this.span = Math.max(this.span, last - first + 1);
    this.highest = Math.max(this.highest, last);
    return found;
  }

  /** The pane that is known, or was written to the task's state, by exactly these windows; new where there is none. */
  exactly({ first, last }: WindowRun): Pane {
    return this.paneOf(first, last, -Infinity).pane;
  }

  /** Removes the pane of exactly these windows, if there is one. */
  remove({ first, last }: WindowRun, drop: (pane: Pane) => void): void {
    const panes = this.byLast.get(last) ?? [];
    const left = panes.filter((other) => other.first !== first);
    for (const other of panes) if (other.first === first) drop(other.pane);
    this.byLast.set(last, left);
    if (left.length <= 1) this.split.delete(last);
    if (left.length === 0) this.byLast.delete(last);
  }

  /** Removes the panes whose windows are all closed. */
  dropClosed(closed: number, drop: (pane: Pane) => void): void {
    for (const [last, panes] of this.byLast) {
      if (last > closed) continue;
      this.byLast.delete(last);
      this.split.delete(last);
      for (const { pane } of panes) drop(pane);
    }
  }

  /** Removes the panes whose windows are all closed, and puts together those that have become the same. */
  close(closed: number, drop: (pane: Pane) => void): void {
    this.dropClosed(closed, drop);
    for (const last of this.split) this.unite(last, closed, drop);
    this.blocks.forEach((blocks, level) => {
      for (const number of blocks.keys()) if ((number + 1) * FAN ** (level + 1) <= closed) blocks.delete(number);
    });
  }

  clear(drop: (pane: Pane) => void): void {
    for (const { pane } of this) drop(pane);
    this.byLast.clear();
    this.split.clear();
    this.forgetBlocks();
    this.span = 0;
    this.highest = -Infinity;
  }

  forgetBlocks(): void {
    for (const blocks of this.blocks) blocks.clear();
  }

  /** Panes and blocks that together hold the window, each record once. */
  partsOf(window: number): Pane[] {
    const parts: Pane[] = [];
    const end = Math.min(this.highest + 1, window + this.span);
    for (let at = window; at < end;) {
      const level = this.span < LEAST_SPAN ? 0 : this.fittingLevel(at, window);
      parts.push(...(level > 0 ? this.merged(this.block(level, at / FAN ** level)) : this.panesAt(at, window)));
      at += FAN ** level;
    }
    return parts;
  }

  /** Numbers of the windows after `closed` and up to `until` that hold something, ascending. */
  windows(closed: number, until: number): number[] {
    const found: number[] = [];
    let next = closed + 1;
    for (const { first, last } of [...this].sort((a, b) => a.first - b.first)) {
      for (next = Math.max(next, first); next <= Math.min(last, until); next++) found.push(next);
    }
    return found;
  }

  private panesAt(last: number, window: number): Pane[] {
    return (this.byLast.get(last) ?? []).flatMap(({ first, pane }) => (first <= window ? pane : []));
  }

  /** Forgets the blocks of a pane that changes. */
  private touch(last: number): void {
    if (this.span < LEAST_SPAN) return;
    this.blocks.forEach((blocks, level) => blocks.delete(Math.floor(last / FAN ** (level + 1))));
  }

  /** The level of the largest block that starts with the last window `at` and lies in the window; 0: none. */
  private fittingLevel(at: number, window: number): number {
    let level = 0;
    while (level < LEVELS && FAN ** (level + 1) <= this.span && at % FAN ** (level + 1) === 0) level++;
    while (level > 0 && this.block(level, at / FAN ** level).first > window) level--;
    return level;
  }

  private block(level: number, number: number): Block {
    const known = this.blocks[level - 1]!.get(number);
    if (known) return known;
    const inside = Array.from({ length: FAN }, (_, i) => number * FAN + i);
    const parts: (WindowPane | Block)[] = inside.flatMap<WindowPane | Block>((i) =>
      level > 1 ? this.block(level - 1, i) : (this.byLast.get(i) ?? []),
    );
    const block: Block = { first: Math.max(...parts.map(({ first }) => first)), parts, pane: undefined };
    this.blocks[level - 1]!.set(number, block);
    return block;
  }

  /** The groups of a block: none, those of its only part, or those of all parts put together. */
  private merged(block: Block): Pane[] {
    if (block.pane) return [block.pane];
    const panes = block.parts.flatMap((part) => ('last' in part ? part.pane : this.merged(part)));
    if (panes.length <= 1) return panes;
    block.pane = this.createPane();
    for (const pane of panes) block.pane.mergePane(pane);
    return [block.pane];
  }

  private unite(last: number, closed: number, drop: (pane: Pane) => void): void {
    const panes = this.byLast.get(last)!;
    const [into, ...same] = panes.filter(({ first }) => first <= closed + 1);
    if (!into || same.length === 0) return;
    this.touch(last);
    for (const { first, pane } of same) {
      into.pane.mergePane(pane);
      if (pane.stored.oldest > 0) this.takenUp.push({ first, last });
      drop(pane);
    }
    const left = panes.filter((pane) => !same.includes(pane));
    this.byLast.set(last, left);
    if (left.length === 1) this.split.delete(last);
  }
}
