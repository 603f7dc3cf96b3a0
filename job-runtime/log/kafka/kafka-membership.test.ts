import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { StreamJobError } from '../../errors.ts';
import type { GroupOptions, MemberClaim } from '../group.ts';
import { KafkaMembership } from './kafka-membership.ts';
import { OPTIONS, ScriptedCoordinator, joined, notSynced, refused, synced } from './membership.test-kit.ts';
import { encodeClaim } from './protocol/consumer-protocol.ts';

const MEMBER_ID_REQUIRED = 79;
const UNKNOWN_MEMBER_ID = 25;
const ILLEGAL_GENERATION = 22;
const REBALANCE_IN_PROGRESS = 27;
const NOT_COORDINATOR = 16;

const unreachable = new StreamJobError('LogUnavailable', 'cannot reach Kafka');
const never = new AbortController().signal;

let membership: KafkaMembership;
let coordinator: ScriptedCoordinator;

function begin(options: Partial<GroupOptions> = {}): KafkaMembership {
  coordinator = new ScriptedCoordinator().will('JoinGroup', joined(1)).will('SyncGroup', synced(0, 1));
  membership = new KafkaMembership(coordinator, { ...OPTIONS, ...options });
  return membership;
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await delay(2);
  expect(holds()).toBe(true);
}

afterEach(() => membership.leave());

