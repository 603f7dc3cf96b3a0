/**
 * Who works on which partitions (pure). Topics that are read together go together: partition n of all topics of a
 * co-partition group is one unit, since one task reads them all.
 *
 * Balance first: within a group members differ by at most one unit, and in total, over all groups, by at most one too.
 * Then stickiness: of all such assignments one that moves the fewest units, since a moved task is restored elsewhere.
 * The same stages and claims give the same assignment, in whatever order the members come.
 */
import type { MemberClaim } from '../log/group.ts';
import type { TopicPartition } from '../log/log.ts';
import { placeExtras } from './extras.ts';

/** Topics of which one task reads the same partition. No topic is in two groups. */
export interface CoPartitionGroup {
  readonly topics: readonly string[];
  readonly partitions: number;
}

/** Every member is in the result, also those that get nothing. */
export function assign(
  stages: readonly CoPartitionGroup[],
  members: readonly MemberClaim[],
): Map<string, TopicPartition[]> {
  const claims = [...members].sort((a, b) => byCodeUnits(a.memberId, b.memberId));
  const given = new Map(claims.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
  if (claims.length === 0) return given;
  const owners = ownersByStage(stages, claims);
  const quotas = quotasByStage(owners, claims.length);
  stages.forEach(({ topics }, stage) => {
    const takers = share(owners[stage]!, quotas[stage]!);
    takers.forEach((member, partition) => {
      const partitions = given.get(claims[member]!.memberId)!;
      for (const topic of topics) partitions.push({ topic, partition });
    });
  });
  return given;
}

/** By stage and partition: the member that had the unit last; −1: nobody here. */
function ownersByStage(stages: readonly CoPartitionGroup[], claims: readonly MemberClaim[]): number[][] {
  const owners = stages.map(({ partitions }) => new Array<number>(partitions).fill(-1));
  const stageOf = new Map(stages.flatMap(({ topics }, stage) => topics.map((topic) => [topic, stage] as const)));
  claims.forEach(({ owned, generation }, member) => {
    for (const { topic, partition } of owned) {
      const units = owners[stageOf.get(topic) ?? -1];
      const rival = units?.[partition];
      // Claims come in the order of member ids, so that the first of two equal ones stays.
      if (rival === undefined || (rival >= 0 && claims[rival]!.generation >= generation)) continue;
      units![partition] = member;
    }
  });
  return owners;
}

/** By stage and member: how many units each is to have. */
function quotasByStage(owners: readonly (readonly number[])[], members: number): number[][] {
  const bases = owners.map((units) => Math.floor(units.length / members));
  const wishes = owners.map((units, stage) => countOwned(units, members).map((count) => count > bases[stage]!));
  const extras = placeExtras(
    owners.map((units) => units.length % members),
    wishes,
    members,
  );
  return extras.map((row, stage) => row.map((extra) => bases[stage]! + (extra ? 1 : 0)));
}

function countOwned(units: readonly number[], members: number): number[] {
  const counts = new Array<number>(members).fill(0);
  for (const owner of units) if (owner >= 0) counts[owner]!++;
  return counts;
}

/** By partition: who gets the unit. Owners keep theirs up to their quota; the rest goes to who has the most room. */
function share(owners: readonly number[], quotas: readonly number[]): number[] {
  const room = [...quotas];
  const takers = owners.map((owner) => {
    if (owner < 0 || room[owner] === 0) return -1;
    room[owner]!--;
    return owner;
  });
  return takers.map((taker) => {
    if (taker >= 0) return taker;
    const roomiest = room.indexOf(Math.max(...room));
    room[roomiest]!--;
    return roomiest;
  });
}

/** Not by locale: every leader has to sort alike. */
function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
