/** The changelog on the embedded log: what a restore gives, how long the log gets, what is written again and deleted. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { StreamJobError } from '../errors.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import type { Log, LogWriter } from '../log/log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import type { ChangelogOptions } from './changelog.ts';
import { Changelog } from './changelog.ts';
import { AT, commit, ModelTask, restored, take, wrapped } from './model-task.test-kit.ts';

const KIB = 1024;

let log: EmbeddedLog;
let writer: LogWriter;

beforeEach(async () => {
  log = new EmbeddedLog();
  await log.createTopic(AT.topic, { partitions: 1 });
  writer = log.writer('task');
});

const open = (options: ChangelogOptions = {}, on: Log = log): Changelog => new Changelog(on, AT, options);
const textOf = async (on: Log = log): Promise<string> => (await restored(new ModelTask(), open({}, on))).text();

/** Commits keys 0 to `keys`, each with a value of `length` characters, `each` at a time. */
async function fill(task: ModelTask, changelog: Changelog, keys: number, each = keys): Promise<void> {
  for (let key = 0; key < keys; key += each) {
    for (let i = key; i < Math.min(key + each, keys); i++) task.set(`k${i}`, 'v'.repeat(80));
    await commit(task, changelog, writer);
  }
}

describe('Changelog: restore', () => {
  test('an empty log gives nothing', async () => {
    const changelog = open();
    const taken: number[] = [];
    const result = await changelog.restore({ apply: (_, number) => taken.push(number), reset: () => undefined });
    expect(result).toEqual({ records: 0, bytes: 0 });
    expect(taken).toEqual([]);
    expect(changelog.nextChunk).toBe(0);
  });

  test('the last value of a key wins, removed and expired keys are gone', async () => {
    const task = new ModelTask();
    const changelog = open();
    for (const value of ['a', 'b', 'c']) {
      task.set('x', value);
      task.set(value, value, 10);
      await commit(task, changelog, writer);
    }
    task.remove('x');
    task.set('a', 'longer', 20);
    task.bound = 15;
    await commit(task, changelog, writer);
    expect(await textOf()).toBe('bound 15\na=longer@20');
  });

  test('chunks are numbered in the order of the log, and the next one goes on from there', async () => {
    const task = new ModelTask(1);
    await fill(task, open(), 5, 2);
    const numbers: number[] = [];
    const changelog = open();
    const result = await changelog.restore({ apply: (_, number) => numbers.push(number), reset: () => undefined });
    expect(numbers).toEqual([0, 1, 2, 3, 4]);
    expect(changelog.nextChunk).toBe(5);
    expect(result.records).toBe(5);
    expect(changelog.logBytes).toBe(result.bytes + 5 * 256);
  });

  test('may begin where the last commit said that the state begins', async () => {
    const task = new ModelTask(1);
    const changelog = open({ slackBytes: 0 });
    await fill(task, changelog, 4);
    for (let round = 0; round < 40; round++) await fill(task, changelog, 4);
    expect(changelog.neededFrom).toBeGreaterThan(0);
    const bytes: number[] = [];
    for (const from of [undefined, changelog.neededFrom]) {
      const heir = new ModelTask();
      const apply = (chunk: Uint8Array, number: number): void => heir.applyChunk(chunk, number);
      bytes.push((await open().restore({ apply, reset: () => heir.reset() }, { from })).bytes);
      heir.endRestore();
      expect(heir.text()).toBe(task.text());
    }
    expect(bytes[1]!).toBeLessThan(bytes[0]! / 4);
  });

  test('begins at the start of a log that does not go as far as it was told', async () => {
    const task = new ModelTask();
    await fill(task, open(), 4);
    const numbers: number[] = [];
    await open().restore({ apply: (_, number) => numbers.push(number), reset: () => undefined }, { from: 99 });
    expect(numbers).toEqual([0]);
  });

  test('says how far it has come', async () => {
    await fill(new ModelTask(1), open(), 4);
    const seen: unknown[] = [];
    const nothing = { apply: () => undefined, reset: () => undefined };
    await open().restore(nothing, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([{ start: 0, position: 4, end: 4 }]);
  });

  /** Restores with an `apply` that throws at the second chunk. */
  async function failAtSecond(thrown: Error): Promise<unknown> {
    await fill(new ModelTask(), open(), 10, 5);
    const apply = (_: Uint8Array, number: number): void => {
      if (number === 1) throw thrown;
    };
    return open()
      .restore({ apply, reset: () => undefined })
      .catch((error: unknown) => error);
  }

  test('a chunk that cannot be read is named where it stands', async () => {
    const cause = new RangeError('state of version 9');
    const error = await failAtSecond(cause);
    expect(error).toBeInstanceOf(StreamJobError);
    const message = 'state at changelog/0@1 cannot be read: state of version 9';
    expect(error).toMatchObject({ code: 'StateUnreadable', message, cause });
  });

  test('a mistake of ours is not taken for damaged state', async () => {
    const mistake = new TypeError('no such section');
    expect(await failAtSecond(mistake)).toBe(mistake);
  });

  test('a record without a value is damaged state', async () => {
    const builder = new RecordBuilder();
    builder.append(null, null, 1000);
    const transaction = writer.begin();
    transaction.append(AT.topic, 0, builder);
    await transaction.commit();
    await expect(textOf()).rejects.toMatchObject({ code: 'StateUnreadable' });
  });

  test('starts over when the log’s start moves past it, and keeps nothing of what it read before', async () => {
    const task = new ModelTask(1);
    const changelog = open();
    task.set('gone', 'x');
    task.set('stays', 'y');
    await commit(task, changelog, writer);
    task.remove('gone');
    await commit(task, changelog, writer);
    task.set('stays', 'z');
    await commit(task, changelog, writer);
    // One record at a time, and behind the first an earlier life's deletion arrives.
    let fetches = 0;
    const moving = wrapped(log, {
      fetch: async (at, offset) => {
        if (++fetches === 2) await log.deleteRecords(at, 3);
        return log.fetch(at, offset, 1);
      },
    });
    expect(await textOf(moving)).toBe('bound 0\nstays=z@Infinity');
  });

  test('waits for committed records that an open transaction holds back', async () => {
    const task = new ModelTask();
    await fill(task, open(), 10, 5);
    let asked = 0;
    const held = wrapped(log, {
      fetch: async (at, offset, bytes) => (++asked < 4 ? undefined : log.fetch(at, offset, bytes)),
    });
    expect(await textOf(held)).toBe(task.text());
  });

  test('gives up when they do not come', async () => {
    await fill(new ModelTask(), open(), 10);
    const stuck = wrapped(log, { fetch: async () => undefined });
    const failed = open({ patienceMillis: 30 }, stuck).restore({ apply: () => undefined, reset: () => undefined });
    await expect(failed).rejects.toMatchObject({
      code: 'LogUnavailable',
      message: expect.stringContaining('changelog/0 cannot be read from offset 0 to its end 1'),
    });
  });

  test('ends with the reason of its signal, waiting or not', async () => {
    await fill(new ModelTask(), open(), 10);
    const reason = new Error('shutting down');
    const stuck = wrapped(log, { fetch: async () => undefined });
    const nothing = { apply: () => undefined, reset: () => undefined };
    await expect(open().restore(nothing, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const later = new AbortController();
    setTimeout(() => later.abort(reason), 10);
    await expect(open({}, stuck).restore(nothing, { signal: later.signal })).rejects.toBe(reason);
  });

  test('gives other work its turn', async () => {
    await fill(new ModelTask(1), open(), 200);
    let turns = 0;
    let isOver = false;
    const tick = (): void => {
      turns++;
      if (!isOver) setImmediate(tick);
    };
    tick();
    await restored(new ModelTask(), open({}, wrapped(log, { fetch: (at, offset) => log.fetch(at, offset, 1) })));
    isOver = true;
    expect(turns).toBeGreaterThan(100);
  });
});

describe('Changelog: deleting what is empty', () => {
  const options = { slackBytes: 4 * KIB, purgeBytes: 8 * KIB };

  /** Rewrites one key over and over beside `cold` others. */
  async function churn(changelog: Changelog, commits: number, onCommit: () => Promise<void>): Promise<ModelTask> {
    const task = new ModelTask();
    await fill(task, changelog, 20);
    for (let i = 0; i < commits; i++) {
      task.set('hot', `${i}`.repeat(100));
      await commit(task, changelog, writer);
      await onCommit();
    }
    return task;
  }

  test('waits until it is worth a request, and goes up to the first chunk that is needed', async () => {
    const deleted: number[] = [];
    const freed: number[] = [];
    const spy = wrapped(log, {
      deleteRecords: async (at, before) => {
        deleted.push(before);
        freed.push(changelog.logBytes - changelog.neededBytes);
        await log.deleteRecords(at, before);
      },
    });
    const changelog = open(options, spy);
    let longest = 0;
    const task = await churn(changelog, 300, async () => {
      expect(await changelog.purge()).toBeUndefined();
      longest = Math.max(longest, changelog.logBytes);
    });
    expect(deleted.length).toBeGreaterThan(5);
    expect(Math.min(...freed)).toBeGreaterThanOrEqual(8 * KIB);
    expect(Math.max(...freed)).toBeLessThan(12 * KIB);
    expect(deleted).toEqual([...deleted].sort((a, b) => a - b));
    expect((await log.offsets(AT)).start).toBe(deleted.at(-1));
    expect(longest).toBeLessThan(32 * KIB);
    expect(await textOf()).toBe(task.text());
  });

  test('one that fails harms nothing, and is tried again when as much has come together', async () => {
    let attempts = 0;
    const refusing = wrapped(log, {
      deleteRecords: async () => {
        attempts++;
        throw new StreamJobError('NotAuthorized', 'Delete on topic changelog is not allowed');
      },
    });
    const changelog = open(options, refusing);
    const lines: string[] = [];
    const task = await churn(changelog, 300, async () => {
      const line = await changelog.purge();
      if (line !== undefined) lines.push(line);
    });
    const freed = changelog.logBytes - changelog.neededBytes;
    expect(attempts).toBeLessThanOrEqual(freed / (8 * KIB));
    expect(attempts).toBeGreaterThan(freed / (12 * KIB));
    expect(lines).toHaveLength(attempts);
    expect(lines[0]).toMatch(/^changelog\/0: \d+ bytes .* not deleted: Delete on topic changelog is not allowed$/);
    expect(await textOf()).toBe(task.text());
  });

  test('what is no failure of the log is thrown', async () => {
    const broken = wrapped(log, { deleteRecords: async () => Promise.reject(new TypeError('bug')) });
    const changelog = open({ slackBytes: 0, purgeBytes: 1 }, broken);
    await expect(churn(changelog, 30, async () => void (await changelog.purge()))).rejects.toThrow('bug');
  });

  test('does not overlap with itself', async () => {
    let running = 0;
    let most = 0;
    const slow = wrapped(log, {
      deleteRecords: async (at, before) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        await log.deleteRecords(at, before);
        running--;
      },
    });
    const changelog = open({ slackBytes: 0, purgeBytes: 1 }, slow);
    const purges: Promise<unknown>[] = [];
    const task = await churn(changelog, 50, async () => void purges.push(changelog.purge()));
    await Promise.all(purges);
    expect(most).toBe(1);
    expect(await textOf()).toBe(task.text());
  });
});

describe('Changelog: one commit after the other', () => {
  test('a second one before the first has ended is a mistake of the caller', () => {
    const changelog = open();
    const task = new ModelTask();
    task.set('a', 'b');
    take(task, changelog, writer.begin());
    expect(() => take(task, changelog, writer.begin())).toThrow('still under way');
  });

  test('a commit without chunks leaves everything as it is', async () => {
    const changelog = open({ slackBytes: 0 });
    await fill(new ModelTask(), changelog, 10);
    const before = changelog.logBytes;
    changelog.rewriteBefore(0);
    const transaction = writer.begin();
    changelog.append(transaction, [], 1000);
    await transaction.commit();
    changelog.committed(transaction);
    expect(changelog.logBytes).toBe(before);
    expect(changelog.nextChunk).toBe(1);
  });
});