describe('joining', () => {
  test('takes the id that the broker gives, and the part that the leader gives', async () => {
    begin();
    coordinator.will('JoinGroup', refused(MEMBER_ID_REQUIRED, 'me'), joined(1));
    expect(await membership.join([], never)).toMatchObject({
      member: { group: 'g', memberId: 'me', generation: 1 },
      partitions: [0, 1].map((partition) => ({ topic: 'in', partition })),
      shared: { in: 4 },
      isLeader: false,
      isContinued: false,
    });
    expect(coordinator.asked.map(({ apiName, memberId }) => `${apiName} ${memberId}`)).toEqual([
      'JoinGroup ',
      'JoinGroup me',
      'SyncGroup me',
    ]);
  });

  test('asks the leader for a decision on what all claim', async () => {
    const claims: MemberClaim[] = [];
    begin({
      assign: async (members) => {
        claims.push(...members);
        return { partitions: new Map(), shared: {} };
      },
    });
    const owned = [{ topic: 'in', partition: 3 }];
    const members = [
      { memberId: 'me', metadata: encodeClaim(['in'], { owned: [], generation: -1 }) },
      { memberId: 'you', metadata: encodeClaim(['in'], { owned, generation: 8 }) },
    ];
    coordinator.will('JoinGroup', joined(1, { leader: 'me', members }));
    expect(await membership.join([], never)).toMatchObject({ isLeader: true });
    expect(claims).toEqual([
      { memberId: 'me', owned: [], generation: -1 },
      { memberId: 'you', owned, generation: 8 },
    ]);
  });

  test.each([
    { name: 'the group gathers anew', sync: REBALANCE_IN_PROGRESS },
    { name: 'the group has gone on', sync: ILLEGAL_GENERATION },
    { name: 'the coordinator has moved', sync: NOT_COORDINATOR },
  ])('begins again where $name before the part is known', async ({ sync }) => {
    begin();
    coordinator.will('JoinGroup', joined(1), joined(2)).will('SyncGroup', notSynced(sync), synced(0));
    expect(await membership.join([], never)).toMatchObject({ member: { memberId: 'me', generation: 2 } });
    expect(coordinator.asked.map(({ memberId }) => memberId)).toEqual(['', 'me', 'me', 'me']);
  });

  test('looks for the coordinator again where it has moved or cannot be reached, and says what is wrong', async () => {
    begin();
    coordinator.will('JoinGroup', unreachable, refused(NOT_COORDINATOR), joined(1));
    const joining = membership.join([], never);
    await until(() => membership.trouble?.message === 'cannot reach Kafka');
    await until(() => membership.trouble?.message.includes('NOT_COORDINATOR') === true);
    await joining;
    expect(coordinator.forgotten).toBe(2);
    expect(membership.trouble).toBeUndefined();
  });

  test('says what is wrong where it has to begin again and again', async () => {
    begin();
    coordinator.will('SyncGroup', notSynced(REBALANCE_IN_PROGRESS));
    const abort = new AbortController();
    const joining = membership.join([], abort.signal);
    await until(() => membership.trouble?.message.includes('REBALANCE_IN_PROGRESS') === true);
    abort.abort();
    await expect(joining).rejects.toThrow();
    expect(coordinator.count('SyncGroup')).toBe(4);
  });

  test.each([
    { code: 23, want: { code: 'NameConflict' } },
    { code: 24, want: { code: 'ConfigInvalid' } },
    { code: 26, want: { code: 'ConfigInvalid', message: expect.stringContaining('10000 ms') } },
    { code: 30, want: { code: 'NotAuthorized' } },
  ])('gives up on error $code, since asking again cannot help', async ({ code, want }) => {
    begin();
    coordinator.will('JoinGroup', refused(code));
    await expect(membership.join([], never)).rejects.toMatchObject(want);
  });

  test('gives up where the connections say that asking again cannot help', async () => {
    begin();
    coordinator.failure = new StreamJobError('NotAuthorized', 'no');
    await expect(membership.join([], never)).rejects.toBe(coordinator.failure);
  });

  test('does not go on telling of an outage when it is refused after that', async () => {
    begin();
    coordinator.will('JoinGroup', unreachable, refused(30));
    const joining = membership.join([], never);
    await until(() => membership.trouble?.code === 'LogUnavailable');
    await expect(joining).rejects.toMatchObject({ code: 'NotAuthorized' });
    expect(membership.trouble).toBeUndefined();
  });

  test("throws what the leader's decision throws, even if it is that Kafka cannot be reached", async () => {
    begin({ assign: () => Promise.reject(unreachable) });
    coordinator.will('JoinGroup', joined(1, { leader: 'me' }));
    await expect(membership.join([], never)).rejects.toBe(unreachable);
    expect(coordinator.count('SyncGroup')).toBe(0);
  });

  test.each([
    { name: 'before it begins', millis: -1 },
    { name: 'while the broker holds the request', millis: 5 },
  ])('ends with the reason of its signal, $name', async ({ millis }) => {
    begin();
    coordinator.will('JoinGroup', new Promise(() => undefined));
    const abort = new AbortController();
    const reason = new Error('stop');
    if (millis < 0) abort.abort(reason);
    else setTimeout(() => abort.abort(reason), millis);
    await expect(membership.join([], abort.signal)).rejects.toBe(reason);
    // `leave` need not wait for an answer to it either.
    coordinator.will('JoinGroup', joined(1));
    await membership.join([], never);
  });

  test('ends with the reason of its signal where that comes between two waits', async () => {
    begin();
    const abort = new AbortController();
    coordinator.will('JoinGroup', new Promise(() => undefined));
    coordinator.coordinator = async () => {
      abort.abort(new Error('stop'));
      return 1;
    };
    await expect(membership.join([], abort.signal)).rejects.toThrow('stop');
    coordinator.will('JoinGroup', joined(1));
    await membership.join([], never);
  });

  test('ends with the reason of its signal while it waits to try again', async () => {
    begin();
    coordinator.failure = unreachable;
    const abort = new AbortController();
    const joining = membership.join([], abort.signal);
    await until(() => membership.trouble !== undefined);
    abort.abort(new Error('stop'));
    await expect(joining).rejects.toThrow('stop');
  });
});

