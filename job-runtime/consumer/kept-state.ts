/** What a task keeps beside the engine's state, in the same chunks: the identity of its topic, and its row target's part. */
import type { BinaryReader, BinaryWriter } from '../engine/binary.ts';
import type { ChangeWriter, ChangingState } from '../engine/changes.ts';

export class KeptState implements ChangingState {
  /** Of the topic that was read so far; undefined: not known. */
  topicId: string | undefined;
  private readonly target: ChangingState | undefined;

  constructor(target: ChangingState | undefined) {
    this.target = target;
  }

  writeChanges(out: ChangeWriter, rewriteBefore: number): void {
    this.target?.writeChanges(out, rewriteBefore);
  }

  applyChanges(from: BinaryReader, chunk: number): void {
    this.target?.applyChanges(from, chunk);
  }

  writeClosing(out: BinaryWriter): void {
    out.string(this.topicId ?? '');
    this.target?.writeClosing(out);
  }

  applyClosing(from: BinaryReader): void {
    this.topicId = from.string() || undefined;
    this.target?.applyClosing(from);
  }

  endRestore(): void {
    this.target?.endRestore();
  }

  liveBytes(): number {
    return this.target?.liveBytes() ?? 0;
  }
}
