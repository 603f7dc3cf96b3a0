/**
 * What every sink must do, in words of the contract only: durable when write resolves, and a repeated write, from
 * whichever attempt or process, leaves one copy. A sink may store files, rows or documents, so what it holds is read back
 * as lines; each line is one JSON object with an `id` and a `text`.
 */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SealedBatch } from '../../job-runtime/outbox/sealed-batch.ts';
import type { Sink } from '../../job-runtime/sinks/sink.ts';

export interface SinkUnderTest {
  /** Empties the target: what is read back later was written after this. */
  readonly prepare: () => Promise<void>;
  /** A new sink on the target, not yet opened. */
  readonly create: () => Sink;
  /** The lines that somebody who reads the target finds, batches in the order of their names. */
  readonly readBack: () => Promise<readonly string[]>;
  /** What the sink does with a batch before it stores it, such as compressing; absent: the lines as they are. */
  readonly encode?: (lines: readonly string[]) => Uint8Array;
  /** A sink that stops after it has sent a batch and before the batch is durable, as a killed process does. */
  readonly createDying?: () => Sink;
  /** A sink on a target that cannot be used, and the code of the error that open or the first write gives. */
  readonly unusable?: { readonly create: () => Sink; readonly code: string };
  /** Whether writing a batch again leaves one copy; absent: yes. */
  readonly isIdempotent?: boolean;
}

interface Context {
  readonly subject: SinkUnderTest;
  batch(part: number, lines: readonly string[]): SealedBatch;
}

const BIG_BYTES = 10_000_000;
const LINE_BYTES = 1000;
const MINUTE = 60_000;

