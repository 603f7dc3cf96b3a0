/** When a member may keep its tasks: only if nobody else can have worked on its partitions in between. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KafkaMembership } from './kafka-membership.ts';
import { OPTIONS, ScriptedCoordinator, joined, notSynced, refused, synced } from './membership.test-kit.ts';

const UNKNOWN_MEMBER_ID = 25;
const ILLEGAL_GENERATION = 22;
const REBALANCE_IN_PROGRESS = 27;

const never = new AbortController().signal;

let membership: KafkaMembership;
let coordinator: ScriptedCoordinator;

beforeEach(() => {
  coordinator = new ScriptedCoordinator().will('JoinGroup', joined(1)).will('SyncGroup', synced(0, 1));
  membership = new KafkaMembership(coordinator, OPTIONS);
});

afterEach(() => membership.leave());

describe('isContinued', () => {
  test('does not hold in the first generation of all', async () => {
    coordinator.will('JoinGroup', joined(0));
    expect(await membership.join([], never)).toMatchObject({ isContinued: false });
  });

  /** Joins twice; in between `between` happens. */
  async function secondJoin(between: () => void | Promise<void>): Promise<boolean> {
    await membership.join([], never);
    await between();
    return (await membership.join([], never)).isContinued;
  }

  test('holds from one generation to the next', async () => {
    expect(await secondJoin(() => void coordinator.will('JoinGroup', joined(2)))).toBe(true);
  });

  test.each([
    { name: 'a generation went by without us', answers: [joined(3)] },
    { name: 'the broker does not know us any more', answers: [refused(UNKNOWN_MEMBER_ID), joined(2)] },
    { name: 'the group has begun anew', answers: [joined(1)] },
  ])('does not hold where $name', async ({ answers }) => {
    expect(await secondJoin(() => void coordinator.will('JoinGroup', ...answers))).toBe(false);
  });

  test('does not hold where the part of the generation between was never known', async () => {
    const between = (): void => {
      coordinator.will('JoinGroup', joined(2), joined(3));
      coordinator.will('SyncGroup', notSynced(REBALANCE_IN_PROGRESS), synced(0));
    };
    expect(await secondJoin(between)).toBe(false);
  });

  test('does not hold after heartbeats said that the group went on, though it was gathering before', async () => {
    const between = async (): Promise<void> => {
      coordinator.will('Heartbeat', { error: REBALANCE_IN_PROGRESS }, { error: ILLEGAL_GENERATION });
      while (coordinator.count('Heartbeat') < 2) await delay(2);
      await delay(5);
      coordinator.will('JoinGroup', joined(2));
    };
    expect(await secondJoin(between)).toBe(false);
  });

  test('does not hold after leaving', async () => {
    const between = async (): Promise<void> => {
      await membership.leave();
      coordinator.will('JoinGroup', joined(2));
    };
    expect(await secondJoin(between)).toBe(false);
  });
});
