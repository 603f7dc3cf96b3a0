import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MemberClaim } from '../log/group.ts';
import type { TopicPartition } from '../log/log.ts';
import { assign } from './assignor.ts';
import type { CoPartitionGroup } from './assignor.ts';

type Given = ReadonlyMap<string, readonly TopicPartition[]>;

const one = (topic: string, partitions: number): CoPartitionGroup => ({ topics: [topic], partitions });
const claim = (memberId: string, generation = -1, ...owned: TopicPartition[]): MemberClaim => ({
  memberId,
  owned,
  generation,
});
const of = (topic: string, ...partitions: number[]): TopicPartition[] =>
  partitions.map((partition) => ({ topic, partition }));
const text = (given: Given): Record<string, string> =>
  Object.fromEntries([...given].map(([id, list]) => [id, list.map((p) => `${p.topic}${p.partition}`).join(' ')]));
/** What members say when they join again after an assignment. */
const claimsAfter = (given: Given, generation = 1): MemberClaim[] =>
  [...given].map(([memberId, owned]) => ({ memberId, owned, generation }));

describe('assign', () => {
  test.each([
    { name: 'nobody gets nothing', stages: [one('a', 2)], members: [], want: {} },
    { name: 'one member gets all', stages: [one('a', 2)], members: [claim('x')], want: { x: 'a0 a1' } },
    {
      name: 'a member beyond the partitions gets an empty list',
      stages: [one('a', 1)],
      members: [claim('x'), claim('y')],
      want: { x: 'a0', y: '' },
    },
    {
      name: 'topics of one group go together',
      stages: [{ topics: ['a', 'b'], partitions: 2 }],
      members: [claim('x'), claim('y')],
      want: { x: 'a0 b0', y: 'a1 b1' },
    },
    {
      name: 'what is left over of two groups goes to two members',
      stages: [one('a', 1), one('b', 1)],
      members: [claim('x'), claim('y')],
      want: { x: 'a0', y: 'b0' },
    },
    {
      name: 'the later of two claims wins',
      stages: [one('a', 2)],
      members: [claim('x', 3, ...of('a', 0)), claim('y', 4, ...of('a', 0))],
      want: { x: 'a1', y: 'a0' },
    },
    {
      name: 'of two claims of one generation the smaller member id wins',
      stages: [one('a', 2)],
      members: [claim('y', 4, ...of('a', 1)), claim('x', 4, ...of('a', 1))],
      want: { x: 'a1', y: 'a0' },
    },
    {
      name: 'claims on what does not exist count for nothing',
      stages: [one('a', 1)],
      members: [claim('x', 1, ...of('a', 1, -1, 0.5), ...of('other', 0)), claim('y', 1, ...of('a', 0))],
      want: { x: '', y: 'a0' },
    },
    {
      name: 'new partitions go to who has least',
      stages: [one('a', 4)],
      members: [claim('x', 1, ...of('a', 0, 1)), claim('y', 1)],
      want: { x: 'a0 a1', y: 'a2 a3' },
    },
    {
      name: 'whoever has too much gives the last ones away',
      stages: [one('a', 4)],
      members: [claim('x', 1, ...of('a', 0, 1, 2, 3)), claim('y')],
      want: { x: 'a0 a1', y: 'a2 a3' },
    },
  ])('$name', ({ stages, members, want }) => {
    expect(text(assign(stages, members))).toEqual(want);
  });

  test('twelve stages of a hundred partitions for ninety members are decided at once', () => {
    const stages = Array.from({ length: 12 }, (_, i) => one(`t${i}-`, 100 + i));
    const members = Array.from({ length: 90 }, (_, i) => claim(`m${i}`));
    const started = performance.now();
    const first = assign(stages, members);
    expect(movedUnits(stages, claimsAfter(first), assign(stages, claimsAfter(first)))).toBe(0);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

const stagesArbitrary = fc
  .array(fc.record({ topics: fc.integer({ min: 1, max: 3 }), partitions: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: 4,
  })
  .map((stages) =>
    stages.map(({ topics, partitions }, stage) => ({
      topics: Array.from({ length: topics }, (_, i) => `s${stage}-${i}-`),
      partitions,
    })),
  );
const idsArbitrary = (maxLength: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength });

/** Stages, and members that claim anything, also one another's. */
const caseArbitrary = (most = { members: 6 }): fc.Arbitrary<[CoPartitionGroup[], MemberClaim[]]> =>
  fc.tuple(stagesArbitrary, idsArbitrary(most.members)).chain(([stages, ids]) => {
    const units = stages.flatMap(({ topics, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => topics.map((topic) => ({ topic, partition }))),
    );
    const claimed = fc.tuple(fc.subarray(units), fc.integer({ min: -1, max: 3 }));
    return fc
      .tuple(...ids.map(() => claimed))
      .map((all) => [stages, all.map(([owned, generation], i) => claim(ids[i]!, generation, ...owned.flat()))]);
  });

const countOf = (list: readonly TopicPartition[], topics: readonly string[]): number =>
  list.filter(({ topic }) => topic === topics[0]).length;
const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

/** Units whose last owner is here and did not get them. */
function movedUnits(stages: readonly CoPartitionGroup[], claims: readonly MemberClaim[], given: Given): number {
  const firsts = new Set(stages.map(({ topics }) => topics[0]!));
  const had = lastOwners(claims);
  return [...given].reduce((moved, [memberId, list]) => {
    const taken = list.filter(({ topic, partition }) => {
      const owner = had.get(`${topic}${partition}`);
      return firsts.has(topic) && owner !== undefined && owner !== memberId;
    });
    return moved + taken.length;
  }, 0);
}

function lastOwners(claims: readonly MemberClaim[]): Map<string, string> {
  const order = [...claims].sort((a, b) => b.generation - a.generation || (a.memberId < b.memberId ? -1 : 1));
  const owners = new Map<string, string>();
  for (const { memberId, owned } of order)
    for (const { topic, partition } of owned)
      if (!owners.has(`${topic}${partition}`)) owners.set(`${topic}${partition}`, memberId);
  return owners;
}

/** The fewest moves of all balanced assignments, found by trying every way to place what does not divide evenly. */
function fewestMoves(stages: readonly CoPartitionGroup[], claims: readonly MemberClaim[]): number {
  const owners = lastOwners(claims);
  const ids = claims.map(({ memberId }) => memberId);
  const had = stages.map(({ topics, partitions }) => {
    const counts = new Map(ids.map((id) => [id, 0]));
    for (let p = 0; p < partitions; p++) {
      const owner = owners.get(`${topics[0]}${p}`);
      if (owner !== undefined) counts.set(owner, counts.get(owner)! + 1);
    }
    return ids.map((id) => counts.get(id)!);
  });
  const owned = had.flat().reduce((sum, count) => sum + count, 0);
  let kept = 0;
  const place = (stage: number, totals: readonly number[], soFar: number): void => {
    if (stage === stages.length) {
      if (spread(totals) <= 1) kept = Math.max(kept, soFar);
      return;
    }
    const { partitions } = stages[stage]!;
    const base = Math.floor(partitions / ids.length);
    for (let mask = 0; mask < 2 ** ids.length; mask++) {
      const quotas = ids.map((_, i) => base + ((mask >> i) & 1));
      if (quotas.reduce((sum, quota) => sum + quota, 0) !== partitions) continue;
      const keeps = quotas.reduce((sum, quota, i) => sum + Math.min(quota, had[stage]![i]!), 0);
      place(
        stage + 1,
        totals.map((sum, i) => sum + quotas[i]!),
        soFar + keeps,
      );
    }
  };
  place(
    0,
    ids.map(() => 0),
    0,
  );
  return owned - kept;
}

describe('whatever the stages and claims', () => {
  test('each partition goes to exactly one member, and nothing else does', () => {
    fc.assert(
      fc.property(caseArbitrary(), ([stages, members]) => {
        const given = assign(stages, members);
        const all = [...given.values()].flat().map(({ topic, partition }) => `${topic}${partition}`);
        const want = stages.flatMap(({ topics, partitions }) =>
          topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => `${topic}${partition}`)),
        );
        expect(all.sort()).toEqual(want.sort());
        expect([...given.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort());
      }),
    );
  });

  test('the topics of a group stay together', () => {
    fc.assert(
      fc.property(caseArbitrary(), ([stages, members]) => {
        for (const list of assign(stages, members).values())
          for (const { topics } of stages) {
            const [first, ...others] = topics.map((topic) =>
              list.filter((each) => each.topic === topic).map(({ partition }) => partition),
            );
            for (const other of others) expect(other).toEqual(first);
          }
      }),
    );
  });

  test('members differ by at most one task, in each group and in total', () => {
    fc.assert(
      fc.property(caseArbitrary(), ([stages, members]) => {
        const lists = [...assign(stages, members).values()];
        for (const { topics } of stages) expect(spread(lists.map((list) => countOf(list, topics)))).toBeLessThan(2);
        const totals = lists.map((list) => stages.reduce((sum, { topics }) => sum + countOf(list, topics), 0));
        expect(spread(totals)).toBeLessThan(2);
      }),
    );
  });

  test('no balanced assignment moves fewer', () => {
    fc.assert(
      fc.property(caseArbitrary({ members: 4 }), ([stages, members]) => {
        expect(movedUnits(stages, members, assign(stages, members))).toBe(fewestMoves(stages, members));
      }),
    );
  });

  test('the order of members does not matter', () => {
    const shuffled = caseArbitrary().chain(([stages, members]) =>
      fc.tuple(fc.constant(stages), fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length })),
    );
    fc.assert(
      fc.property(shuffled, ([stages, members, others]) => {
        expect(text(assign(stages, others))).toEqual(text(assign(stages, members)));
      }),
    );
  });
});

describe('from one generation to the next', () => {
  const started = caseArbitrary().map(([stages, members]) => ({ stages, given: assign(stages, members) }));

  test('nothing moves while nothing changes', () => {
    fc.assert(
      fc.property(started, ({ stages, given }) => {
        expect(text(assign(stages, claimsAfter(given)))).toEqual(text(given));
      }),
    );
  });

  test('nothing moves in one stage when one member leaves, but what it had', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), idsArbitrary(6), (partitions, ids) => {
        const stages = [one('a', partitions)];
        const [, ...rest] = claimsAfter(
          assign(
            stages,
            ids.map((id) => claim(id)),
          ),
        );
        expect(movedUnits(stages, rest, assign(stages, rest))).toBe(0);
      }),
    );
  });

  test('when one joins a stage, only as many move as it gets', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), idsArbitrary(6), (partitions, ids) => {
        const stages = [one('a', partitions)];
        const members = [
          ...claimsAfter(
            assign(
              stages,
              ids.map((id) => claim(id)),
            ),
          ),
          claim('newcomer'),
        ];
        const given = assign(stages, members);
        expect(movedUnits(stages, members, given)).toBe(given.get('newcomer')!.length);
        expect(given.get('newcomer')!).toHaveLength(Math.floor(partitions / members.length));
      }),
    );
  });
});
