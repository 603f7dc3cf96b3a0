/** Group membership against real brokers: who has which partitions, through leaves, freezes, growth and restarts. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs';
import { KAFKA_VERSIONS, startKafka, whyNoKafka } from '../harness/kafka.ts';
import type { KafkaBroker, KafkaVersion } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { GroupMemberUnderTest } from './group-member.ts';
import type { MemberOptions } from './group-member.ts';

const NEWEST: KafkaVersion = '4.1.1';
const PROPERTIES = { 'group.min.session.timeout.ms': '1000' };
const PATIENCE_MILLIS = 20_000;

/** A session that is not over while a test lasts. */
const LONG_SESSION = { sessionTimeoutMillis: 60_000, rebalanceTimeoutMillis: 60_000 };

jest.setTimeout(60_000);

describe.each(KAFKA_VERSIONS)('Kafka %s', (version) => {
  const reason = whyNoKafka(version);

  describeIf(reason === undefined, reason ?? '', 'group membership', () => {
    let broker: KafkaBroker;
    let dataDir: string;
    let groups = 0;
    let members: GroupMemberUnderTest[] = [];

    beforeAll(async () => {
      dataDir = await mkdtemp(path.join(os.tmpdir(), 'streamjob-membership-'));
      broker = await startKafka({ version, dataDir, properties: PROPERTIES });
    }, 90_000);

    afterEach(async () => {
      await Promise.all(members.map((member) => member.leave()));
      members = [];
    });

    afterAll(async () => {
      await broker?.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    const newGroup = (): string => `group-${++groups}`;

    function member(group: string, options: Partial<MemberOptions> = {}): GroupMemberUnderTest {
      const made = new GroupMemberUnderTest({ brokers: broker.brokers, group, partitions: () => 6, ...options });
      members.push(made);
      return made;
    }

    test('three members share the partitions, and tools show who has which', async () => {
      const group = newGroup();
      const three = [1, 2, 3].map(() => member(group).start());
      await untilShared(three, 6);
      expect(three.map(({ owned }) => owned.length)).toEqual([2, 2, 2]);
      expect(three.map(({ current }) => current?.shared)).toEqual([{ in: 6 }, { in: 6 }, { in: 6 }]);
      expect(three.filter(({ current }) => current?.isLeader)).toHaveLength(1);
      expect(await asToolsSee(broker, group)).toEqual({
        state: 'Stable',
        protocolType: 'consumer',
        topics: [['in'], ['in'], ['in']],
        assigned: Object.fromEntries(three.map((each) => [each.current!.member.memberId, { in: each.owned }])),
      });
    });

    test('whoever leaves hands over at once, and what the others have stays with them', async () => {
      const group = newGroup();
      const [leaver, ...stayers] = [1, 2, 3].map(() => member(group, LONG_SESSION).start());
      await untilShared(members, 6);
      const before = stayers.map(({ owned }) => owned);
      await leaver!.leave();
      await untilShared(stayers, 6);
      expect(stayers.map(({ owned }, i) => before[i]!.every((partition) => owned.includes(partition)))).toEqual([
        true,
        true,
      ]);
      expect(stayers.map(({ current }) => current?.isContinued)).toEqual([true, true]);
    });

    test('whoever is silent for longer than the session loses its partitions, and learns it when it wakes', async () => {
      const group = newGroup();
      const [sleeper, ...others] = [1, 2, 3].map(() => member(group).start());
      await untilShared(members, 6);
      const { memberId } = sleeper!.current!.member;
      sleeper!.freeze();
      await untilShared(others, 6);
      expect(sleeper!.membership.trouble?.message).toMatch(
        /^no heartbeat has reached consumer group "group-\d+" for \d+ s/,
      );
      expect(sleeper!.ends.at(-1)).not.toBe('lost');
      sleeper!.thaw();
      await untilShared([sleeper!, ...others], 6);
      expect(sleeper!.ends.at(-1)).toBe('lost');
      expect(sleeper!.current).toMatchObject({ isContinued: false });
      expect(sleeper!.current!.member.memberId).not.toBe(memberId);
      expect(sleeper!.membership.trouble).toBeUndefined();
      expect(others.map(({ current }) => current?.isContinued)).toEqual([true, true]);
    });

    test('a broker that restarts takes nothing away', async () => {
      const group = newGroup();
      const two = [1, 2].map(() => member(group, { sessionTimeoutMillis: 4000 }).start());
      await untilShared(two, 6);
      const before = two.map(({ current, ends }) => ({ current, ends: [...ends] }));
      const port = Number(broker.brokers[0]!.split(':')[1]);
      await broker.stop();
      await until(() => two.every(({ membership }) => membership.trouble !== undefined), 'nobody notices');
      broker = await startKafka({ version, dataDir, port, properties: PROPERTIES });
      await until(() => two.every(({ membership }) => membership.trouble === undefined), 'no heartbeat gets through');
      await delay(1000);
      expect(two.map(({ current, ends }) => ({ current, ends }))).toEqual(before);
    });

    if (version !== NEWEST) return;

    test("the leader's rebalance spreads new partitions, anybody else's does nothing", async () => {
      const group = newGroup();
      let partitions = 2;
      const two = [1, 2].map(() => member(group, { partitions: () => partitions, ...LONG_SESSION }).start());
      await untilShared(two, 2);
      const isLeader = (each: GroupMemberUnderTest): boolean => each.current!.isLeader;
      const { generation } = two[0]!.current!.member;
      partitions = 6;
      two.find((each) => !isLeader(each))!.membership.rebalance();
      await delay(500);
      expect(two.map(({ current }) => current?.member.generation)).toEqual([generation, generation]);
      two.find(isLeader)!.membership.rebalance();
      await untilShared(two, 6);
      expect(two.map(({ current }) => current)).toMatchObject([
        { member: { generation: generation + 1 }, isContinued: true, shared: { in: 6 } },
        { member: { generation: generation + 1 }, isContinued: true, shared: { in: 6 } },
      ]);
    });

    test('a member is continued only if it had its part in the generation before', async () => {
      const group = newGroup();
      const first = member(group).start();
      await untilShared([first], 6);
      expect(first.current).toMatchObject({ isContinued: false, isLeader: true });
      const second = member(group).start();
      await untilShared([first, second], 6);
      expect(first.current).toMatchObject({ isContinued: true });
      expect(second.current).toMatchObject({ isContinued: false });
      expect(first.current!.member.memberId).toBe(first.assignments[0]!.member.memberId);
    });

    test('a member that was given a part and did not take it is not continued', async () => {
      const group = newGroup();
      const other = member(group, LONG_SESSION).start();
      await untilShared([other], 6);
      const absent = member(group, LONG_SESSION);
      const first = await absent.join();
      await until(() => other.owned.length === 3, 'nothing is handed over');
      const third = member(group, LONG_SESSION).start();
      await first.ended;
      const giveUp = new AbortController();
      const rejoining = absent.join(first.partitions, giveUp.signal);
      giveUp.abort();
      await expect(rejoining).rejects.toThrow();
      // The broker counts it in all the same: the others go on to a generation in which it has a part.
      await until(() => third.owned.length === 2 && other.owned.length === 2, 'the others do not go on');
      const second = await absent.join();
      expect(second.member).toEqual({ ...first.member, generation: first.member.generation + 2 });
      expect(second.isContinued).toBe(false);
    });

    test('a join that the broker holds ends when its signal says so, and leaves nothing behind', async () => {
      const group = newGroup();
      const working = member(group, LONG_SESSION);
      const first = await working.join();
      const waiting = member(group, LONG_SESSION);
      const abort = new AbortController();
      const joining = waiting.join([], abort.signal);
      expect(await first.ended).toBe('rebalance');
      const reason = new Error('we are told to stop');
      abort.abort(reason);
      await expect(joining).rejects.toBe(reason);
      await waiting.membership.leave();
      const second = await working.join(first.partitions);
      expect(second).toMatchObject({ isContinued: true, partitions: first.partitions });
    });

    test("a session that Kafka's settings do not allow is refused for good", async () => {
      const joining = member(newGroup(), { sessionTimeoutMillis: 500 }).join();
      await expect(joining).rejects.toMatchObject({
        code: 'ConfigInvalid',
        message: expect.stringContaining('group.min.session.timeout.ms'),
      });
    });

    test('a group that somebody else uses is refused for good', async () => {
      const group = newGroup();
      const kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.createTopics({ topics: [{ topic: 'in', numPartitions: 1 }] });
      await admin.disconnect();
      const stranger = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
      const joined = new Promise((resolve) => stranger.on(stranger.events.GROUP_JOIN, resolve));
      await stranger.subscribe({ topic: 'in' });
      await stranger.run({ eachMessage: async () => undefined });
      await joined;
      await expect(member(group).join()).rejects.toMatchObject({
        code: 'NameConflict',
        message: expect.stringContaining('INCONSISTENT_GROUP_PROTOCOL'),
      });
      await stranger.disconnect();
    });

    test('what the leader cannot decide is thrown by its join', async () => {
      const failure = new Error('no such topic');
      const assign = async (): Promise<never> => Promise.reject(failure);
      const joining = member(newGroup(), { assign }).join();
      await expect(joining).rejects.toBe(failure);
    });

    test('a leader that decides for longer than its session keeps its place', async () => {
      const slow = member(newGroup(), {
        rebalanceTimeoutMillis: 60_000,
        assign: async (claims) => {
          await delay(5000);
          return { partitions: new Map(claims.map(({ memberId }) => [memberId, []])), shared: {} };
        },
      });
      const assignment = await slow.join();
      expect(assignment.member.generation).toBe(1);
    });
  });
});

/** Until these members, and nobody else, have all partitions under one generation. */
async function untilShared(members: readonly GroupMemberUnderTest[], partitions: number): Promise<void> {
  await until(() => {
    for (const { failure } of members) if (failure !== undefined) throw failure;
    const generations = new Set(members.map(({ current }) => current?.member.generation));
    const owned = members.flatMap((member) => member.owned);
    return generations.size === 1 && owned.length === partitions && new Set(owned).size === partitions;
  }, `the ${members.length} members do not share ${partitions} partitions`);
}

async function until(holds: () => boolean, otherwise: string, millis = PATIENCE_MILLIS): Promise<void> {
  for (const deadline = Date.now() + millis; !holds();) {
    if (Date.now() > deadline) throw new Error(otherwise);
    await delay(20);
  }
}

async function asToolsSee({ brokers }: KafkaBroker, group: string): Promise<unknown> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  try {
    const [found] = (await admin.describeGroups([group])).groups;
    const { MemberMetadata, MemberAssignment } = AssignerProtocol;
    return {
      state: found!.state,
      protocolType: found!.protocolType,
      topics: found!.members.map(({ memberMetadata }) => MemberMetadata.decode(memberMetadata)!.topics),
      assigned: Object.fromEntries(
        found!.members.map((each) => [each.memberId, MemberAssignment.decode(each.memberAssignment)!.assignment]),
      ),
    };
  } finally {
    await admin.disconnect();
  }
}
