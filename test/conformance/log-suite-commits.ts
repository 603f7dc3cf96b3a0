/** The part of the log suite about what a commit makes visible, and what deletion hides. */
import { expect, test } from '@jest/globals';
import {
  builderOf,
  FETCH_BYTES,
  numbered,
  openWriter,
  outsider,
  read,
  settledPositions,
  transact,
  values,
  write,
  type LogContext,
} from './log-text.ts';

export function describeTransactions({ log, topic, group, id }: LogContext): void {
  test('records of several topics and positions appear at commit, not before', async () => {
    const [input, output] = [await topic(), await topic(2)];
    const name = group();
    const transaction = (await openWriter(log(), id())).begin();
    transaction.append(output, 0, builderOf([[null, 'a']]));
    transaction.append(output, 1, builderOf([[null, 'b']]));
    transaction.append(input, 0, builderOf([[null, 'c']]));
    transaction.commitPositions(outsider(name), [{ topic: input, partition: 0, offset: 7, metadata: 'w' }]);
    expect(await log().fetch({ topic: output, partition: 0 }, 0, FETCH_BYTES)).toBeUndefined();
    expect((await log().positions(name, input)).size).toBe(0);
    await transaction.commit();
    expect(values(await read(log(), { topic: output, partition: 0 }, 1))).toEqual(['a']);
    expect(values(await read(log(), { topic: output, partition: 1 }, 1))).toEqual(['b']);
    expect(values(await read(log(), { topic: input, partition: 0 }, 1))).toEqual(['c']);
    expect((await settledPositions(log(), name, input)).get(0)?.position?.offset).toBe(7);
  });

  test('an aborted transaction leaves nothing', async () => {
    const from = { topic: await topic(), partition: 0 };
    const name = group();
    const transaction = (await openWriter(log(), id())).begin();
    transaction.append(from.topic, 0, builderOf([[null, 'aborted']]));
    transaction.commitPositions(outsider(name), [{ ...from, offset: 1, metadata: '' }]);
    await transaction.abort();
    await write(log(), from.topic, 0, [[null, 'kept']]);
    expect(values(await read(log(), from, 1))).toEqual(['kept']);
    expect((await log().positions(name, from.topic)).size).toBe(0);
  });

  test('a transaction that fails leaves nothing of what it held', async () => {
    const from = { topic: await topic(), partition: 0 };
    const transaction = (await openWriter(log(), id())).begin();
    const attempt = async (): Promise<void> => {
      transaction.append(from.topic, 0, builderOf([[null, 'lost']]));
      transaction.append(`${from.topic}-unknown`, 0, builderOf([[null, 'nowhere']]));
      await transaction.commit();
    };
    await expect(attempt()).rejects.toMatchObject({ code: 'TopicNotFound' });
    await transaction.abort();
    await write(log(), from.topic, 0, [[null, 'kept']]);
    expect(values(await read(log(), from, 1))).toEqual(['kept']);
  });

  test('an empty transaction commits', async () => {
    await expect(transact(log(), () => undefined)).resolves.toBeUndefined();
  });

  test('a finished transaction takes nothing more', async () => {
    const from = { topic: await topic(), partition: 0 };
    const transaction = (await openWriter(log(), id())).begin();
    transaction.append(from.topic, 0, builderOf([[null, 'once']]));
    await transaction.commit();
    const again = async (): Promise<void> => {
      transaction.append(from.topic, 0, builderOf([[null, 'twice']]));
      await transaction.commit();
    };
    await expect(again()).rejects.toMatchObject({ code: 'TransactionFailed' });
  });

  test('offsetOf tells where the records of each partition begin', async () => {
    const name = await topic(2);
    const writer = await openWriter(log(), id());
    for (let round = 0; round < 3; round++) {
      const transaction = writer.begin();
      transaction.append(name, 0, builderOf(numbered(3, `${round}-`)));
      transaction.append(name, 1, builderOf([[null, `${round}`]]));
      transaction.append(name, 0, builderOf([[null, 'more']]));
      await transaction.commit();
      const rows = round * 4;
      const found = await read(log(), { topic: name, partition: 0 }, rows + 4);
      expect(transaction.offsetOf(name, 0)).toBe(found[rows]!.offset);
      expect(transaction.offsetOf(name, 1)).toBe(
        (await read(log(), { topic: name, partition: 1 }, round + 1))[round]!.offset,
      );
    }
  });

  test('offsetOf has no answer for a partition that got nothing', async () => {
    const name = await topic(2);
    const transaction = (await openWriter(log(), id())).begin();
    transaction.append(name, 0, builderOf([[null, 'v']]));
    await transaction.commit();
    expect(() => transaction.offsetOf(name, 1)).toThrow('nothing was committed');
  });
}

