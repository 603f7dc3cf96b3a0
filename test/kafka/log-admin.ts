/** What an administrator is told by a real broker, and what it deletes there. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { TopicPartition } from '../../job-runtime/log/log.ts';
import type { LogAdmin } from '../../job-runtime/log/log-admin.ts';
import { builderOf, numbered, openWriter, outsider, read, write } from '../conformance/log-text.ts';
import { joinedMember, openTransaction } from './log-on-broker.ts';
import type { BrokerContext } from './log-on-broker.ts';

export interface AdminContext extends BrokerContext {
  readonly admin: () => LogAdmin;
}

export function describeAdmin(context: AdminContext): void {
  describeLooks(context);
  describeDeletions(context);
}

function describeLooks(context: AdminContext): void {
  const { log, admin, topic, name } = context;

  test('the ends of several topics come by partition, and a topic that does not exist is absent', async () => {
    const [one, other] = [await topic(3), await topic(1)];
    await write(log(), one, 1, numbered(4));
    // The end of the transaction is there by then.
    await read(log(), { topic: one, partition: 1 }, 4);
    const ends = await admin().ends([one, other, 'no-such-topic']);
    const { end } = await log().offsets({ topic: one, partition: 1 });
    expect(ends).toEqual(
      new Map([
        [one, [0, end, 0]],
        [other, [0]],
      ]),
    );
  });

  test('nothing is asked about no topics', async () => {
    expect(await admin().ends([])).toEqual(new Map());
  });

  test('a topic that grows shows its new partitions at once', async () => {
    const grown = await topic(1);
    await admin().ends([grown]);
    await log().growTopic(grown, 2);
    expect(await admin().ends([grown])).toEqual(new Map([[grown, [0, 0]]]));
  });

  test('what a group has committed comes with its metadata, of all topics; a group that is unknown has nothing', async () => {
    const group = name('group');
    const [one, other] = [await topic(2), await topic(1)];
    const positions = [
      { topic: one, partition: 1, offset: 7, metadata: '{"v":1}' },
      { topic: other, partition: 0, offset: 2, metadata: '' },
    ];
    await commit(context, group, positions);
    expect((await admin().committed(group)).toSorted(byTopic)).toEqual(positions.toSorted(byTopic));
    expect(await admin().committed(`${group}-unknown`)).toEqual([]);
  });

  test('a transaction that is open holds nobody up, and does not count', async () => {
    const group = name('group');
    const at = { topic: await topic(), partition: 0 };
    await commit(context, group, [{ ...at, offset: 1, metadata: 'settled' }]);
    const { session, close } = await openTransaction(context, name('writer'), at, group);
    expect(await admin().committed(group)).toEqual([{ ...at, offset: 1, metadata: 'settled' }]);
    await session.end(false);
    await close();
  });

  test('topics are found by how their names begin', async () => {
    const prefix = `${name('prefix')}.run`;
    for (const topicName of [`${prefix}.a`, `${prefix}.b`, `${prefix}2.a`, `x${prefix}.a`])
      await log().createTopic(topicName, { partitions: 1 });
    expect((await admin().topicsWithPrefix(`${prefix}.`)).toSorted()).toEqual([`${prefix}.a`, `${prefix}.b`]);
  });
}

function describeDeletions(context: AdminContext): void {
  const { admin, topic, name, brokers } = context;

  test('topics are deleted, and once more without harm', async () => {
    const [one, other, kept] = [await topic(2), await topic(), await topic()];
    await admin().deleteTopics([one, other, 'no-such-topic']);
    await untilGone(admin(), [one, other]);
    expect((await admin().ends([kept])).has(kept)).toBe(true);
    await admin().deleteTopics([one, other]);
    await admin().deleteTopics([]);
  });

  test('a group is deleted with what it has committed, and once more without harm', async () => {
    const group = name('group');
    await commit(context, group, [{ topic: await topic(), partition: 0, offset: 3, metadata: '' }]);
    await admin().deleteGroup(group);
    expect(await admin().committed(group)).toEqual([]);
    await admin().deleteGroup(group);
  });

  test('a group is not deleted while it has members', async () => {
    const group = name('group');
    const member = await joinedMember(brokers(), group);
    await member.join();
    await expect(admin().deleteGroup(group)).rejects.toMatchObject({
      code: 'LogUnavailable',
      message: `cannot delete group "${group}": it still has members`,
    });
    await member.close();
    await admin().deleteGroup(group);
  });
}

async function commit(
  { log, topic, name }: AdminContext,
  group: string,
  positions: readonly (TopicPartition & { offset: number; metadata: string })[],
): Promise<void> {
  const transaction = (await openWriter(log(), name('writer'))).begin();
  transaction.append(await topic(), 0, builderOf([[null, 'with positions']]));
  transaction.commitPositions(outsider(group), positions);
  await transaction.commit();
  // The coordinator of the group hears of the end of a transaction a moment later.
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(20)) {
    const found = await log().positions(group, positions[0]!.topic);
    if (found.size > 0 && [...found.values()].every(({ isPending }) => !isPending)) return;
  }
}

async function untilGone(admin: LogAdmin, topics: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(20))
    if ((await admin.ends(topics)).size === 0) return;
  throw new Error(`${topics.join(', ')} are still there`);
}

const byTopic = (a: TopicPartition, b: TopicPartition): number => a.topic.localeCompare(b.topic);
