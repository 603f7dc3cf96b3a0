import { beforeEach, describe, expect, test } from '@jest/globals';
import { builderOf, numbered, write } from '../../../test/conformance/log-text.ts';
import { changed } from '../../dead-letters/letters.test-kit.ts';
import type { Trouble } from '../../errors.ts';
import { EmbeddedLog } from '../../log/embedded/embedded-log.ts';
import type { Log, LogReader } from '../../log/log.ts';
import { Tail } from './tail.ts';
import type { TailOptions } from './tail-flags.ts';

const ALL: TailOptions = { from: 'earliest', partition: undefined, count: undefined, untilEnd: true, format: 'text' };

/** A tail of topic `t`, what it printed and what it said. */
class Follower {
  printed = '';
  readonly said: string[] = [];
  readonly stop = new AbortController();
  /** Called with all that was printed, after each print; false: nobody reads any more. */
  onPrint: (printed: string) => boolean = () => true;
  onStart: () => void = () => undefined;

  async run(log: Log, options: Partial<TailOptions> = {}): Promise<string[]> {
    const tail = new Tail(
      log,
      't',
      { ...ALL, ...options },
      {
        print: async (lines) => {
          this.printed += lines;
          return this.onPrint(this.printed);
        },
        say: (line) => this.said.push(line),
        signal: this.stop.signal,
        onStart: () => this.onStart(),
      },
    );
    await tail.run();
    return this.printed.split('\n').slice(0, -1);
  }
}

let log: EmbeddedLog;
let follower: Follower;
beforeEach(async () => {
  log = new EmbeddedLog();
  follower = new Follower();
  await log.createTopic('t', { partitions: 2 });
  await write(log, 't', 0, numbered(3, 'a'));
  await write(log, 't', 1, [[null, 'b0', 5000]]);
});

describe('tail', () => {
  test.each<[string, Partial<TailOptions>, string[]]>([
    ['everything', {}, ['0@0 - a0', '0@1 - a1', '0@2 - a2', '1@0 - b0']],
    ['one partition', { partition: 1 }, ['1@0 - b0']],
    ['from an offset', { partition: 0, from: { offset: 2 } }, ['0@2 - a2']],
    ['from a time', { from: { time: 5000 } }, ['1@0 - b0']],
    ['so many', { count: 2 }, ['0@0 - a0', '0@1 - a1']],
    ['so many of several batches', { count: 4, untilEnd: false }, ['0@0 - a0', '0@1 - a1', '0@2 - a2', '1@0 - b0']],
    ['nothing of what is there', { from: 'latest' }, []],
  ])('prints %s', async (_, options, expected) => {
    expect(await follower.run(log, options)).toEqual(expected);
  });

  test('follows from the end, and ends when it is asked to', async () => {
    follower.onStart = () => void setTimeout(() => void write(log, 't', 1, [['k', 'new']]), 20);
    follower.onPrint = () => {
      follower.stop.abort();
      return true;
    };
    expect(await follower.run(log, { from: 'latest', untilEnd: false })).toEqual(['1@1 k new']);
  });

  test('ends when nobody reads it', async () => {
    follower.onPrint = () => false;
    expect(await follower.run(log, { untilEnd: false })).toEqual(['0@0 - a0', '0@1 - a1', '0@2 - a2']);
  });

  test('does not see what is not committed', async () => {
    const writer = log.writer('open');
    await writer.open();
    writer.begin().append('t', 0, builderOf(numbered(1)));
    expect(await follower.run(log, { partition: 0 })).toHaveLength(3);
  });

  test('says once that the log is away, and goes on', async () => {
    const troubles = ['away', 'away', undefined, 'away again', undefined];
    let polls = 0;
    const moody = (inner: LogReader): LogReader => ({
      assign: (positions) => inner.assign(positions),
      bound: (of) => inner.bound(of),
      close: () => inner.close(),
      poll: async (wait) => (polls++ < troubles.length ? [] : inner.poll(wait)),
      get trouble(): Trouble | undefined {
        const message = troubles[polls - 1];
        return message === undefined ? undefined : { code: 'LogUnavailable', message };
      },
    });
    const away = changed(log, { reader: () => moody(log.reader()) });
    expect(await follower.run(away)).toHaveLength(4);
    expect(follower.said).toEqual(['away; waiting', 'away again; waiting']);
  });

  test.each<[string, Partial<TailOptions>, string]>([
    ['partition', { partition: 9 }, 'topic "t" has 2 partitions, none is 9'],
    ['offset', { partition: 0, from: { offset: 99 }, untilEnd: false }, 't/0: offset 99 is outside 0 to 3'],
  ])('of a %s that is not there fails', async (_, options, message) => {
    await expect(follower.run(log, options)).rejects.toThrow(message);
  });

  test('of a topic that is not there fails', async () => {
    await expect(follower.run(new EmbeddedLog())).rejects.toThrow('topic "t" does not exist');
  });
});
