/** The part of the log suite about readers of many partitions at once. */
import { expect, test } from '@jest/globals';
import type { LogReader, ReadResult, TopicPartition } from '../../job-runtime/log/log.ts';
import { numbered, PATIENCE_MILLIS, recordsOf, values, write, type LogContext, type ReadRecord } from './log-text.ts';

const POLL_MILLIS = 50;

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** What came of each partition, and where it is to be read on. */
class Received {
  private readonly records = new Map<string, ReadRecord[]>();
  private readonly nextOffsets = new Map<string, number>();

  take(results: readonly ReadResult[]): void {
    for (const result of results) {
      const name = nameOf(result);
      this.records.set(name, [...this.of(result), ...recordsOf(result.records)]);
      this.nextOffsets.set(name, result.records.nextOffset);
    }
  }

  of(partition: TopicPartition): readonly ReadRecord[] {
    return this.records.get(nameOf(partition)) ?? [];
  }

  next(partition: TopicPartition): number {
    return this.nextOffsets.get(nameOf(partition)) ?? 0;
  }

  /** As an assignment that goes on. */
  positions(partitions: readonly TopicPartition[]): (TopicPartition & { readonly offset: number })[] {
    return partitions.map((partition) => ({ ...partition, offset: this.next(partition) }));
  }
}

async function pollUntil(reader: LogReader, received: Received, isEnough: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLIS;
  while (!isEnough()) {
    if (Date.now() > deadline) throw new Error(`not enough came (${reader.trouble?.message ?? 'no trouble'})`);
    received.take(await reader.poll(POLL_MILLIS));
  }
}