describe('an assignment', () => {
  test('ends when the group gathers, and heartbeats go on until the next join', async () => {
    begin();
    const { ended } = await membership.join([], never);
    coordinator.will('Heartbeat', { error: REBALANCE_IN_PROGRESS });
    expect(await ended).toBe('rebalance');
    const sofar = coordinator.count('Heartbeat');
    await until(() => coordinator.count('Heartbeat') > sofar + 2);
    coordinator.will('JoinGroup', new Promise(() => undefined));
    const abort = new AbortController();
    const joining = membership.join([], abort.signal);
    const before = coordinator.count('Heartbeat');
    await delay(30);
    expect(coordinator.count('Heartbeat')).toBe(before);
    abort.abort();
    await expect(joining).rejects.toThrow();
  });

  test.each([UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, 82])('is lost on error %d, and heartbeats stop', async (error) => {
    begin();
    const { ended } = await membership.join([], never);
    coordinator.will('Heartbeat', { error });
    expect(await ended).toBe('lost');
    const before = coordinator.count('Heartbeat');
    await delay(30);
    expect(coordinator.count('Heartbeat')).toBe(before);
  });

  test('stays while the coordinator cannot be reached, though others may have it after the session', async () => {
    begin({ sessionTimeoutMillis: 100 });
    const { ended } = await membership.join([], never);
    coordinator.will('Heartbeat', unreachable);
    await until(() => membership.trouble?.message === 'cannot reach Kafka');
    await until(
      () => membership.trouble?.message.includes('others may work on our partitions: cannot reach Kafka') === true,
    );
    coordinator.will('Heartbeat', { error: 0 });
    await until(() => membership.trouble === undefined);
    expect(await Promise.race([ended, 'it holds'])).toBe('it holds');
  });

  test("ends by the leader's rebalance", async () => {
    begin();
    coordinator.will('JoinGroup', joined(1, { leader: 'me' }));
    const { ended } = await membership.join([], never);
    membership.rebalance();
    expect(await ended).toBe('rebalance');
  });

  test("does not end by a follower's rebalance", async () => {
    begin();
    const { ended } = await membership.join([], never);
    membership.rebalance();
    expect(await Promise.race([ended, 'it holds'])).toBe('it holds');
  });

  test('is lost by leaving', async () => {
    begin();
    const { ended } = await membership.join([], never);
    await membership.leave();
    expect(await ended).toBe('lost');
  });
});

describe('leaving', () => {
  test('goes past a connection on which a join may be held, and stops the heartbeats', async () => {
    begin();
    await membership.join([], never);
    await membership.leave();
    expect(coordinator.asked.at(-1)).toEqual({ apiName: 'LeaveGroup', purpose: 'control', memberId: 'me' });
    const before = coordinator.asked.length;
    await delay(30);
    expect(coordinator.asked).toHaveLength(before);
  });

  test('is for good: who joins afterwards is another member', async () => {
    begin();
    await membership.join([], never);
    await membership.leave();
    await membership.join([], never);
    const ids = coordinator.asked.filter(({ apiName }) => apiName === 'JoinGroup').map(({ memberId }) => memberId);
    expect(ids).toEqual(['', '']);
  });

  test('also gives up a place that came after the join was aborted', async () => {
    begin();
    coordinator.will(
      'JoinGroup',
      delay(20).then(() => refused(MEMBER_ID_REQUIRED, 'late')),
    );
    const abort = new AbortController();
    const joining = membership.join([], abort.signal);
    abort.abort();
    await expect(joining).rejects.toThrow();
    await membership.leave();
    expect(coordinator.asked.at(-1)).toMatchObject({ apiName: 'LeaveGroup', memberId: 'late' });
  });

  test('asks nothing of Kafka where there is nothing to leave', async () => {
    begin();
    await membership.leave();
    expect(coordinator.asked).toEqual([]);
  });

  test.each([
    { name: 'does not answer', answer: new Promise<object>(() => undefined) },
    { name: 'cannot be reached', answer: unreachable },
  ])('is over within two seconds where Kafka $name', async ({ answer }) => {
    begin();
    await membership.join([], never);
    coordinator.will('LeaveGroup', answer);
    await membership.leave();
    expect(coordinator.count('LeaveGroup')).toBe(1);
  });
});
