/** A task of the first stage, from record batches to rows or messages. */
import { describe, expect, test } from '@jest/globals';
import type { Cell } from '../../test/builders/columns.ts';
import { batchOf } from '../../test/builders/records.ts';
import type { SpecPatch } from '../../test/builders/stream-job.ts';
import { FIELDS, TUMBLING, planOf } from '../../test/builders/stream-job.ts';
import { bytesOf, restoreInto, stateOf } from '../../test/builders/task-state.ts';
import { TaskResults } from '../../test/builders/task-results.ts';
import { readFrame } from './exchange/frames.ts';
import { SourceTask } from './source-task.ts';

const NOW = 1000;
/** The record key says nothing, so groups need a second stage. */
const UNKEYED = { format: 'csv', fields: FIELDS, eventTime: 'TIME' };

class Subject {
  readonly results: TaskResults;
  readonly create: () => SourceTask;
  task: SourceTask;
  private next = 0;

  constructor(spec: SpecPatch = { window: TUMBLING }, nextPartitions = 0) {
    const plan = planOf(spec);
    this.results = new TaskResults(plan);
    this.create = () => new SourceTask(plan, 3, nextPartitions, this.results);
    this.task = this.create();
  }

  feed(...values: readonly (string | null)[]): Cell[][] {
    this.task.onBatch(batchOf(values, { partition: 3, from: this.next }), NOW);
    this.next += values.length;
    return this.results.take();
  }

  restore(): void {
    const state = stateOf(this.task);
    this.task = restoreInto(this.create(), state);
    if (!Buffer.concat(state).equals(Buffer.concat(stateOf(this.task))))
      throw new RangeError('a restored task has another state');
  }

  end(): Cell[][] {
    this.task.raise(Infinity);
    return this.results.take();
  }

  /** The kinds of the messages for each partition. */
  commit(): string[][] {
    const names = ['', 'groups', 'records', 'watermark'];
    return this.task
      .commit()
      .map((messages) => messages.map((message) => names[readFrame(message, 0, message.length).kind]!));
  }
}

describe('SourceTask with tumbling windows of 10', () => {
  //  0         10        20
  //  [---------)[---------)
  test('gives a window out when a record passes its end', () => {
    const subject = new Subject();
    expect(subject.feed('1,a,5', '9,a,2', '3,b,1')).toEqual([]);
    expect(subject.feed('10,a,7')).toEqual([
      [0, 10, 'a', 7],
      [0, 10, 'b', 1],
    ]);
    expect(subject.end()).toEqual([[10, 20, 'a', 7]]);
    expect(subject.results.windows).toEqual(['[0,10)', '[10,20)']);
  });

  test('tells of every record that goes no further, with its place', () => {
    const subject = new Subject();
    subject.feed('15,a,1', '3,a,1', 'x,a,1', '1,2', null, ',a,1', '3600000000,a,1', '16,a,z');
    expect(subject.results.rejects.toSorted()).toEqual([
      'BadValue 3/2',
      'BadValue 3/7',
      'FutureTimestamp 3/6',
      'Late 3/1',
      'Malformed 3/3',
      'Malformed 3/4',
      'MissingField 3/5',
    ]);
    expect(subject.task.counts).toMatchObject({ records: 8, late: 1, bad: 6, rows: 0 });
    expect(subject.end()).toEqual([[10, 20, 'a', 1]]);
  });

  test('names the field of a bad value, and how it is read', () => {
    const subject = new Subject();
    subject.feed('x,a,1', '5,a,z');
    expect(subject.results.messages).toEqual([
      'field TIME is no timestamp of the format epochMillis',
      'field VALUE is no long',
    ]);
  });

  test('names the event time where it lies too far ahead', () => {
    const subject = new Subject();
    subject.feed('3600000000,a,1', '1,2');
    expect(subject.results.messages).toEqual([
      'field TIME is further ahead of now than maxFuture allows',
      'the value is empty, not UTF-8, or not in the schema’s format with its number of columns',
    ]);
  });

  test('stands behind the last record, and behind a marker that follows it', () => {
    const subject = new Subject();
    const batch = batchOf(['1,a,1', '2,a,1'], { partition: 3 });
    batch.offset.set([7, 2 ** 53 - 3]);
    subject.task.onBatch({ ...batch, nextOffset: 2 ** 53 - 1 }, NOW);
    expect(subject.task.position).toBe(2 ** 53 - 1);
    subject.restore();
    expect(subject.task.position).toBe(2 ** 53 - 1);
  });

  test('an empty batch moves the position on, and nothing else', () => {
    const subject = new Subject();
    subject.feed('1,a,1');
    subject.task.onBatch(batchOf([], { from: 2 }), NOW);
    expect(subject.task.position).toBe(2);
    expect(subject.task.counts.records).toBe(1);
  });

  test('goes on after a restore as if nothing had happened', () => {
    const subject = new Subject();
    subject.feed('1,a,5', '9,b,2');
    subject.restore();
    expect(subject.feed('12,a,1', '4,a,1')).toEqual([
      [0, 10, 'a', 5],
      [0, 10, 'b', 2],
    ]);
    subject.restore();
    expect(subject.results.rejects).toEqual(['Late 3/3']);
    expect(subject.end()).toEqual([[10, 20, 'a', 1]]);
  });

  test('is refused state of another version, and torn state', () => {
    const subject = new Subject();
    subject.feed('1,a,5');
    const [state] = stateOf(subject.task) as [Uint8Array];
    const restore = (chunk: Uint8Array): unknown => restoreInto(subject.create(), [chunk]);
    expect(() => restore(Uint8Array.of(99, ...state.subarray(1)))).toThrow('state of version 99');
    expect(() => restore(state.subarray(0, state.length - 1))).toThrow('ends early');
  });

  test('has no watermark before the first record, and the largest one at the end', () => {
    const subject = new Subject();
    expect(subject.task.watermark).toBe(-Infinity);
    subject.feed('7,a,1');
    expect(subject.task.watermark).toBe(7);
    subject.end();
    expect(subject.task.watermark).toBe(Infinity);
  });
});