export function describePositions({ log, topic, group }: LogContext): void {
  test('the last position of a partition counts, with its metadata', async () => {
    const name = await topic(2);
    const readers = group();
    const commit = (partition: number, offset: number, metadata: string): Promise<void> =>
      transact(log(), (transaction) =>
        transaction.commitPositions(outsider(readers), [{ topic: name, partition, offset, metadata }]),
      );
    await commit(0, 3, 'first');
    await commit(0, 5, 'second');
    await commit(1, 0, '');
    const positions = await settledPositions(log(), readers, name);
    expect([...positions.keys()].sort()).toEqual([0, 1]);
    expect(positions.get(0)).toEqual({
      position: { topic: name, partition: 0, offset: 5, metadata: 'second' },
      isPending: false,
    });
    expect(positions.get(1)?.position?.offset).toBe(0);
  });

  test('groups and topics do not see each other', async () => {
    const [one, other] = [await topic(), await topic()];
    const [readers, strangers] = [group(), group()];
    await transact(log(), (transaction) =>
      transaction.commitPositions(outsider(readers), [{ topic: one, partition: 0, offset: 4, metadata: '' }]),
    );
    expect((await log().positions(strangers, one)).size).toBe(0);
    expect((await log().positions(readers, other)).size).toBe(0);
  });

  test('what positions gave does not change later', async () => {
    const name = await topic();
    const readers = group();
    const before = await log().positions(readers, name);
    await transact(log(), (transaction) =>
      transaction.commitPositions(outsider(readers), [{ topic: name, partition: 0, offset: 4, metadata: '' }]),
    );
    expect(before.size).toBe(0);
  });
}

export function describeTimes({ log, topic }: LogContext): void {
  const FAR_AWAY = 4_000_000_000_000;

  test('a time is found in a partition', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, [
      [null, 'a', 1000],
      [null, 'b', 2000],
      [null, 'c', 2000],
      [null, 'd', 3000],
    ]);
    const all = await read(log(), from, 4);
    for (const [timestamp, row] of [
      [0, 0],
      [1000, 0],
      [1001, 1],
      [2000, 1],
      [2001, 3],
      [3000, 3],
    ] as const)
      expect({ timestamp, offset: await log().offsetAt(from, timestamp) }).toEqual({
        timestamp,
        offset: all[row]!.offset,
      });
  });

  test('a time behind all records is the end', async () => {
    const from = { topic: await topic(), partition: 0 };
    expect(await log().offsetAt(from, FAR_AWAY)).toBe(0);
    await write(log(), from.topic, 0, numbered(2));
    await read(log(), from, 2);
    expect(await log().offsetAt(from, FAR_AWAY)).toBe((await log().offsets(from)).end);
  });
}

export function describeDeletion({ log, topic }: LogContext): void {
  test('records below the new start are gone, the others stay', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, numbered(10));
    const all = await read(log(), from, 10);
    await log().deleteRecords(from, all[4]!.offset);
    expect((await log().offsets(from)).start).toBe(all[4]!.offset);
    expect(await read(log(), from, 6)).toEqual(all.slice(4));
  });

  test('the start does not move back', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, numbered(5));
    const all = await read(log(), from, 5);
    await log().deleteRecords(from, all[3]!.offset);
    await log().deleteRecords(from, all[1]!.offset);
    expect((await log().offsets(from)).start).toBe(all[3]!.offset);
  });

  test('after deleting everything, offsets go on where they were', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, numbered(5));
    await read(log(), from, 5);
    const { end } = await log().offsets(from);
    await log().deleteRecords(from, end);
    expect(await log().offsets(from)).toEqual({ start: end, end });
    expect(await log().fetch(from, end, FETCH_BYTES)).toBeUndefined();
    await write(log(), from.topic, 0, [[null, 'next']]);
    const [next] = await read(log(), from, 1);
    expect(next).toMatchObject({ value: 'next' });
    expect(next!.offset).toBeGreaterThanOrEqual(end);
  });

  test('deleting behind the end is an error', async () => {
    const from = { topic: await topic(), partition: 0 };
    await write(log(), from.topic, 0, numbered(2));
    await read(log(), from, 2);
    const { end } = await log().offsets(from);
    await expect(log().deleteRecords(from, end + 1)).rejects.toMatchObject({ code: 'OffsetOutOfRange' });
  });
}
