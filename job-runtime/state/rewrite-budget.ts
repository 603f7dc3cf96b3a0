/**
 * How much of a changelog's head a commit empties (docs/adr/0003). Two promises, and which of them holds on what:
 *
 * - The log stays near twice the live state, if the estimate of that is right. Then rewriting costs less than the
 *   deltas: each living entry is written again at most once while the log is written once, which is twice as long.
 * - Rewriting costs at most PACE times the deltas and a constant, whatever the estimate says. An estimate that is too low would
 *   otherwise write the whole state again at every commit, for ever, since no rewriting can bring the log below it.
 *
 * For the second promise deltas must be known apart from what is written again, and a commit that empties chunks writes
 * both. So no two commits in a row empty any, and what the others write counts as deltas and earns the credit.
 */

/** Bytes of the head for each byte of measured deltas. About every second commit is measured while the log is long. */
export const PACE = 8;
/** The credit of a task that has just been restored. */
export const FIRST_CREDIT = 256 * 1024;
/** Credit that was saved up may not make a giant of one commit. */
export const MOST_SAVED = 8 * 1024 * 1024;
/** An estimate below the credit is trusted up to so many times the credit; if it was wrong, that is paid back. */
export const TRUST = 4;
/** In this many steps at most the slack is emptied: a commit that empties chunks has a chunk more than others. */
const STEPS_OF_SLACK = 16;

export class RewriteBudget {
  private readonly slack: number;
  private credit = FIRST_CREDIT;
  private isMeasured = true;

  /** `slack`: bytes beyond twice the live state before anything is emptied. */
  constructor(slack: number) {
    this.slack = slack;
  }

  /** How many bytes of the oldest chunks the next commit is to empty: 0 none; more than the log, all of it. */
  wanted(logBytes: number, liveBytes: number): number {
    if (!this.isMeasured || this.credit <= 0) return 0;
    const excess = logBytes - (2 * liveBytes + this.slack);
    if (!(excess > 0)) return 0;
    const wanted = Math.max(excess, this.slack / STEPS_OF_SLACK);
    // No more than what is alive can be written again, so with credit for that more may go than there is credit.
    return Math.min(wanted, liveBytes <= this.credit ? TRUST * this.credit : this.credit);
  }

  /** `written`: bytes of the commit; `emptied`: bytes of the chunks that it emptied. */
  committed(written: number, emptied: number): void {
    this.isMeasured = emptied === 0;
    if (emptied > 0) {
      this.credit -= Math.min(written, emptied);
      return;
    }
    this.credit = Math.min(this.credit + PACE * written, Math.max(MOST_SAVED, (PACE / 2) * written));
  }
}
