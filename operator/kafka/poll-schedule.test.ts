import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PollSchedule, POLL_LIMITS } from './poll-schedule.ts';
import type { Flight, Outcome } from './poll-schedule.ts';

const { movingMillis, quietMillis, roundMillis, startsPerRound, longestWaitMillis } = POLL_LIMITS;

interface Start {
  readonly at: number;
  readonly key: string;
  readonly cluster: string;
}

/** Runs the schedule for a while on a clock of its own; each poll takes `takesMillis` and ends as `end` says. */
class Run {
  readonly schedule = new PollSchedule();
  readonly starts: Start[] = [];
  mostAtOnce = 0;
  now = 0;
  takesMillis: (flight: Flight) => number = () => 5;
  end: (flight: Flight, at: number) => Outcome = () => 'quiet';
  private readonly flights: { readonly flight: Flight; readonly endsAt: number }[] = [];

  add(count: number, cluster = 'c', prefix = cluster): void {
    for (let i = 0; i < count; i++) this.schedule.add(`${prefix}/${i}`, cluster, this.now);
  }

  until(end: number): this {
    for (;;) {
      const first = Math.min(this.schedule.nextAt() ?? Infinity, ...this.flights.map(({ endsAt }) => endsAt));
      if (first > end) break;
      this.now = Math.max(this.now, first);
      this.land();
      for (const flight of this.schedule.take(this.now)) this.begin(flight);
    }
    this.now = end;
    return this;
  }

  /** Since `from`, of a job or of a cluster. */
  countSince(from: number, of: Partial<Start> = {}): number {
    const isOf = (start: Start): boolean =>
      start.at >= from && (of.key ?? start.key) === start.key && (of.cluster ?? start.cluster) === start.cluster;
    return this.starts.filter(isOf).length;
  }

  private begin(flight: Flight): void {
    this.starts.push({ at: this.now, ...flight });
    this.flights.push({ flight, endsAt: this.now + this.takesMillis(flight) });
    this.mostAtOnce = Math.max(this.mostAtOnce, this.flights.length);
  }

  private land(): void {
    for (const done of this.flights.filter(({ endsAt }) => endsAt <= this.now)) {
      this.flights.splice(this.flights.indexOf(done), 1);
      this.schedule.ended(done.flight, this.end(done.flight, this.now), this.now);
    }
  }
}

describe('how often a job is asked about', () => {
  test.each<{ name: string; outcome: Outcome; period: number }>([
    { name: 'a job that moves: every 15 s', outcome: 'moving', period: movingMillis },
    { name: 'a quiet job: every 5 min', outcome: 'quiet', period: quietMillis },
  ])('$name', ({ outcome, period }) => {
    const run = new Run();
    run.end = () => outcome;
    run.add(1);
    const { starts } = run.until(period * 20);
    expect(starts[0]!.at).toBe(0);
    expect(starts.length).toBeGreaterThanOrEqual(18);
    expect(starts.length).toBeLessThanOrEqual(23);
  });

  test('a job that fails by itself: less and less often, and its neighbours as before', () => {
    const run = new Run();
    run.end = ({ key }) => (key === 'c/0' ? 'failed' : 'moving');
    run.add(3);
    run.until(600_000);
    expect(run.countSince(0, { key: 'c/1' })).toBeGreaterThan(35);
    expect(run.countSince(0, { key: 'c/0' })).toBeLessThan(15);
  });

  test('somebody in a hurry comes at once, but not more often than each second', () => {
    const run = new Run();
    run.add(1);
    run.until(30_000);
    expect(run.countSince(0)).toBe(1);
    for (let i = 0; i < 100; i++) {
      run.schedule.hurry('c/0', run.now);
      run.until(run.now + 50);
    }
    expect(run.countSince(30_000)).toBeGreaterThanOrEqual(4);
    expect(run.countSince(30_000)).toBeLessThanOrEqual(6);
    expect(run.starts[1]!.at).toBe(30_000);
  });

  test('who is in a hurry while the job is being asked about is not answered by what that poll saw', () => {
    const run = new Run();
    run.takesMillis = () => 2000;
    run.add(1);
    run.until(500);
    run.schedule.hurry('c/0', run.now);
    run.until(10_000);
    expect(run.starts.map(({ at }) => at)).toEqual([0, 3000]);
  });

  test('a job that is gone is not asked about, not even when its last poll ends later', () => {
    const run = new Run();
    run.takesMillis = () => 2000;
    run.add(2);
    run.until(100);
    run.schedule.remove('c/0');
    run.schedule.remove('c/1');
    run.schedule.hurry('c/0', run.now);
    run.until(quietMillis * 3);
    expect(run.starts).toHaveLength(1);
    expect(run.schedule.nextAt()).toBeUndefined();
  });
});

