/**
 * Turns totals that run since their owner was made into increments, as counters want them. A task that is restored
 * counts from 0 again and works on the uncommitted records once more; increments taken at each commit count each
 * committed record once.
 */

/** The totals of one owner; make another for its heir. */
export class RunningTotals<T extends { readonly [K in keyof T]: number }> {
  private last: Partial<T> = {};

  /** What came since the last call. Totals that fell belong to an heir that began at 0. */
  increments(totals: T): T {
    const names = Object.keys(totals) as (keyof T)[];
    if (names.some((name) => totals[name] < (this.last[name] ?? 0))) this.last = {};
    const { last } = this;
    this.last = { ...totals };
    return Object.fromEntries(names.map((name) => [name, totals[name] - (last[name] ?? 0)])) as T;
  }
}
