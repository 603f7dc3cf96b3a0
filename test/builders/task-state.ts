/**
 * Moves the state of a task, or of a part of one, by the chunks that it writes: at once, or by a log that is written
 * commit by commit, rewritten from its head and read from wherever it starts by then.
 */
import type { ChangingState, ClosingState } from '../../job-runtime/engine/changes.ts';
import { ChangeWriter } from '../../job-runtime/engine/changes.ts';
import type { Task } from '../../job-runtime/engine/task.ts';
import { TaskState } from '../../job-runtime/engine/task-state.ts';

/** What can be written and restored: a task, or a part made into one by `stateOfPart`. */
export type Stateful = Pick<Task, 'writeChanges' | 'applyChunk' | 'endRestore' | 'liveBytes'>;

const NOTHING: ClosingState = { writeClosing: () => undefined, applyClosing: () => undefined };
const SECTION = 2;

/** A part of a task's state as if it were all of it. */
export function stateOfPart(state: ChangingState): Stateful {
  return new TaskState(NOTHING, [{ section: SECTION, state }]);
}

/** Everything alive, as chunks. */
export function stateOf(subject: Stateful): Uint8Array[] {
  const out = new ChangeWriter(1);
  subject.writeChanges(out, Infinity);
  return out.take();
}

export function restoreInto<T extends Stateful>(subject: T, chunks: readonly Uint8Array[], firstNumber = 1): T {
  chunks.forEach((chunk, index) => subject.applyChunk(chunk, firstNumber + index));
  subject.endRestore();
  return subject;
}

/** Moves the whole state of one part into another that was just made. */
export function movePart<S extends ChangingState>(from: S, to: S): S {
  restoreInto(stateOfPart(to), stateOf(stateOfPart(from)));
  return to;
}

export const bytesOf = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, { length }) => sum + length, 0);

/** The chunks of all commits of one task so far, of which the first ones may be gone. */
export class StateLog {
  private readonly chunks: Uint8Array[] = [];
  private readonly cutAt: number | undefined;
  /** The number of the oldest chunk that is still needed. */
  private needed = 1;

  /** `cutAt`: chunks are cut near so many bytes; absent: as in real life. */
  constructor(cutAt?: number) {
    this.cutAt = cutAt;
  }

  /** The number that the next chunk gets. */
  get next(): number {
    return this.chunks.length + 1;
  }

  /** How many chunks, counted from the oldest needed one. */
  get neededChunks(): number {
    return this.next - this.needed;
  }

  /** The length of one chunk. */
  bytes(number: number): number {
    return this.chunks[number - 1]!.length;
  }

  /** `dropped` of the chunks that are still needed no longer are: what is alive in them is written again. */
  commit(subject: Stateful, dropped = 0): void {
    const rewriteBefore = dropped === 0 ? 0 : Math.min(this.needed + dropped, this.next);
    const out = new ChangeWriter(this.next, this.cutAt);
    subject.writeChanges(out, rewriteBefore);
    this.chunks.push(...out.take());
    this.needed = Math.max(this.needed, rewriteBefore);
  }

  /** From the oldest chunk that is needed, or `earlier` chunks before it. */
  restore<T extends Stateful>(subject: T, earlier = 0): T {
    const start = Math.max(1, this.needed - earlier);
    return restoreInto(subject, this.chunks.slice(start - 1), start);
  }
}
