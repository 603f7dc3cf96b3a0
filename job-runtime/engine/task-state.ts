/**
 * The state of a whole task: its parts, each with a section of its own in the chunks, and the closing section that ends
 * each commit. Section ids are part of the format: 1 closing, 2 the window, 3 held records, 4 the rows given out that
 * are not delivered yet, 16 + the step's place in spec.steps for a step with memory.
 */
import type { ChangeWriter, ChangingState, ClosingState } from './changes.ts';
import { readChunk } from './changes.ts';

export const Section = { closing: 1, window: 2, held: 3, output: 4, firstStep: 16 } as const;

/** About what a closing section takes. */
const CLOSING_BYTES = 64;

/** A part of a task's state and the id of its section. */
export interface StatePart {
  readonly section: number;
  readonly state: ChangingState;
}

export class TaskState {
  /** What the task knows of itself, such as its position, comes first in the closing section. */
  private readonly own: ClosingState;
  private readonly parts: readonly StatePart[];
  private isOpen = false;

  constructor(own: ClosingState, parts: readonly StatePart[]) {
    this.own = own;
    this.parts = parts;
  }

  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    for (const { section, state } of this.parts) {
      out.begin(section);
      state.writeChanges(out, Math.max(0, rewriteBefore));
      out.end();
    }
    out.begin(Section.closing);
    for (const closing of this.closing()) closing.writeClosing(out.body);
    out.end();
  }

  /** Throws a RangeError on a chunk of another version, of another plan, or torn. */
  applyChunk(chunk: Uint8Array, number: number): void {
    readChunk(chunk, (section, entries) => {
      this.isOpen = section !== Section.closing;
      if (section !== Section.closing) this.partOf(section).applyChanges(entries, number);
      else for (const closing of this.closing()) closing.applyClosing(entries);
      if (!entries.done) throw new RangeError(`section ${section} of a state chunk holds more than this job keeps`);
    });
  }

  /** Throws a RangeError where the last commit is not whole. */
  endRestore(): void {
    if (this.isOpen) throw new RangeError('state ends in the middle of a commit');
    for (const { state } of this.parts) state.endRestore();
  }

  liveBytes(): number {
    return this.parts.reduce((sum, { state }) => sum + state.liveBytes(), CLOSING_BYTES);
  }

  private closing(): readonly ClosingState[] {
    return [this.own, ...this.parts.map(({ state }) => state)];
  }

  private partOf(section: number): ChangingState {
    const found = this.parts.find((part) => part.section === section);
    if (!found) throw new RangeError(`state chunk with section ${section}, which this job does not keep`);
    return found.state;
  }
}
