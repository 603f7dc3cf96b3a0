/** What only a real broker can tell of the log: who is refused, what stays open, what is large. */
import { expect, test } from '@jest/globals';
import type { GroupMember, Log, TopicPartition } from '../../job-runtime/log/log.ts';
import { KafkaMembership } from '../../job-runtime/log/kafka/kafka-membership.ts';
import { PatientRequests } from '../../job-runtime/log/kafka/patient-requests.ts';
import { ProduceRounds } from '../../job-runtime/log/kafka/produce-rounds.ts';
import { openSession } from '../../job-runtime/log/kafka/producer-session.ts';
import type { ProducerSession } from '../../job-runtime/log/kafka/producer-session.ts';
import {
  builderOf,
  numbered,
  openWriter,
  outsider,
  read,
  settledPositions,
  values,
  write,
} from '../conformance/log-text.ts';
import { plainConnections } from './connections.ts';

export interface BrokerContext {
  readonly log: () => Log;
  readonly brokers: () => readonly string[];
  readonly topic: (partitions?: number) => Promise<string>;
  /** Of a group, a writer, a topic: of this test alone. */
  readonly name: (kind: string) => string;
}

/** A transaction of a process that goes no further: begun, with a record and a position, and never ended. */
export async function openTransaction(
  { brokers }: BrokerContext,
  id: string,
  at: TopicPartition,
  group: string,
): Promise<{ session: ProducerSession; close: () => Promise<void> }> {
  const connections = plainConnections(brokers());
  const requests = new PatientRequests(connections, Date.now);
  const session = await openSession(id, 60_000, requests);
  await session.enlist([at], [group]);
  const appends = [{ ...at, builders: [builderOf([[null, 'open']])] }];
  await new ProduceRounds(session, { compression: 'none', maxBatchBytes: 1000 }, appends).send(() => false);
  await session.commitPositions({ member: outsider(group), positions: [{ ...at, offset: 9, metadata: 'open' }] });
  return { session, close: () => connections.close() };
}

/** Members of a group, each with connections of its own. */
export async function joinedMember(
  brokers: readonly string[],
  group: string,
): Promise<{ join: () => ReturnType<KafkaMembership['join']>; close: () => Promise<void> }> {
  const connections = plainConnections(brokers);
  const membership = new KafkaMembership(connections, {
    group,
    topics: ['in'],
    sessionTimeoutMillis: 6000,
    rebalanceTimeoutMillis: 6000,
    heartbeatMillis: 100,
    assign: async () => ({ partitions: new Map(), shared: {} }),
  });
  const join = () => membership.join([], AbortSignal.timeout(20_000));
  return {
    join,
    close: async () => {
      await membership.leave();
      await connections.close();
    },
  };
}

async function commitAs(log: Log, id: string, member: GroupMember, at: TopicPartition): Promise<void> {
  const transaction = (await openWriter(log, id)).begin();
  transaction.append(at.topic, at.partition, builderOf([[null, `generation ${member.generation}`]]));
  transaction.commitPositions(member, [{ ...at, offset: member.generation, metadata: '' }]);
  await transaction.commit();
}

export function describeRefusals(context: BrokerContext): void {
  const { log, topic, name, brokers } = context;

  test('an unknown member is refused, and nothing of its transaction is seen', async () => {
    const from = { topic: await topic(), partition: 0 };
    const group = name('group');
    const writer = await openWriter(log(), name('writer'));
    const transaction = writer.begin();
    transaction.append(from.topic, 0, builderOf([[null, 'refused']]));
    transaction.commitPositions({ group, memberId: 'nobody', generation: 1 }, [{ ...from, offset: 5, metadata: '' }]);
    await expect(transaction.commit()).rejects.toMatchObject({
      code: 'TransactionFailed',
      // A group that has had no members has no generation either.
      message: expect.stringMatching(/^transaction of ".*(UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION)$/),
    });
    expect(() => writer.begin()).toThrow('has to be opened first');
    await writer.open();
    const next = writer.begin();
    next.append(from.topic, 0, builderOf([[null, 'kept']]));
    await next.commit();
    expect(values(await read(log(), from, 1))).toEqual(['kept']);
    expect((await settledPositions(log(), group, from.topic)).size).toBe(0);
  });

  test('the generation before is refused, the present one is not', async () => {
    const from = { topic: await topic(), partition: 0 };
    const group = name('group');
    const [one, other] = [await joinedMember(brokers(), group), await joinedMember(brokers(), group)];
    const before = await one.join();
    await commitAs(log(), name('writer'), before.member, from);
    const joining = other.join();
    expect(await before.ended).toBe('rebalance');
    const [present] = await Promise.all([one.join(), joining]);
    expect(present.member.memberId).toBe(before.member.memberId);
    await expect(commitAs(log(), name('writer'), before.member, from)).rejects.toThrow(/ILLEGAL_GENERATION/);
    await commitAs(log(), name('writer'), present.member, from);
    expect(values(await read(log(), from, 2))).toEqual(
      [before, present].map(({ member }) => `generation ${member.generation}`),
    );
    const positions = await settledPositions(log(), group, from.topic);
    expect(positions.get(0)?.position?.offset).toBe(present.member.generation);
    await Promise.all([one.close(), other.close()]);
  }, 60_000);

  test('a batch larger than the topic takes is refused, with the name of the topic and the setting', async () => {
    const small = name('small');
    await log().createTopic(small, { partitions: 1, config: { 'max.message.bytes': '1000' } });
    const transaction = (await openWriter(log(), name('writer'))).begin();
    transaction.append(small, 0, builderOf([[null, 'x'.repeat(2000)]]));
    await expect(transaction.commit()).rejects.toMatchObject({
      code: 'TransactionFailed',
      message: expect.stringMatching(new RegExp(`${small}/0.*MESSAGE_TOO_LARGE: raise max\\.message\\.bytes`)),
    });
  });

  test('the position of a reader passes over what was aborted', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, numbered(1));
    const refused = commitAs(log(), name('writer'), { group: name('group'), memberId: 'x', generation: 4 }, from);
    await expect(refused).rejects.toMatchObject({ code: 'TransactionFailed' });
    const { end } = await log().offsets(from);
    expect(end).toBeGreaterThan(2);
    const reader = log().reader();
    reader.assign([{ ...from, offset: 0 }]);
    const received: number[] = [];
    for (let next = 0; next < end;) {
      for (const { records } of await reader.poll(1000)) {
        received.push(...records.offset);
        next = records.nextOffset;
      }
    }
    expect(received).toEqual([0]);
    await reader.close();
  });
}

