/**
 * Which windows hold an instant, and which have closed. Windows of a job are numbered in the order of their starts;
 * since starts and ends both rise with the number, the windows that hold an instant are a run first…last, and so are
 * the closed ones. Everything else (lateness, panes, emission) works on these numbers.
 */

export interface WindowAssigner {
  /** The last window that starts at or before `time`: the last one that holds it. */
  last(time: number): number;
  /** The first window that ends after `time`: the first one that holds it. */
  first(time: number): number;
  start(window: number): number;
  end(window: number): number;
  /** The last window with end ≤ `bound`: −∞ and +∞ pass through. */
  lastEndedBy(bound: number): number;
}

/** Windows on the epoch's grid, shifted by `offset`; all in milliseconds. A tumbling window has slide = size. */
export class EpochAssigner implements WindowAssigner {
  private readonly size: number;
  private readonly slide: number;
  private readonly offset: number;

  constructor(size: number, slide: number, offset: number) {
    this.size = size;
    this.slide = slide;
    this.offset = offset;
  }

  last(time: number): number {
    return Math.floor((time - this.offset) / this.slide);
  }

  first(time: number): number {
    return Math.floor((time - this.offset - this.size) / this.slide) + 1;
  }

  start(window: number): number {
    return window * this.slide + this.offset;
  }

  end(window: number): number {
    return window * this.slide + this.offset + this.size;
  }

  lastEndedBy(bound: number): number {
    return Math.floor((bound - this.offset - this.size) / this.slide);
  }
}

/** A zone's clock, as formats/time-zone.ts gives it. */
export interface WallClock {
  offsetAt(instant: number): number;
  /** A local time that does not exist is the instant of the jump; an ambiguous one the earlier instant. */
  toInstantLenient(local: number): number;
}

/** The same grid on the wall clock of a zone: a day there may have 23 or 25 hours, and a window may be empty. */
export class ZonedAssigner implements WindowAssigner {
  private readonly grid: EpochAssigner;
  private readonly clock: WallClock;

  constructor(grid: EpochAssigner, clock: WallClock) {
    this.grid = grid;
    this.clock = clock;
  }

  last(time: number): number {
    let window = this.grid.last(this.local(time));
    while (this.start(window) > time) window--;
    while (this.start(window + 1) <= time) window++;
    return window;
  }

  first(time: number): number {
    return this.lastEndedBy(time) + 1;
  }

  start(window: number): number {
    return Number.isFinite(window) ? this.clock.toInstantLenient(this.grid.start(window)) : window;
  }

  end(window: number): number {
    return Number.isFinite(window) ? this.clock.toInstantLenient(this.grid.end(window)) : window;
  }

  lastEndedBy(bound: number): number {
    if (!Number.isFinite(bound)) return bound;
    let window = this.grid.lastEndedBy(this.local(bound));
    while (this.end(window) > bound) window--;
    while (this.end(window + 1) <= bound) window++;
    return window;
  }

  private local(instant: number): number {
    return instant + this.clock.offsetAt(instant);
  }
}
