/** A task behind a shuffle: its clock is the slowest upstream task. */
import { describe, expect, test } from '@jest/globals';
import { batchOf, messagesOf } from '../../test/builders/records.ts';
import { FIELDS, TUMBLING, planOf } from '../../test/builders/stream-job.ts';
import { restoreInto, stateOf } from '../../test/builders/task-state.ts';
import { TaskResults } from '../../test/builders/task-results.ts';
import type { Cell } from '../../test/builders/columns.ts';
import { watermarkFrame } from './exchange/frames.ts';
import { ShuffleTask } from './shuffle-task.ts';
import { SourceTask } from './source-task.ts';

const SPEC = { schema: { format: 'csv', fields: FIELDS, eventTime: 'TIME' }, window: TUMBLING };
const DEDUPLICATED = { ...SPEC, steps: [{ name: 'once', deduplicate: { by: ['KEY'] } }] };

class Subject {
  readonly results: TaskResults;
  readonly create: (upstreams: number) => ShuffleTask;
  task: ShuffleTask;
  private readonly sources: SourceTask[];
  private readonly read: number[];
  private next = 0;

  constructor(upstreams: number, spec: object = SPEC) {
    const plan = planOf({ ...spec });
    this.results = new TaskResults(plan);
    this.create = (count) =>
      new ShuffleTask(plan, { stage: 1, task: 0, upstreams: count, nextPartitions: 0 }, this.results);
    this.task = this.create(upstreams);
    this.sources = Array.from({ length: upstreams }, (_, task) => new SourceTask(plan, task, 1, this.results));
    this.read = this.sources.map(() => 0);
  }

  /** Records of one source partition come through. */
  feed(source: number, ...values: readonly string[]): Cell[][] {
    this.sources[source]!.onBatch(batchOf(values, { partition: source, from: this.read[source]! }), 1000);
    this.read[source]! += values.length;
    return this.receive(this.sources[source]!.commit()[0]!);
  }

  receive(messages: readonly Uint8Array[]): Cell[][] {
    this.task.onBatch(messagesOf(messages, { from: this.next }));
    this.next += messages.length;
    return this.results.take();
  }

  restore(upstreams: number): void {
    this.task = restoreInto(this.create(upstreams), stateOf(this.task));
  }
}

describe('ShuffleTask of groups', () => {
  test('waits for the slowest upstream task', () => {
    const subject = new Subject(2);
    expect(subject.feed(0, '1,a,5', '25,a,1')).toEqual([]);
    expect(subject.task.watermark).toBe(-Infinity);
    expect(subject.feed(1, '2,a,2', '12,b,1')).toEqual([[0, 10, 'a', 7]]);
    expect(subject.task.watermark).toBe(12);
    expect(subject.feed(1, '30,b,1')).toEqual([[10, 20, 'b', 1]]);
  });

  test('takes what is late for a fast upstream task from a slow one', () => {
    const subject = new Subject(2);
    subject.feed(0, '95,a,1');
    expect(subject.feed(1, '1,a,1', '4,a,1', '11,a,1')).toEqual([[0, 10, 'a', 2]]);
    expect(subject.results.rejects).toEqual([]);
  });

  test('an upstream task that never speaks holds everything', () => {
    const subject = new Subject(3);
    subject.feed(0, '1,a,5', '95,a,1');
    expect(subject.feed(1, '2,a,2', '95,b,1')).toEqual([]);
    expect(subject.receive([watermarkFrame(2, 3, Infinity)])).toEqual([[0, 10, 'a', 7]]);
  });

  test('a lower watermark than before is ignored', () => {
    const subject = new Subject(1);
    subject.receive([watermarkFrame(0, 1, 50), watermarkFrame(0, 1, 20)]);
    expect(subject.task.watermark).toBe(50);
  });

  test('goes on after a restore as if nothing had happened', () => {
    const subject = new Subject(2);
    subject.feed(0, '1,a,5', '25,a,1');
    const position = subject.task.position;
    subject.restore(2);
    expect(subject.task.position).toBe(position);
    expect(subject.feed(1, '2,a,2', '22,b,1')).toEqual([[0, 10, 'a', 7]]);
  });

  test('is refused state of another version, and torn state', () => {
    const subject = new Subject(2);
    subject.feed(0, '1,a,5');
    const [state] = stateOf(subject.task) as [Uint8Array];
    const restore = (chunk: Uint8Array): unknown => restoreInto(subject.create(2), [chunk]);
    expect(() => restore(Uint8Array.of(7, ...state.subarray(1)))).toThrow('state of version 7');
    expect(() => restore(state.subarray(0, -1))).toThrow('ends early');
  });

  test('stops at a message of a version that it does not know', () => {
    const message = watermarkFrame(0, 1, 1);
    message[0] = 9;
    expect(() => new Subject(1).receive([message])).toThrow('version 9');
  });

  test('an empty batch moves the position on, and nothing else', () => {
    const subject = new Subject(1);
    subject.receive([watermarkFrame(0, 1, 5)]);
    subject.task.onBatch(messagesOf([], { from: 2 }));
    expect(subject.task.position).toBe(2);
  });
});