export function describeReaders({ log, topic }: LogContext): void {
  /** Partitions of a topic of its own. */
  const partitionsOf = async (count: number): Promise<TopicPartition[]> => {
    const name = await topic(count);
    return Array.from({ length: count }, (_, partition) => ({ topic: name, partition }));
  };
  const using = async (use: (reader: LogReader, received: Received) => Promise<void>): Promise<void> => {
    const reader = log().reader();
    try {
      await use(reader, new Received());
    } finally {
      await reader.close();
    }
  };

  test('a reader without partitions has nothing', async () => {
    await using(async (reader) => {
      reader.assign([]);
      expect(await reader.poll(0)).toEqual([]);
      expect(reader.trouble).toBeUndefined();
    });
  });

  test('records of all partitions come, each partition in order', async () => {
    const partitions = await partitionsOf(3);
    for (let round = 0; round < 4; round++)
      for (const { topic: name, partition } of partitions)
        await write(log(), name, partition, numbered(5, `${partition}-${round}-`));
    await using(async (reader, received) => {
      reader.assign(received.positions(partitions));
      await pollUntil(reader, received, () => partitions.every((each) => received.of(each).length >= 20));
      for (const each of partitions) {
        const expected = [0, 1, 2, 3].flatMap((round) => numbered(5, `${each.partition}-${round}-`));
        expect(values(received.of(each))).toEqual(expected.map(([, value]) => value));
      }
    });
  });

  test('reading starts at the offset that was assigned', async () => {
    const [from] = await partitionsOf(1);
    await write(log(), from!.topic, 0, numbered(10));
    await using(async (reader, received) => {
      reader.assign([{ ...from!, offset: 4 }]);
      await pollUntil(reader, received, () => received.of(from!).length >= 6);
      expect(received.of(from!)[0]).toMatchObject({ offset: 4, value: 'v4' });
    });
  });

  test('records that are written while a poll waits are given by it or a later one', async () => {
    const [from] = await partitionsOf(1);
    await using(async (reader, received) => {
      reader.assign([{ ...from!, offset: 0 }]);
      expect(await reader.poll(POLL_MILLIS)).toEqual([]);
      const polling = reader.poll(PATIENCE_MILLIS);
      await write(log(), from!.topic, 0, numbered(3));
      received.take(await polling);
      await pollUntil(reader, received, () => received.of(from!).length >= 3);
      expect(values(received.of(from!))).toEqual(['v0', 'v1', 'v2']);
    });
  });

  test('the position reaches the end of a partition, whatever the log keeps behind the last record', async () => {
    const [from, empty] = await partitionsOf(2);
    for (let round = 0; round < 3; round++) await write(log(), from!.topic, 0, numbered(2));
    await using(async (reader, received) => {
      reader.assign(received.positions([from!, empty!]));
      const { end } = await log().offsets(from!);
      await pollUntil(reader, received, () => received.next(from!) >= end);
      expect(received.of(from!)).toHaveLength(6);
      expect(received.next(from!)).toBe((await log().offsets(from!)).end);
      expect(received.next(empty!)).toBe(0);
    });
  });

  test('the bound is unknown at first, and then the end', async () => {
    const [from, empty] = await partitionsOf(2);
    await write(log(), from!.topic, 0, numbered(2));
    await using(async (reader, received) => {
      const before = Date.now();
      reader.assign(received.positions([from!, empty!]));
      expect(reader.bound(from!)).toBeUndefined();
      // A commit is seen when it is written out, which the log may do a moment later.
      const isSeen = (each: TopicPartition, end: number): boolean => (reader.bound(each)?.end ?? -1) >= end;
      await pollUntil(reader, received, () => isSeen(from!, 2) && isSeen(empty!, 0) && received.of(from!).length === 2);
      const { end } = await log().offsets(from!);
      await pollUntil(reader, received, () => isSeen(from!, end));
      expect(reader.bound(from!)!.end).toBe(end);
      expect(reader.bound(empty!)!.end).toBe(0);
      expect(reader.bound(from!)!.at).toBeGreaterThanOrEqual(before);
      expect(reader.bound({ topic: from!.topic, partition: 7 })).toBeUndefined();
    });
  });

  test('assigning again keeps the order and loses nothing', async () => {
    const partitions = await partitionsOf(4);
    const written = new Map(partitions.map((each) => [nameOf(each), 0]));
    await using(async (reader, received) => {
      for (let round = 0; round < 30; round++) {
        const to = partitions[round % 4]!;
        const from = written.get(nameOf(to))!;
        await write(
          log(),
          to.topic,
          to.partition,
          Array.from({ length: 7 }, (_, index) => [null, `${from + index}`] as const),
        );
        written.set(nameOf(to), from + 7);
        // Another one is left out each time; the others go on where they were.
        reader.assign(received.positions(partitions.filter(({ partition }) => partition !== (round * 3) % 5)));
        received.take(await reader.poll(round % 2));
      }
      reader.assign(received.positions(partitions));
      const isAll = (each: TopicPartition): boolean => received.of(each).length >= written.get(nameOf(each))!;
      await pollUntil(reader, received, () => partitions.every(isAll));
      for (const each of partitions) {
        const expected = Array.from({ length: written.get(nameOf(each))! }, (_, index) => `${index}`);
        expect(values(received.of(each))).toEqual(expected);
      }
    });
  });

  test('assigning another offset reads there', async () => {
    const [from] = await partitionsOf(1);
    await write(log(), from!.topic, 0, numbered(10));
    await using(async (reader) => {
      for (const offset of [7, 2, 2, 9]) {
        const received = new Received();
        reader.assign([{ ...from!, offset }]);
        await pollUntil(reader, received, () => received.of(from!).length > 0);
        expect(received.of(from!)[0]!.offset).toBe(offset);
      }
    });
  });

  test.each([
    { name: 'behind the end', offset: 1000, code: 'OffsetOutOfRange' },
    { name: 'below the start', offset: 0, code: 'OffsetOutOfRange' },
  ])('an offset $name is an error', async ({ offset, code }) => {
    const [from] = await partitionsOf(1);
    await write(log(), from!.topic, 0, numbered(5));
    await log().deleteRecords(from!, 3);
    await using(async (reader, received) => {
      reader.assign([{ ...from!, offset }]);
      await expect(pollUntil(reader, received, () => false)).rejects.toMatchObject({ code });
    });
  });

  test('a topic that does not exist is an error', async () => {
    const name = `${await topic()}-unknown`;
    await using(async (reader, received) => {
      reader.assign([{ topic: name, partition: 0, offset: 0 }]);
      await expect(pollUntil(reader, received, () => false)).rejects.toMatchObject({ code: 'TopicNotFound' });
    });
  });
}
