/** The part of the log suite about who may write: the last one to open an id, and nobody after a failure. */
import { expect, test } from '@jest/globals';
import type { LogWriter } from '../../job-runtime/log/log.ts';
import { builderOf, openWriter, outsider, read, settledPositions, values, type LogContext } from './log-text.ts';

const REFUSED = { name: 'StreamJobError', code: 'TransactionFailed' };

async function append(writer: LogWriter, topic: string, value: string): Promise<void> {
  const transaction = writer.begin();
  transaction.append(topic, 0, builderOf([[null, value]]));
  await transaction.commit();
}

export function describeWriters({ log, topic, group, id }: LogContext): void {
  test('who opens an id is its only writer from then on', async () => {
    const from = { topic: await topic(), partition: 0 };
    const name = id();
    const before = await openWriter(log(), name);
    await append(before, from.topic, 'one');
    const after = await openWriter(log(), name);
    await expect(append(before, from.topic, 'refused')).rejects.toMatchObject(REFUSED);
    await append(after, from.topic, 'two');
    await expect(append(before, from.topic, 'refused')).rejects.toMatchObject(REFUSED);
    expect(values(await read(log(), from, 2))).toEqual(['one', 'two']);
  });

  test('a transaction begun before is refused as well, with its positions', async () => {
    const from = { topic: await topic(), partition: 0 };
    const [name, readers] = [id(), group()];
    const transaction = (await openWriter(log(), name)).begin();
    transaction.append(from.topic, 0, builderOf([[null, 'refused']]));
    transaction.commitPositions(outsider(readers), [{ ...from, offset: 5, metadata: '' }]);
    const after = await openWriter(log(), name);
    await expect(transaction.commit()).rejects.toMatchObject(REFUSED);
    await append(after, from.topic, 'kept');
    expect(values(await read(log(), from, 1))).toEqual(['kept']);
    expect((await settledPositions(log(), readers, from.topic)).size).toBe(0);
  });

  test('who was refused writes again after opening, and the other one is refused', async () => {
    const from = { topic: await topic(), partition: 0 };
    const name = id();
    const [one, other] = [await openWriter(log(), name), await openWriter(log(), name)];
    await expect(append(one, from.topic, 'refused')).rejects.toMatchObject(REFUSED);
    await one.open();
    await append(one, from.topic, 'kept');
    await expect(append(other, from.topic, 'refused')).rejects.toMatchObject(REFUSED);
    expect(values(await read(log(), from, 1))).toEqual(['kept']);
  });

  test('writers of different ids do not mind each other', async () => {
    const from = { topic: await topic(), partition: 0 };
    const [one, other] = [await openWriter(log(), id()), await openWriter(log(), id())];
    await append(one, from.topic, 'one');
    await append(other, from.topic, 'other');
    await append(one, from.topic, 'one again');
    expect(values(await read(log(), from, 3))).toEqual(['one', 'other', 'one again']);
  });

  test('an aborted transaction leaves its writer as it was', async () => {
    const from = { topic: await topic(), partition: 0 };
    const writer = await openWriter(log(), id());
    const transaction = writer.begin();
    transaction.append(from.topic, 0, builderOf([[null, 'aborted']]));
    await transaction.abort();
    await expect(transaction.commit()).rejects.toMatchObject(REFUSED);
    await append(writer, from.topic, 'kept');
    expect(values(await read(log(), from, 1))).toEqual(['kept']);
  });
}
