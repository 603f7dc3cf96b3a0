/** Pauses after failures that follow each other, spread by chance so that many processes do not knock together. */
export interface BackOffBounds {
  readonly firstMillis: number;
  readonly longestMillis: number;
}

export class BackOff {
  private readonly bounds: BackOffBounds;
  private readonly random: () => number;
  private full = 0;

  /** `random`: in [0, 1). */
  constructor(bounds: BackOffBounds, random: () => number) {
    this.bounds = bounds;
    this.random = random;
  }

  /** After a failure: between half and all of what the pause has grown to; `atLeast`: what the server asked for. */
  nextMillis(atLeast = 0): number {
    const { firstMillis, longestMillis } = this.bounds;
    this.full = Math.min(Math.max(this.full * 2, firstMillis), longestMillis);
    const pause = this.full * (0.5 + this.random() / 2);
    return Math.min(Math.max(pause, atLeast), longestMillis);
  }

  reset(): void {
    this.full = 0;
  }
}
