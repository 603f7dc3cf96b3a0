/**
 * Why this process had to begin again, until it is known to be over: a failure that comes back with every attempt is one
 * trouble that lasts, though joining the group succeeds in between.
 */
import type { Trouble } from '../errors.ts';

/** Who has worked for this long, without anything to commit, is over it. */
const WELL_MILLIS = 15_000;

export class Setback {
  private trouble: Trouble | undefined;
  private workingSince: number | undefined;

  note(trouble: Trouble): void {
    this.trouble = trouble;
    this.workingSince = undefined;
  }

  /** A commit went through. */
  committed(): void {
    this.trouble = undefined;
  }

  /** Call while the work goes on; gives what is not known to be over. */
  look(now: number): Trouble | undefined {
    this.workingSince ??= now;
    if (now - this.workingSince >= WELL_MILLIS) this.trouble = undefined;
    return this.trouble;
  }
}
