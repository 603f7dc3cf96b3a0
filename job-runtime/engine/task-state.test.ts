/** The whole state of a task as chunks, with its closing section. */
import { describe, expect, test } from '@jest/globals';
import { StateLog, bytesOf, restoreInto, stateOf } from '../../test/builders/task-state.ts';
import { batchOf } from '../../test/builders/records.ts';
import type { SpecPatch } from '../../test/builders/stream-job.ts';
import { TUMBLING, planOf } from '../../test/builders/stream-job.ts';
import { TaskResults } from '../../test/builders/task-results.ts';
import { ChangeWriter, readChunk } from './changes.ts';
import type { ChangingState } from './changes.ts';
import { SourceTask } from './source-task.ts';

const once = { name: 'once', deduplicate: { by: ['KEY', 'VALUE'] } };
const change = { name: 'change', delta: { by: ['KEY'], fields: { CHANGE: 'VALUE' } } };
const WINDOW: SpecPatch = { window: TUMBLING };
const SLIDING = { ...TUMBLING, type: 'sliding', slide: '5ms' };
const ALL: SpecPatch = { window: SLIDING, steps: [{ name: 'keep', filter: 'VALUE > 0' }, once, change] };

const task = (spec: SpecPatch, state?: ChangingState): SourceTask => {
  const plan = planOf(spec);
  return new SourceTask(plan, 0, 0, Object.assign(new TaskResults(plan), { state }));
};

/** An output that keeps a counter. */
class Counter implements ChangingState {
  value = 0;
  isRestored = false;
  writeChanges(): void {}
  applyChanges(): void {}
  writeClosing(out: Parameters<ChangingState['writeClosing']>[0]): void {
    out.varint(this.value);
  }
  applyClosing(from: Parameters<ChangingState['applyClosing']>[0]): void {
    this.value = from.varint();
  }
  endRestore(): void {
    this.isRestored = true;
  }
  liveBytes(): number {
    return 1000;
  }
}

const sectionsOf = (chunks: readonly Uint8Array[]): number[] => {
  const sections: number[] = [];
  for (const chunk of chunks) readChunk(chunk, (section) => sections.push(section));
  return sections;
};

describe('TaskState', () => {
  test('names its sections by what they hold, and ends with the closing one', () => {
    const subject = task(ALL);
    subject.onBatch(batchOf(['1,a,1', '6,a,2', '12,b,3']), 1000);
    expect(sectionsOf(stateOf(subject))).toEqual([17, 18, 3, 2, 1]);
  });

  test('a commit in which nothing happened is its closing section', () => {
    const subject = task(ALL);
    subject.onBatch(batchOf(['1,a,1', '6,a,2', '12,b,3']), 1000);
    const log = new StateLog();
    log.commit(subject);
    log.commit(subject);
    expect(log.bytes(2)).toBeLessThan(64);
    expect(log.restore(task(ALL)).position).toBe(3);
  });

  test('what the output keeps is part of it', () => {
    const counter = new Counter();
    counter.value = 5;
    const subject = task(WINDOW, counter);
    const restored = new Counter();
    restoreInto(task(WINDOW, restored), stateOf(subject));
    expect(restored).toMatchObject({ value: 5, isRestored: true });
    expect(subject.liveBytes()).toBeGreaterThan(1000);
  });

  test('tells about how long it is when all is written', () => {
    const subject = task(ALL);
    const record = (i: number): string => `${i % 30},k${i % 777},${i + 1}`;
    subject.onBatch(batchOf(Array.from({ length: 5000 }, (_, i) => record(i))), 1000);
    const log = new StateLog();
    log.commit(subject);
    const whole = bytesOf(stateOf(subject));
    expect(subject.liveBytes() / whole).toBeCloseTo(1, 1);
    const restored = log.restore(task(ALL));
    expect(restored.liveBytes() / whole).toBeCloseTo(1, 1);
  });

  test('is refused where it belongs to another job, or ends in the middle of a commit', () => {
    const subject = task(ALL);
    subject.onBatch(batchOf(['1,a,1', '6,a,2', '12,b,3']), 1000);
    expect(() => restoreInto(task(WINDOW), stateOf(subject))).toThrow('section 17, which this job does not keep');
    const out = new ChangeWriter(1, 1);
    subject.writeChanges(out, Infinity);
    expect(() => restoreInto(task(ALL), out.take().slice(0, -1))).toThrow('in the middle of a commit');
    const more = stateOf(task(WINDOW, new Counter()));
    expect(() => restoreInto(task(WINDOW), more)).toThrow('section 1 of a state chunk holds more than this job keeps');
  });
});
