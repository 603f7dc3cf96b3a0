/** What a process remembers of a job between passes. All of it may be lost: the next process does without. */
import type { ApplyTrouble, ScalingMemory } from './reconcile/observed.ts';

export interface JobMemory {
  scaling: ScalingMemory;
  /** Why the last apply failed. */
  applyTrouble: ApplyTrouble | undefined;
  /** When the status was last written, by the wall clock. */
  statusAt: number;
}

export const newMemory = (): JobMemory => ({
  scaling: { recommended: [] },
  applyTrouble: undefined,
  statusAt: -Infinity,
});