describe('ShuffleTask when the stage before grows', () => {
  const of = (task: number, tasks: number, watermark: number): Uint8Array => watermarkFrame(task, tasks, watermark);

  test('the clock stands still from the first word of more tasks until the new ones have spoken', () => {
    const subject = new Subject(3);
    subject.task = subject.create(2);
    subject.feed(0, '1,a,5', '15,a,1');
    expect(subject.feed(1, '2,a,2', '15,b,1')).toEqual([[0, 10, 'a', 7]]);
    subject.receive([of(0, 3, 25), of(1, 3, 35)]);
    expect(subject.task.watermark).toBe(15);
    subject.receive([of(2, 3, 11)]);
    expect(subject.task.watermark).toBe(15);
    expect(subject.receive([of(2, 3, 22)])).toEqual([
      [10, 20, 'a', 1],
      [10, 20, 'b', 1],
    ]);
    expect(subject.task.watermark).toBe(22);
  });

  test('records of a new task count as its word that it is there', () => {
    const subject = new Subject(3);
    subject.task = subject.create(2);
    subject.receive([of(0, 2, 5), of(1, 2, 5)]);
    subject.feed(2, '8,a,100');
    subject.receive([of(0, 2, 15), of(1, 2, 15)]);
    expect(subject.task.watermark).toBe(8);
    expect(subject.receive([of(2, 3, 12)])).toEqual([[0, 10, 'a', 100]]);
  });

  test('a smaller number than before changes nothing: it is an old word', () => {
    const subject = new Subject(2);
    subject.receive([of(0, 3, 15), of(1, 2, 15)]);
    expect(subject.task.watermark).toBe(-Infinity);
  });

  test('a restored task knows from its state whom it waits for, and where its clock stood', () => {
    const subject = new Subject(3);
    subject.task = subject.create(2);
    subject.receive([of(0, 2, 15), of(1, 2, 15), of(0, 3, 25), of(1, 3, 25)]);
    subject.restore(2);
    expect(subject.task.watermark).toBe(15);
    subject.receive([of(0, 2, 26), of(1, 2, 26)]);
    expect(subject.task.watermark).toBe(15);
    subject.receive([of(2, 3, 21)]);
    expect(subject.task.watermark).toBe(21);
    subject.restore(5);
    subject.receive([of(2, 3, 26)]);
    expect(subject.task.watermark).toBe(26);
  });
});

describe('ShuffleTask of records', () => {
  test('takes them in the order of event time, source partition and offset, whoever came first', () => {
    const subject = new Subject(2, DEDUPLICATED);
    expect(subject.feed(1, '5,a,1', '5,b,10')).toEqual([]);
    subject.restore(2);
    subject.feed(0, '5,b,20', '7,a,2', '6,a,3', '12,c,1');
    expect(subject.feed(1, '12,d,1')).toEqual([
      [0, 10, 'a', 1],
      [0, 10, 'b', 20],
    ]);
    expect(subject.results.duplicates).toEqual(['1/1', '0/2', '0/1']);
  });

  test('knows the end of the window of a record that it holds', () => {
    const subject = new Subject(2, DEDUPLICATED);
    subject.feed(1, '5,a,1', '14,b,10');
    expect(subject.task.lastOpenEnd()).toBe(20);
  });
});

describe('ShuffleTask in front of another', () => {
  test('passes its own watermark on, and only when a boundary was passed', () => {
    const schema = { ...SPEC.schema, fields: [...FIELDS, { name: 'OTHER', type: 'string' }] };
    const plan = planOf({
      schema,
      steps: [{ name: 'once', deduplicate: { by: ['KEY'] } }],
      window: { ...TUMBLING, groupBy: ['OTHER'] },
    });
    const results = new TaskResults(plan);
    const task = new ShuffleTask(plan, { stage: 1, task: 4, upstreams: 1, nextPartitions: 2 }, results);
    expect(plan.stages.map(({ output }) => output)).toEqual(['records', 'groups', 'rows']);
    task.onBatch(messagesOf([watermarkFrame(0, 1, 12)]));
    expect(task.commit()).toEqual([[watermarkFrame(4, 5, 12)], [watermarkFrame(4, 5, 12)]]);
    task.onBatch(messagesOf([watermarkFrame(0, 1, 19)], { from: 1 }));
    expect(task.commit()).toEqual([[], []]);
    task.onBatch(messagesOf([watermarkFrame(0, 1, 20)], { from: 2 }));
    expect(task.commit()).toEqual([[watermarkFrame(4, 5, 20)], [watermarkFrame(4, 5, 20)]]);
    task.setTasks(8);
    expect(task.commit()).toEqual([[watermarkFrame(4, 8, 20)], [watermarkFrame(4, 8, 20)]]);
    task.setTasks(8);
    expect(task.commit()).toEqual([[], []]);
  });
});
