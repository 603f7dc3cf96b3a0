/** The log while its broker is stopped, or killed, and started again. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { isStreamJobError } from '../../job-runtime/errors.ts';
import { builderOf, numbered, openWriter, read, settledPositions, outsider, values } from '../conformance/log-text.ts';
import type { BrokerContext } from './log-on-broker.ts';

export interface RestartContext extends BrokerContext {
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

export function describeRestarts({ log, topic, name, stop, start }: RestartContext): void {
  test('calls that find no broker wait for it, and transactions go on behind the restart', async () => {
    const from = { topic: await topic(2), partition: 0 };
    const group = name('group');
    const writer = await openWriter(log(), name('writer'));
    const append = async (value: string): Promise<void> => {
      const transaction = writer.begin();
      transaction.append(from.topic, 0, builderOf([[null, value]]));
      transaction.commitPositions(outsider(group), [{ ...from, offset: 1, metadata: value }]);
      await transaction.commit();
    };
    await append('before');
    await read(log(), from, 1);
    await stop();
    const waiting = [
      log().offsets(from),
      log().partitionCount(from.topic),
      log().positions(group, from.topic),
      log().createTopic(name('topic'), { partitions: 1 }),
      append('while it was away'),
    ] as const;
    await start();
    const [offsets, count] = await Promise.all(waiting);
    expect(offsets.end).toBeGreaterThanOrEqual(2);
    expect(count).toBe(2);
    await append('after');
    expect(values(await read(log(), from, 3))).toEqual(['before', 'while it was away', 'after']);
    expect((await settledPositions(log(), group, from.topic)).get(0)?.position?.metadata).toBe('after');
  }, 90_000);

  test('a restart in the middle of transactions loses and repeats nothing', async () => {
    const from = { topic: await topic(), partition: 0 };
    const writer = await openWriter(log(), name('writer'));
    let isOver = false;
    let failures = 0;
    const committed = async (): Promise<number> => {
      const probe = await openWriter(log(), name('writer'));
      const marker = probe.begin();
      marker.append(from.topic, 0, builderOf([['marker', null]]));
      await marker.commit();
      const all = await read(log(), from, 1, { offset: marker.offsetOf(from.topic, 0) });
      const records = await readUpTo(all[0]!.offset);
      return records.length;
    };
    const readUpTo = async (offset: number): Promise<string[]> => {
      const found: string[] = [];
      for (let next = 0; next <= offset;) {
        const batch = await log().fetch(from, next, 1 << 20);
        if (!batch) continue;
        for (let row = 0; row < batch.count; row++)
          if (batch.valueStart[row]! >= 0)
            found.push(Buffer.from(batch.bytes.subarray(batch.valueStart[row]!, batch.valueEnd[row]!)).toString());
        next = batch.nextOffset;
      }
      return found;
    };
    const work = async (): Promise<number> => {
      let next = 0;
      while (!isOver) {
        try {
          const transaction = writer.begin();
          transaction.append(from.topic, 0, builderOf([[null, `${next}`]]));
          await transaction.commit();
          next++;
        } catch (error) {
          if (!isStreamJobError(error, 'TransactionFailed')) throw error;
          failures++;
          await writer.open();
          next = await committed();
        }
      }
      return next;
    };
    const working = work();
    await delay(500);
    await stop();
    await start();
    await delay(500);
    isOver = true;
    const count = await working;
    expect(count).toBeGreaterThan(10);
    const { end } = await log().offsets(from);
    expect(await readUpTo(end - 1)).toEqual(numbered(count, '').map(([, value]) => value));
    expect(failures).toBeLessThan(10);
  }, 120_000);
}
