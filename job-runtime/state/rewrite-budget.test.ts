/** The budget on a log of numbers: chunks of 200 KiB, each with what is alive in it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { propertySeed } from '../../test/harness/property-seed.ts';
import { FIRST_CREDIT, MOST_SAVED, PACE, RewriteBudget, TRUST } from './rewrite-budget.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const CHUNK = 200 * KIB;
const SLACK = MIB;

/** Bytes of a log, oldest first, and how many of them are alive. */
interface Part {
  bytes: number;
  live: number;
}

class Simulation {
  copied = 0;
  deltas = 0;
  mostAtOnce = 0;
  peak = 0;
  readonly parts: Part[] = [];
  private readonly budget = new RewriteBudget(SLACK);

  get bytes(): number {
    return this.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get live(): number {
    return this.parts.reduce((sum, { live }) => sum + live, 0);
  }

  /** A commit that changes `delta` bytes, of which `replaced` in the newest parts die first. */
  commit(delta: number, replaced: number, estimate = 1): void {
    const wanted = this.budget.wanted(this.bytes, this.live * estimate);
    for (let at = this.parts.length - 1, left = replaced; at >= 0 && left > 0; at--) left -= this.kill(at, left);
    let emptied = 0;
    let copied = 0;
    while (emptied < wanted && this.parts.length > 0) {
      const { bytes, live } = this.parts.shift()!;
      emptied += bytes;
      copied += live;
    }
    this.append(copied);
    this.append(delta);
    this.budget.committed(copied + delta, emptied);
    this.copied += copied;
    this.deltas += delta;
    this.mostAtOnce = Math.max(this.mostAtOnce, copied);
    this.peak = Math.max(this.peak, this.bytes);
  }

  append(bytes: number): void {
    for (let left = bytes; left > 0; left -= CHUNK) {
      const part = Math.min(left, CHUNK);
      this.parts.push({ bytes: part, live: part });
    }
  }

  private kill(at: number, most: number): number {
    const part = this.parts[at]!;
    const dead = Math.min(part.live, most);
    part.live -= dead;
    return dead;
  }
}

describe('RewriteBudget', () => {
  test('nothing is emptied up to twice the live state and the slack', () => {
    const budget = new RewriteBudget(SLACK);
    expect(budget.wanted(2 * MIB + SLACK, MIB)).toBe(0);
    expect(budget.wanted(2 * MIB + SLACK + 100 * KIB, MIB)).toBe(100 * KIB);
  });

  test('a little more is emptied at least, so that small commits do not empty a chunk each', () => {
    expect(new RewriteBudget(SLACK).wanted(2 * MIB + SLACK + 1, MIB)).toBe(SLACK / 16);
  });

  test('with credit for all that is alive, more may go than there is credit', () => {
    expect(new RewriteBudget(SLACK).wanted(100 * MIB, FIRST_CREDIT)).toBe(TRUST * FIRST_CREDIT);
    expect(new RewriteBudget(SLACK).wanted(100 * MIB, FIRST_CREDIT + 1)).toBe(FIRST_CREDIT);
  });

  test('no two commits in a row empty any', () => {
    const budget = new RewriteBudget(SLACK);
    budget.committed(CHUNK, CHUNK);
    expect(budget.wanted(100 * MIB, 0)).toBe(0);
    budget.committed(CHUNK, 0);
    expect(budget.wanted(100 * MIB, 0)).toBeGreaterThan(0);
  });

  test('an estimate that is no number empties nothing', () => {
    expect(new RewriteBudget(SLACK).wanted(100 * MIB, NaN)).toBe(0);
  });

  test.each([
    { name: 'small commits', delta: 20 * KIB, commits: 12_000 },
    { name: 'large commits', delta: MIB, commits: 1000 },
    { name: 'very large commits', delta: 6 * MIB, commits: 200 },
  ])('$name on a large state that stays as it is: the log is a quarter of it too long', ({ delta, commits }) => {
    const state = 100 * MIB;
    const log = new Simulation();
    log.append(state);
    for (let n = 0; n < commits; n++) log.commit(delta, n === 0 ? 0 : delta);
    const { live } = log;
    expect(log.peak).toBeLessThanOrEqual(2 * live + live / 4 + SLACK + 4 * delta + (PACE + 1) * delta);
    expect(log.copied).toBeLessThanOrEqual(log.deltas + live);
    expect(log.copied).toBeGreaterThan(live);
    expect(log.mostAtOnce).toBeLessThanOrEqual(Math.max(8 * MIB, (PACE / 2) * delta) + CHUNK);
  });

  test('whatever the estimate says, rewriting is paid for by deltas', () => {
    const commit = fc.record({
      delta: fc.integer({ min: 1, max: 2 * MIB }),
      replaced: fc.integer({ min: 0, max: 2 * MIB }),
      estimate: fc.constantFrom(0, 0.01, 0.3, 0.9, 1, 1.2, 5),
    });
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 150 }), fc.integer({ min: 0, max: 50 * MIB }), (commits, state) => {
        const log = new Simulation();
        log.append(state);
        for (const { delta, replaced, estimate } of commits) log.commit(delta, replaced, estimate);
        expect(log.copied).toBeLessThanOrEqual(PACE * log.deltas + FIRST_CREDIT + TRUST * MOST_SAVED);
        expect(log.mostAtOnce).toBeLessThanOrEqual(TRUST * MOST_SAVED + CHUNK);
      }),
      { seed: propertySeed() },
    );
  });
});
