import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LeaseSimulation } from './lease-simulation.test-kit.ts';
import type { CandidatePlan } from './lease-simulation.test-kit.ts';
import { LeaseTerm } from './lease-term.ts';
import type { FoundLease, Instant } from './lease-term.ts';

const at = (seconds: number, wallSeconds = seconds): Instant => ({
  monotonic: seconds * 1000,
  wall: wallSeconds * 1000,
});
const lease = (version: string, holderIdentity: string, over: object = {}): FoundLease => ({
  version,
  spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 3, ...over },
});

describe('LeaseTerm', () => {
  it('creates the Lease when there is none', () => {
    const term = new LeaseTerm('me');
    expect(term.begin(at(0))).toEqual({ kind: 'read' });
    expect(term.onRead(undefined, at(1))).toEqual({
      kind: 'create',
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        acquireTime: '1970-01-01T00:00:01.000000Z',
        renewTime: '1970-01-01T00:00:01.000000Z',
        leaseTransitions: 0,
      },
    });
  });

  it.each([
    { name: 'waits at first sight, however old it says that it is', steps: [[0, '1']], takes: false },
    { name: 'waits before its time', steps: [[0, '1'], [14.9, '1']], takes: false }, // prettier-ignore
    { name: 'takes what has not changed for 15 s', steps: [[0, '1'], [15, '1']], takes: true }, // prettier-ignore
    { name: 'begins to count anew with each change', steps: [[0, '1'], [14, '2'], [28, '2']], takes: false }, // prettier-ignore
  ] as const)('$name', ({ steps, takes }) => {
    const term = new LeaseTerm('me');
    const last = steps.map(([seconds, version]) =>
      term.onRead(lease(version, 'other', { renewTime: '1970-01-01T00:00:00.000000Z' }), at(seconds, 1e6)),
    );
    expect(last.at(-1) !== undefined).toBe(takes);
  });

  it('takes at once what was given back, and counts the transition', () => {
    expect(new LeaseTerm('me').onRead(lease('7', ''), at(0))).toMatchObject({
      kind: 'replace',
      version: '7',
      spec: { holderIdentity: 'me', leaseTransitions: 4 },
    });
  });

  it('waits as long as the holder was promised, if that is longer', () => {
    const term = new LeaseTerm('me');
    const long = lease('1', 'other', { leaseDurationSeconds: 60 });
    expect([0, 20, 59, 60].map((seconds) => term.onRead(long, at(seconds)) !== undefined)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('leads for 10 s from the beginning of its last write, by the clock that ran more', () => {
    const term = new LeaseTerm('me');
    term.onWritten(lease('1', 'me'), at(100));
    expect([at(101), at(109.9), at(110), at(101, 110), at(109, 50)].map((now) => term.isLeading(now))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  it('renews without a look, and keeps when it was acquired', () => {
    const term = new LeaseTerm('me');
    term.onWritten(lease('4', 'me', { acquireTime: 'then' }), at(100));
    expect(term.begin(at(102))).toMatchObject({
      kind: 'replace',
      version: '4',
      spec: { acquireTime: 'then', leaseTransitions: 3, renewTime: '1970-01-01T00:01:42.000000Z' },
    });
  });

  it('looks again after a failure, and leads on until its time is over', () => {
    const term = new LeaseTerm('me');
    term.onWritten(lease('4', 'me'), at(100));
    term.onFailed();
    expect(term.begin(at(102))).toEqual({ kind: 'read' });
    expect(term.isLeading(at(109))).toBe(true);
    // The write came to pass, its answer did not: known to be ours, but not since when.
    expect(term.onRead(lease('5', 'me'), at(109))).toMatchObject({ kind: 'replace', version: '5' });
    expect(term.isLeading(at(111))).toBe(false);
  });

  it('gives the Lease back once, and does not lead any more', () => {
    const term = new LeaseTerm('me');
    term.onWritten(lease('4', 'me'), at(100));
    expect(term.release(at(101))).toMatchObject({ kind: 'replace', version: '4', spec: { holderIdentity: '' } });
    expect(term.isLeading(at(101))).toBe(false);
    expect(term.release(at(101))).toBeUndefined();
  });
});

describe('candidates for one Lease', () => {
  const END = 180_000;
  const delay = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 6_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
  );
  const plan = (least: number, most: number): fc.Arbitrary<CandidatePlan> =>
    fc.record({
      rate: fc.double({ min: least, max: most, noNaN: true }),
      wallOffsetMillis: fc.integer({ min: -1e9, max: 1e9 }).map((offset) => offset + 1e12),
      startsAt: fc.integer({ min: 0, max: 30_000 }),
      freezes: fc.array(
        fc.record({ at: fc.integer({ min: 0, max: END }), forMillis: fc.integer({ min: 1, max: 40_000 }) }),
        { maxLength: 4 },
      ),
      delays: fc.array(fc.record({ thereMillis: delay, backMillis: delay }), { minLength: 1, maxLength: 12 }),
    });
  const plans = fc.array(plan(0.9, 1.1), { minLength: 2, maxLength: 3 });

  it('never lead at the same time, whatever their clocks, freezes and delays are', () => {
    fc.assert(
      fc.property(plans, (candidates) => {
        const world = new LeaseSimulation(candidates);
        world.runUntil(END);
        expect(world.clashes).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('have a leader within half a minute when nothing is wrong, and another one after that is frozen', () => {
    const calm = plan(0.95, 1.05).map((each) => ({
      ...each,
      freezes: [],
      delays: [{ thereMillis: 5, backMillis: 5 }],
    }));
    fc.assert(
      fc.property(calm, calm, (one, two) => {
        const freezes = [{ at: 60_000, forMillis: 60_000 }];
        const world = new LeaseSimulation([
          { ...one, startsAt: 0, freezes },
          { ...two, startsAt: 5_000 },
        ]);
        world.runUntil(30_000);
        expect(world.leaders().map(({ name }) => name)).toEqual(['candidate-0']);
        world.runUntil(90_000);
        expect(world.leaders().map(({ name }) => name)).toEqual(['candidate-1']);
        world.runUntil(END);
        expect(world.leaders().map(({ name }) => name)).toEqual(['candidate-1']);
        expect(world.clashes).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('would lead at the same time if clocks ran apart by half: the test can fail', () => {
    const rates = [0.6, 1.1];
    const quick = { wallOffsetMillis: 0, startsAt: 0, delays: [{ thereMillis: 1, backMillis: 1 }] };
    const frozen = rates.map((rate, index) => ({
      ...quick,
      rate,
      startsAt: index * 1000,
      // From right after a renewal, so that it has all of its time before it.
      freezes: index === 0 ? [{ at: 20_010, forMillis: 120_000 }] : [],
    }));
    const world = new LeaseSimulation(frozen);
    world.runUntil(END);
    expect(world.clashes).not.toEqual([]);
  });
});