describe('SourceTask with updates', () => {
  test('gives changed groups out at each commit, and at the close what changed since', () => {
    const window = { ...TUMBLING, emit: 'updates' };
    const subject = new Subject({ window, sink: { kafka: { topic: 'out' } } });
    expect(subject.feed('1,a,5', '2,b,1')).toEqual([]);
    subject.task.commit();
    expect(subject.results.take()).toEqual([
      [0, 10, 'a', 5],
      [0, 10, 'b', 1],
    ]);
    subject.feed('3,b,1');
    subject.task.commit();
    expect(subject.results.take()).toEqual([[0, 10, 'b', 2]]);
    subject.restore();
    subject.feed('4,b,4');
    expect(subject.feed('10,c,1')).toEqual([[0, 10, 'b', 6]]);
  });
});

describe('SourceTask without a window', () => {
  test('gives each row out at once, and has no use for time', () => {
    const subject = new Subject({ steps: [{ name: 'f', filter: 'VALUE > 1' }] });
    expect(subject.feed('5,a,1', '4,b,2', '9000000000000,c,3')).toEqual([
      [4, 'b', 2],
      [9000000000000, 'c', 3],
    ]);
    expect(subject.task.counts).toMatchObject({ filtered: 1, bad: 0, rows: 2 });
    expect(subject.task.watermark).toBe(Infinity);
  });

  test('keeps what a deduplicate remembers', () => {
    const subject = new Subject({ steps: [{ name: 'd', deduplicate: { by: ['KEY'], within: '10ms' } }] });
    expect(subject.feed('5,a,1', '9,a,2')).toEqual([[5, 'a', 1]]);
    subject.restore();
    expect(subject.feed('15,a,3', '16,a,4')).toEqual([[16, 'a', 4]]);
    expect(subject.results.duplicates).toEqual(['3/1', '3/2']);
    expect(subject.task.counts).toMatchObject({ duplicates: 1, filtered: 0 });
  });

  test('a record on which an expression fails is bad, and has moved the watermark of its window job', () => {
    const subject = new Subject({ window: TUMBLING, steps: [{ name: 'f', filter: '1 / VALUE > 0' }] });
    subject.feed('1,a,1', '15,a,0');
    expect(subject.results.rejects).toEqual(['ExpressionError 3/1']);
    expect(subject.results.messages[0]).toContain('step f');
    expect(subject.task.watermark).toBe(15);
  });
});

