/** The window of a stage, whatever its type: one face over grid windows and sessions. */
import type { BinaryReader } from '../binary.ts';
import type { ChangingState } from '../changes.ts';
import type { ColumnBatch } from '../column.ts';
import type { FrameWriter } from '../exchange/frames.ts';

export interface WindowOutput {
  /** All rows of this window have been given out: it can be sealed. */
  closed(start: number, end: number): void;
}

export interface StageWindow extends ChangingState {
  fold(batch: ColumnBatch, reachedAt: Float64Array): void;
  mergeFrom(from: BinaryReader): void;
  closeUpTo(bound: number): void;
  giveOutChanged(): void;
  flush(frames: readonly FrameWriter[]): void;
  lastOpenEnd(): number;
}