export function describeOpenTransactions(context: BrokerContext): void {
  const { log, topic, name } = context;

  test('a position that a transaction is about to change is pending, beside the one before', async () => {
    const from = { topic: await topic(2), partition: 0 };
    const group = name('group');
    const before = { ...from, offset: 3, metadata: 'before' };
    const transaction = (await openWriter(log(), name('writer'))).begin();
    transaction.commitPositions(outsider(group), [before]);
    await transaction.commit();
    await settledPositions(log(), group, from.topic);
    const { session, close } = await openTransaction(context, name('writer'), from, group);
    const pending = await log().positions(group, from.topic);
    expect([...pending]).toEqual([[0, { position: before, isPending: true }]]);
    await session.end(true);
    const settled = await settledPositions(log(), group, from.topic);
    expect(settled.get(0)).toEqual({ position: { ...from, offset: 9, metadata: 'open' }, isPending: false });
    await close();
  });

  test('a first position that is pending has none before', async () => {
    const from = { topic: await topic(), partition: 0 };
    const group = name('group');
    const { session, close } = await openTransaction(context, name('writer'), from, group);
    expect([...(await log().positions(group, from.topic))]).toEqual([[0, { isPending: true }]]);
    await session.end(false);
    expect((await settledPositions(log(), group, from.topic)).size).toBe(0);
    await close();
  });

  test('the transaction of a dead process is ended by opening its id, and what it still sends is refused', async () => {
    const from = { topic: await topic(), partition: 0 };
    const [group, id] = [name('group'), name('writer')];
    const { session, close } = await openTransaction(context, id, from, group);
    await write(log(), from.topic, 0, [[null, 'behind it']]);
    expect(await log().fetch(from, 0, 1000)).toBeUndefined();
    const begun = performance.now();
    await openWriter(log(), id);
    expect(values(await read(log(), from, 1))).toEqual(['behind it']);
    expect((await settledPositions(log(), group, from.topic)).size).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5000);
    await expect(session.end(true)).rejects.toThrow(/INVALID_PRODUCER_EPOCH|PRODUCER_FENCED/);
    await close();
  });
}

export function describeSizes({ log, topic, name }: BrokerContext): void {
  test('64 partitions in one transaction', async () => {
    const wide = await topic(64);
    const writer = await openWriter(log(), name('writer'));
    for (let round = 0; round < 3; round++) {
      const transaction = writer.begin();
      for (let partition = 0; partition < 64; partition++)
        transaction.append(wide, partition, builderOf([[null, `${round}-${partition}`]]));
      const positions = Array.from({ length: 64 }, (_, partition) => ({
        topic: wide,
        partition,
        offset: round,
        metadata: '',
      }));
      transaction.commitPositions(outsider(wide), positions);
      await transaction.commit();
    }
    for (const partition of [0, 31, 63])
      expect(values(await read(log(), { topic: wide, partition }, 3))).toEqual(
        [0, 1, 2].map((r) => `${r}-${partition}`),
      );
    const positions = await settledPositions(log(), wide, wide);
    expect([...positions.values()].map(({ position }) => position?.offset)).toEqual(new Array(64).fill(2));
  }, 60_000);

  test('20 MB in one transaction, of one partition and of three, in order', async () => {
    const large = await topic(4);
    const writer = await openWriter(log(), name('writer'));
    const text = (row: number): string => `${row} ${'x'.repeat(990)}`;
    const transaction = writer.begin();
    for (let start = 0; start < 20_000; start += 500) {
      const rows = Array.from({ length: 500 }, (_, index) => [null, text(start + index)] as const);
      transaction.append(large, 0, builderOf(rows));
      transaction.append(large, 1 + ((start / 500) % 3), builderOf(rows));
    }
    await transaction.commit();
    let found = 0;
    for (let partition = 0; partition < 4; partition++) {
      const from = { topic: large, partition };
      // The marker of the transaction is the last one.
      const records = await read(log(), from, (await log().offsets(from)).end - 1);
      const rows = records.map(({ value }) => Number.parseInt(value!, 10));
      expect(rows.every((row, index) => index === 0 || row > rows[index - 1]!)).toBe(true);
      expect(records.every(({ value }, index) => value === text(rows[index]!))).toBe(true);
      expect(transaction.offsetOf(large, partition)).toBe(records[0]!.offset);
      found += records.length;
    }
    expect(found).toBe(40_000);
  }, 120_000);
}
