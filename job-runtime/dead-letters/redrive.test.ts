import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StreamJobError } from '../errors.ts';
import type { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import type { Log, Transaction } from '../log/log.ts';
import { surveyLetters } from './letter-survey.ts';
import {
  INPUT,
  LETTERS,
  NOW,
  addLetters,
  changed,
  contentOf,
  headersOf,
  letter,
  logWithLetters,
  valuesOf,
} from './letters.test-kit.ts';
import { redrive } from './redrive.ts';
import type { RedriveOptions } from './redrive.ts';

const DAY = 24 * 3600 * 1000;
const OPTIONS: RedriveOptions = { now: () => NOW, signal: new AbortController().signal };

let log: EmbeddedLog;
beforeEach(async () => {
  log = await logWithLetters();
});

/** `crash` and `lost` end the process, before the commit and behind it. */
type Fate = 'well' | 'before' | 'behind' | 'crash' | 'lost';

/** The same log, whose commits fail as `fate` says: before anything is done, or behind it without telling. */
function failing(inner: Log, fate: (commit: number) => Fate): Log {
  let commits = 0;
  // As on Kafka: behind a failure nothing is written before the writer is opened again.
  let isUsable = false;
  const wrap = (transaction: Transaction): Transaction => ({
    append: (...args) => transaction.append(...args),
    commitPositions: (...args) => transaction.commitPositions(...args),
    abort: () => transaction.abort(),
    offsetOf: (...args) => transaction.offsetOf(...args),
    commit: async () => {
      const what = fate(commits++);
      if (what === 'crash') throw new Error('crash');
      if (what !== 'before') await transaction.commit();
      if (what === 'lost') throw new Error('crash');
      isUsable = what === 'well';
      if (!isUsable) throw new StreamJobError('TransactionFailed', 'no answer');
    },
  });
  return changed(inner, {
    writer: (id) => {
      const writer = inner.writer(id);
      const open = async (): Promise<void> => {
        isUsable = true;
        await writer.open();
      };
      const begin = (): Transaction => {
        if (!isUsable) throw new Error('the writer has to be opened again');
        return wrap(writer.begin());
      };
      return { id, open, begin };
    },
  });
}

describe('redrive', () => {
  test('puts dead letters back as they were, on their partitions', async () => {
    await addLetters(log, [letter('a', { headers: headersOf(['trace', '1'], ['trace', '2']) }), letter(null)]);
    await addLetters(log, [letter('b', { partition: 0, key: null })], { partition: 1 });
    expect(await redrive(log, LETTERS, OPTIONS)).toEqual({ putBack: 3, moved: 0, foreign: 0, open: 0 });
    expect(await contentOf(log, INPUT, 0)).toEqual([{ key: null, value: 'b', headers: [] }]);
    expect(await contentOf(log, INPUT, 1)).toEqual([
      { key: 'k', value: 'a', headers: ['trace=1', 'trace=2'] },
      { key: 'k', value: null, headers: [] },
    ]);
  });

  test('puts nothing back twice, and what has come since once', async () => {
    await addLetters(log, [letter('a')]);
    await redrive(log, LETTERS, OPTIONS);
    expect(await redrive(log, LETTERS, OPTIONS)).toMatchObject({ putBack: 0 });
    await addLetters(log, [letter('b')]);
    expect(await redrive(log, LETTERS, OPTIONS)).toMatchObject({ putBack: 1 });
    expect(await valuesOf(log, INPUT, 1)).toEqual(['a', 'b']);
  });

  test('leaves what is no dead letter, counts it once', async () => {
    await addLetters(log, [null, letter('a'), null]);
    expect(await redrive(log, LETTERS, OPTIONS)).toMatchObject({ putBack: 1, foreign: 2 });
    expect(await redrive(log, LETTERS, OPTIONS)).toMatchObject({ putBack: 0, foreign: 0 });
  });

  test('lets the key choose where the partition is gone', async () => {
    await addLetters(log, [letter('a', { partition: 5 }), letter('b', { partition: 5 }), letter('c')]);
    expect(await redrive(log, LETTERS, OPTIONS)).toMatchObject({ putBack: 3, moved: 2 });
    const found = [await valuesOf(log, INPUT, 0), await valuesOf(log, INPUT, 1)];
    expect(found.flat().toSorted()).toEqual(['a', 'b', 'c']);
    expect(found.some((values) => values.includes('a') && values.includes('b'))).toBe(true);
  });

  test('ends, though what it puts back fails again at once', async () => {
    await addLetters(log, [letter('a')]);
    const again = changed(log, {
      fetch: async (...args) => {
        const found = await log.fetch(...args);
        await addLetters(log, [letter('again')]);
        return found;
      },
    });
    expect(await redrive(again, LETTERS, OPTIONS)).toMatchObject({ putBack: 1 });
  });

  test('a topic that is gone is named, and nothing is skipped', async () => {
    await addLetters(log, [letter('a', { topic: 'gone' })]);
    await expect(redrive(log, LETTERS, OPTIONS)).rejects.toThrow(
      'dead letters came from topic "gone", which does not exist any more: create it, and run again',
    );
    await log.createTopic('gone', { partitions: 2 });
    await redrive(log, LETTERS, OPTIONS);
    expect(await valuesOf(log, 'gone', 1)).toEqual(['a']);
  });

  test('stops where it is asked to, and goes on there', async () => {
    const stop = new AbortController();
    await addLetters(log, [letter('a')]);
    await addLetters(log, [letter('b')], { partition: 1 });
    const onProgress = (): void => stop.abort();
    expect(await redrive(log, LETTERS, { ...OPTIONS, signal: stop.signal, onProgress })).toMatchObject({ putBack: 1 });
    expect(await redrive(log, LETTERS, OPTIONS)).toMatchObject({ putBack: 1 });
    expect(await valuesOf(log, INPUT, 1)).toEqual(['a', 'b']);
  });

  test('does not guess about old dead letters without a position', async () => {
    await addLetters(log, [letter('a')], { time: NOW - 8 * DAY });
    await expect(redrive(log, LETTERS, OPTIONS)).rejects.toThrow(
      /more than six days .* add --all to put all of them back/,
    );
    expect(await valuesOf(log, INPUT, 1)).toEqual([]);
    expect(await redrive(log, LETTERS, { ...OPTIONS, isAll: true })).toMatchObject({ putBack: 1 });
    await addLetters(log, [letter('b')], { time: NOW - 7 * DAY });
    expect(await redrive(log, LETTERS, OPTIONS)).toMatchObject({ putBack: 1 });
  });

  test('a position of a deleted topic of the same name does not count, and one behind the end is an error', async () => {
    const put = async (offset: number, metadata: string): Promise<void> => {
      const transaction = log.writer('w').begin();
      const member = { group: `${LETTERS}.redrive`, memberId: '', generation: -1 };
      transaction.commitPositions(member, [{ topic: LETTERS, partition: 0, offset, metadata }]);
      await transaction.commit();
    };
    await addLetters(log, [letter('a'), letter('b')]);
    await put(1, 'of another topic');
    expect(await redrive(log, LETTERS, OPTIONS)).toMatchObject({ putBack: 2 });
    await put(99, await log.topicId(LETTERS));
    await expect(redrive(log, LETTERS, OPTIONS)).rejects.toMatchObject({ code: 'OffsetOutOfRange' });
  });
});

describe('a redrive whose transactions fail', () => {
  test('tries again, and counts what got through without an answer', async () => {
    await addLetters(log, [letter('a')]);
    await addLetters(log, [letter('b')], { partition: 1 });
    const fates = ['before', 'behind', 'behind'] as const;
    const summary = await redrive(
      failing(log, (commit) => fates[commit] ?? 'well'),
      LETTERS,
      OPTIONS,
    );
    expect(summary).toMatchObject({ putBack: 2 });
    expect(await valuesOf(log, INPUT, 1)).toEqual(['a', 'b']);
  });

  test('gives up in the end', async () => {
    await addLetters(log, [letter('a')]);
    await expect(
      redrive(
        failing(log, () => 'before'),
        LETTERS,
        OPTIONS,
      ),
    ).rejects.toThrow('no answer');
  }, 20_000);

  test('neither loses nor doubles, wherever it crashes and whoever else runs', async () => {
    const fate = fc.constantFrom('well' as const, 'crash' as const, 'lost' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(1), { maxLength: 12 }),
        fc.array(fate, { maxLength: 12 }),
        async (where, fates) => {
          const own = await logWithLetters();
          for (const [index, partition] of where.entries()) await addLetters(own, [letter(`${index}`)], { partition });
          // One record a fetch, so that a transaction is one letter.
          const small = changed(own, { fetch: (of, at) => own.fetch(of, at, 1) });
          const left = [...fates];
          const crashing = failing(small, () => left.shift() ?? 'well');
          for (let run = 0; run <= fates.length; run++)
            await redrive(crashing, LETTERS, OPTIONS).catch(() => undefined);
          await Promise.allSettled([redrive(small, LETTERS, OPTIONS), redrive(small, LETTERS, OPTIONS)]);
          await redrive(small, LETTERS, OPTIONS);
          expect((await valuesOf(own, INPUT, 1)).toSorted()).toEqual(where.map((_, index) => `${index}`).toSorted());
        },
      ),
      { numRuns: 50 },
    );
  }, 60_000);
});

test('a survey counts by error and partition, and changes nothing', async () => {
  await addLetters(log, [letter('a'), letter('b', { reason: 'Late', partition: 0 }), null, letter('c')]);
  await addLetters(log, [letter('d')], { partition: 1 });
  const expected = {
    counts: [
      { error: 'BadValue', topic: INPUT, partition: 1, records: 3 },
      { error: 'Late', topic: INPUT, partition: 0, records: 1 },
    ],
    foreign: 1,
  };
  expect(await surveyLetters(log, LETTERS)).toEqual(expected);
  expect(await surveyLetters(log, LETTERS)).toEqual(expected);
  await redrive(log, LETTERS, OPTIONS);
  expect(await surveyLetters(log, LETTERS)).toEqual({ counts: [], foreign: 0 });
});