describe('a thousand jobs', () => {
  test('begin a few at a time, and all have had their turn soon', () => {
    const run = new Run();
    run.add(1000);
    run.until(15_000);
    expect(new Set(run.starts.map(({ key }) => key)).size).toBe(1000);
    expect(run.mostAtOnce).toBeLessThanOrEqual(POLL_LIMITS.inFlightPerCluster);
  });

  test('stay spread over their period', () => {
    const run = new Run();
    run.add(1000);
    run.until(quietMillis * 4);
    const inRounds = Map.groupBy(
      run.starts.filter(({ at }) => at > quietMillis * 2),
      ({ at }) => Math.floor(at / 10_000),
    );
    // Two periods of them; 67 of 10 s each if they were perfectly even.
    expect(Math.max(...[...inRounds.values()].map(({ length }) => length))).toBeLessThan(200);
  });
});

describe('a cluster that cannot be reached', () => {
  /** Each poll of it takes as long as a poll may. */
  const dead = (run: Run): Run =>
    Object.assign(run, {
      takesMillis: ({ cluster }: Flight) => (cluster === 'dead' ? 20_000 : 5),
      end: ({ cluster }: Flight) => (cluster === 'dead' ? 'clusterFailed' : 'moving'),
    });

  test('is tried once a while, however many jobs it has', () => {
    const run = dead(new Run());
    run.takesMillis = () => 5;
    run.add(1000, 'dead');
    run.until(1_000_000);
    expect(run.countSince(200_000)).toBeLessThanOrEqual(800_000 / longestWaitMillis + 1);
    expect(run.countSince(200_000)).toBeGreaterThan(5);
    expect(run.schedule.heldBack('dead')).toHaveLength(1000);
  });

  test('does not hold up the jobs of others', () => {
    const run = dead(new Run());
    run.add(500, 'dead');
    run.add(50, 'well');
    run.until(60_000);
    expect(run.countSince(0, { cluster: 'well' })).toBeGreaterThanOrEqual(150);
  });

  test('is tried by each of its jobs in turn, and all of them come back when it does', () => {
    const run = dead(new Run());
    run.add(20, 'dead');
    run.until(1_500_000);
    expect(new Set(run.starts.map(({ key }) => key)).size).toBeGreaterThan(10);
    run.end = () => 'moving';
    run.takesMillis = () => 5;
    run.until(1_500_000 + longestWaitMillis + 30_000);
    const back = run.starts.filter(({ at }) => at > 1_500_000).map(({ key }) => key);
    expect(new Set(back).size).toBe(20);
    expect(run.schedule.heldBack('dead')).toEqual([]);
  });

  test('one failure among answers is the job’s own matter', () => {
    const run = new Run();
    run.end = ({ key }) => (key === 'c/0' ? 'clusterFailed' : 'moving');
    run.add(5);
    run.until(300_000);
    expect(run.schedule.heldBack('c')).toEqual([]);
    expect(run.countSince(0, { key: 'c/1' })).toBeGreaterThan(15);
  });

  test('is forgotten with its last job: a new one is asked about at once', () => {
    const run = dead(new Run());
    run.add(1, 'dead');
    run.until(200_000);
    run.schedule.remove('dead/0');
    run.until(300_000);
    run.add(1, 'dead', 'new');
    run.until(300_001);
    expect(run.countSince(300_000, { key: 'new/0' })).toBe(1);
  });
});

test('whatever ends how, limits hold and nobody is forgotten', () => {
  const outcomes = fc.array(fc.constantFrom<Outcome>('moving', 'quiet', 'failed', 'clusterFailed'), { minLength: 1 });
  fc.assert(
    fc.property(outcomes, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 30_000 }), (ends, jobs, takes) => {
      const run = new Run();
      let ended = 0;
      run.end = () => ends[ended++ % ends.length]!;
      run.takesMillis = () => takes;
      for (const cluster of ['a', 'b', 'd']) run.add(jobs, cluster);
      run.until(200_000);
      expect(run.mostAtOnce).toBeLessThanOrEqual(3 * POLL_LIMITS.inFlightPerCluster);
      for (const [, round] of Map.groupBy(run.starts, ({ at }) => Math.floor(at / roundMillis)))
        expect(round.length).toBeLessThanOrEqual(2 * startsPerRound);
      run.end = () => 'quiet';
      run.takesMillis = () => 5;
      const from = run.now;
      run.until(from + longestWaitMillis + 2 * quietMillis + 30_000);
      const seen = new Set(run.starts.filter(({ at }) => at >= from).map(({ key }) => key));
      expect(seen.size).toBe(3 * jobs);
    }),
    { numRuns: 25 },
  );
});
