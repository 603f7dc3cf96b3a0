/**
 * Why this process had to begin again, until it is known to be over: a failure that comes back with every attempt is one
 * trouble that lasts, though joining the group succeeds in between.
 */

/** Who has worked for this long, without anything to commit, is over it. */
const WELL_MILLIS = 15_000;

export class Setback {
  private line: string | undefined;
  private workingSince: number | undefined;

  note(line: string): void {
    this.line = line;
    this.workingSince = undefined;
  }

  /** A commit went through. */
  committed(): void {
    this.line = undefined;
  }

  /** Call while the work goes on; gives what is not known to be over. */
  look(now: number): string | undefined {
    this.workingSince ??= now;
    if (now - this.workingSince >= WELL_MILLIS) this.line = undefined;
    return this.line;
  }
}