describe('SourceTask in front of a shuffle', () => {
  const spec = { schema: UNKEYED, window: TUMBLING };

  test('sends nothing where there is nothing', () => {
    expect(new Subject(spec, 2).commit()).toEqual([[], []]);
  });

  test('sends its watermark to every partition, and only when a window boundary was passed', () => {
    const subject = new Subject(spec, 2);
    subject.feed('1,a,1');
    expect(subject.commit().flat().toSorted()).toEqual(['groups', 'watermark', 'watermark']);
    subject.feed('3,a,1', '9,a,1');
    expect(subject.commit().flat()).toEqual(['groups']);
    subject.feed('10,a,1');
    expect(subject.commit().map((kinds) => kinds.at(-1))).toEqual(['watermark', 'watermark']);
    expect(subject.commit()).toEqual([[], []]);
  });

  test('says once after a restore what it has said before, and then remembers it', () => {
    const subject = new Subject(spec, 1);
    subject.feed('11,a,1');
    subject.commit();
    subject.restore();
    expect(subject.commit()).toEqual([['watermark']]);
    expect(subject.commit()).toEqual([[]]);
    subject.task.raise(20);
    expect(subject.commit()).toEqual([['watermark']]);
  });

  test('keeps no groups once they were sent', () => {
    const subject = new Subject(spec, 1);
    const empty = bytesOf(stateOf(subject.task));
    subject.feed(...Array.from({ length: 1000 }, (_, i) => `${i % 9},k${i},1`));
    subject.commit();
    expect(bytesOf(stateOf(subject.task))).toBeLessThan(empty + 20);
  });

  test('sends whole records where a step needs them together', () => {
    const steps = [{ name: 'd', deduplicate: { by: ['VALUE'] } }];
    const subject = new Subject({ ...spec, steps, window: { ...TUMBLING, groupBy: ['VALUE'] } }, 1);
    subject.feed('1,a,1', '2,b,1');
    expect(subject.commit()).toEqual([['records', 'watermark']]);
  });
});

describe('SourceTask and the record key', () => {
  test('counts batches whose first record has another key than the manifest declares', () => {
    const subject = new Subject();
    subject.feed('1,a,1', '2,b,1');
    expect(subject.task.counts.keyMismatches).toBe(0);
    const wrong = batchOf(['3,a,1'], { partition: 3, from: 2 });
    wrong.bytes[wrong.keyStart[0]!] = 66;
    subject.task.onBatch(wrong, NOW);
    const missing = batchOf(['4,a,1'], { partition: 3, from: 3 });
    missing.keyStart[0] = -1;
    subject.task.onBatch(missing, NOW);
    expect(subject.task.counts.keyMismatches).toBe(2);
  });

  test('looks at the first good record', () => {
    const subject = new Subject();
    subject.feed('x,y,1', '2,b,1');
    expect(subject.task.counts.keyMismatches).toBe(0);
  });
});

describe('SourceTask with a step that needs order', () => {
  const steps = [{ name: 'change', delta: { by: ['KEY'], fields: { CHANGE: 'VALUE' } } }];
  const window = { ...TUMBLING, aggregate: { SUM: { sum: 'CHANGE' } } };

  test('holds records back until their window closes, and takes them by event time', () => {
    const subject = new Subject({ steps, window });
    expect(subject.feed('5,a,20', '1,a,10', '9,a,25')).toEqual([]);
    expect(subject.feed('12,a,31')).toEqual([[0, 10, 'a', 15]]);
    subject.restore();
    expect(subject.end()).toEqual([[10, 20, 'a', 6]]);
  });

  test('knows the end of the window of a record that it holds', () => {
    const subject = new Subject({ steps, window });
    expect(subject.task.lastOpenEnd()).toBe(-Infinity);
    subject.feed('5,a,20', '12,a,31');
    expect(subject.task.lastOpenEnd()).toBe(20);
    subject.restore();
    expect(subject.task.lastOpenEnd()).toBe(20);
    subject.task.raise(20);
    expect(subject.task.lastOpenEnd()).toBe(-Infinity);
  });
});
