/**
 * Panes as entries of a task's state. An entry is a group with all its aggregates; it belongs to the pane named before
 * it. A pane whose windows have closed needs no tombstone: the closed bound says it. One that another pane took up does.
 *
 * Entry: a varint tag. 0: the pane that follows, as its last window and how many more it spans. 1: such a pane is gone.
 * From 2 on: a group; the tag less 2 is the length of its key, then the key and the aggregates.
 */
import type { BinaryReader } from '../binary.ts';
import type { ChangeWriter } from '../changes.ts';
import { MeanSize, writtenTo } from '../changes.ts';
import { NOT_WRITTEN } from './pane.ts';
import type { Pane } from './pane.ts';
import type { PaneIndex, WindowPane, WindowRun } from './pane-index.ts';

const PANE = 0;
const GONE = 1;
const FIRST_KEY = 2;
/** A pane's name in each chunk. */
const PANE_BYTES = 10;

export class PaneState {
  private readonly panes: PaneIndex;
  private readonly drop: (pane: Pane) => void;
  private readonly sizes = new MeanSize();

  /** `drop` takes the panes that turn out to be gone. */
  constructor(panes: PaneIndex, drop: (pane: Pane) => void) {
    this.panes = panes;
    this.drop = drop;
  }

  write(out: ChangeWriter, rewriteBefore: number): void {
    for (const gone of this.panes.takenUp.splice(0)) {
      writeRun(GONE, gone, out);
      out.boundary();
    }
    for (const windowPane of this.panes)
      if (windowPane.pane.stored.isDue(rewriteBefore)) this.writePane(windowPane, out, rewriteBefore);
  }

  read(from: BinaryReader, chunk: number): void {
    let pane: Pane | undefined;
    while (!from.done) {
      const tag = from.varint();
      if (tag >= FIRST_KEY) this.readGroup(pane, tag - FIRST_KEY, from, chunk);
      else {
        const last = from.double();
        const run = { first: last - from.varint(), last };
        if (tag === GONE) this.panes.remove(run, this.drop);
        else pane = this.panes.exactly(run);
      }
    }
  }

  /** Panes that were read know the oldest of their groups from here on. */
  settle(): void {
    for (const { pane } of this.panes) pane.stored.settle(pane.groups.size);
  }

  liveBytes(): number {
    let groups = 0;
    let panes = 0;
    for (const { pane } of this.panes) {
      panes++;
      groups += pane.groups.size;
    }
    return this.sizes.of(groups) + panes * PANE_BYTES;
  }

  private writePane(windowPane: WindowPane, out: ChangeWriter, rewriteBefore: number): void {
    const { groups, changed, stored } = windowPane.pane;
    stored.grow(groups.size);
    let isNamed = false;
    for (let id = 0; id < groups.size; id++) {
      if ((changed[id]! & NOT_WRITTEN) === 0 && stored.at(id) > rewriteBefore) continue;
      if (!isNamed) writeRun(PANE, windowPane, out);
      this.writeGroup(windowPane.pane, id, out);
      isNamed = !out.boundary();
    }
    stored.settle(groups.size);
  }

  private writeGroup({ groups, accumulators, changed, stored }: Pane, id: number, { body, chunk }: ChangeWriter): void {
    const start = groups.offsets[id]!;
    const end = groups.offsets[id + 1]!;
    const before = body.length;
    body.varint(FIRST_KEY + end - start);
    body.slice(groups.arena, start, end);
    for (const accumulator of accumulators) accumulator.write(id, body);
    this.sizes.add(body.length - before);
    changed[id]! &= ~NOT_WRITTEN;
    stored.set(id, chunk);
  }

  private readGroup(pane: Pane | undefined, size: number, from: BinaryReader, chunk: number): void {
    if (!pane) throw new RangeError('state names no pane before its groups');
    const before = from.at;
    const id = pane.replaceGroup(size, from);
    pane.stored.grow(pane.groups.size);
    pane.stored.set(id, chunk);
    // Not yet known to be the oldest; that it stands somewhere must be known at once, or it could not be taken up.
    pane.stored.oldest = writtenTo(chunk);
    this.sizes.add(from.at - before);
  }
}

function writeRun(tag: number, { first, last }: WindowRun, { body }: ChangeWriter): void {
  body.varint(tag);
  body.double(last);
  body.varint(last - first);
}