export function describeSink(name: string, subject: SinkUnderTest): void {
  describe(`sink conformance: ${name}`, () => {
    const encode = subject.encode ?? ((lines) => new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')));
    const batch = (part: number, lines: readonly string[]): SealedBatch => ({
      name: `suite_0_${String(part).padStart(5, '0')}.jsonl`,
      body: encode(lines),
      rows: lines.length,
    });
    const context: Context = { subject, batch };
    beforeEach(subject.prepare);

    describeWrites(context);
    describeTexts(context);
    if (subject.isIdempotent ?? true) describeRepetition(context);
    describeFailure(context);
  });
}

const linesOf = (ids: readonly number[], text = 'x'): string[] =>
  ids.map((id) => JSON.stringify({ id: `${id}`, text }));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** Opens a sink, does what is to be done, and closes it. */
async function using(sink: Sink, use: (sink: Sink) => Promise<void>): Promise<void> {
  await sink.open();
  await use(sink);
  await sink.close();
}

function describeWrites({ subject, batch }: Context): void {
  test('opening and closing leaves nothing behind', async () => {
    await using(subject.create(), async () => undefined);
    expect(await subject.readBack()).toEqual([]);
  });

  test('what is written can be read while the sink is still open', async () => {
    await using(subject.create(), async (sink) => {
      await sink.write(batch(0, linesOf([1, 2])));
      expect(await subject.readBack()).toEqual(linesOf([1, 2]));
    });
  });

  test('batches keep the order of their names, and rows the order of their batch', async () => {
    await using(subject.create(), async (sink) => {
      for (let part = 0; part < 12; part++) await sink.write(batch(part, linesOf(range(part * 10, part * 10 + 10))));
    });
    expect(await subject.readBack()).toEqual(linesOf(range(0, 120)));
  });

  test('a batch without rows adds none', async () => {
    await using(subject.create(), (sink) => sink.write(batch(0, [])));
    expect(await subject.readBack()).toEqual([]);
  });

  test('a sink that is opened later keeps what is there', async () => {
    await using(subject.create(), (sink) => sink.write(batch(0, linesOf([1]))));
    await using(subject.create(), (sink) => sink.write(batch(1, linesOf([2]))));
    expect(await subject.readBack()).toEqual(linesOf([1, 2]));
  });

  test('writes of different names may run at once, in one sink and in two', async () => {
    await using(subject.create(), (one) =>
      using(subject.create(), async (other) => {
        const writes = range(0, 20).map((part) => (part % 2 === 0 ? one : other).write(batch(part, linesOf([part]))));
        await Promise.all(writes);
      }),
    );
    expect([...(await subject.readBack())].sort()).toEqual(linesOf(range(0, 20)).sort());
  });
}

function describeTexts({ subject, batch }: Context): void {
  test(
    'a batch of 10 MB arrives whole',
    async () => {
      const lines = linesOf(range(0, BIG_BYTES / LINE_BYTES), 'y'.repeat(LINE_BYTES));
      await using(subject.create(), (sink) => sink.write(batch(0, lines)));
      const found = await subject.readBack();
      // Comparing lists of this size by Jest takes longer than the write.
      expect(found).toHaveLength(lines.length);
      expect(found.every((line, index) => line === lines[index])).toBe(true);
    },
    MINUTE,
  );

  test.each([
    'Zürich',
    '東京 🚇',
    'e\u0301 \u00e9',
    '"quoted", and \\ escaped',
    'two\nlines',
    '\u0000\u001f\u007f',
    '\ufeffmark',
  ])('text arrives as it is: %j', async (text) => {
    const lines = linesOf([1], text);
    await using(subject.create(), (sink) => sink.write(batch(0, lines)));
    expect(await subject.readBack()).toEqual(lines);
  });
}

function describeRepetition({ subject, batch }: Context): void {
  test('a batch that is written again is there once', async () => {
    await using(subject.create(), async (sink) => {
      for (let attempt = 0; attempt < 3; attempt++) await sink.write(batch(0, linesOf([1, 2])));
    });
    expect(await subject.readBack()).toEqual(linesOf([1, 2]));
  });

  test('a stale delivery from another process, after later batches, changes nothing', async () => {
    await using(subject.create(), (stale) =>
      using(subject.create(), async (sink) => {
        await stale.write(batch(0, linesOf([1])));
        await sink.write(batch(0, linesOf([1])));
        await sink.write(batch(1, linesOf([2])));
        await stale.write(batch(0, linesOf([1])));
      }),
    );
    expect(await subject.readBack()).toEqual(linesOf([1, 2]));
  });

  test('the same batch from two processes at once is there once', async () => {
    await using(subject.create(), (one) =>
      using(subject.create(), async (other) => {
        await Promise.all([one, other, one, other].map((sink) => sink.write(batch(0, linesOf([1, 2])))));
      }),
    );
    expect(await subject.readBack()).toEqual(linesOf([1, 2]));
  });

  const { createDying } = subject;
  if (!createDying) return;

  test('a batch whose write was cut off is not seen, and is there once when it is written again', async () => {
    const dying = createDying();
    await dying.open();
    await expect(dying.write(batch(0, linesOf([1, 2])))).rejects.toThrow();
    expect(await subject.readBack()).toEqual([]);
    await using(subject.create(), (sink) => sink.write(batch(0, linesOf([1, 2]))));
    expect(await subject.readBack()).toEqual(linesOf([1, 2]));
    await dying.close();
  });
}

function describeFailure({ subject, batch }: Context): void {
  test('a write that is aborted before it starts stores nothing', async () => {
    await using(subject.create(), async (sink) => {
      await expect(sink.write(batch(0, linesOf([1])), AbortSignal.abort())).rejects.toMatchObject({
        name: 'AbortError',
      });
    });
    expect(await subject.readBack()).toEqual([]);
  });

  const { unusable } = subject;
  if (!unusable) return;

  test('a target that cannot be used is an error of one line', async () => {
    const sink = unusable.create();
    const failure = sink.open().then(() => sink.write(batch(0, linesOf([1]))));
    await expect(failure).rejects.toMatchObject({ name: 'StreamJobError', code: unusable.code });
    await expect(failure).rejects.toThrow(/^[^\n]+$/);
    await sink.close();
  });
}
