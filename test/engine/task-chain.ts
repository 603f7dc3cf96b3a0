/** One task of each stage in a row, fed with many records: for tests that look at size and time, not at values. */
import type { SpecPatch } from '../builders/stream-job.ts';
import { planOf } from '../builders/stream-job.ts';
import { bytesOf, restoreInto, stateOf } from '../builders/task-state.ts';
import { RowCounter } from '../builders/task-results.ts';
import { ShuffleTask } from '../../job-runtime/engine/shuffle-task.ts';
import { SourceTask } from '../../job-runtime/engine/source-task.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';

export class TaskChain {
  readonly output: RowCounter;
  /** The longest message between stages. */
  longestMessage = 0;
  private source: SourceTask;
  private later: ShuffleTask[];
  private readonly create: () => { source: SourceTask; later: ShuffleTask[] };
  private readonly positions: number[];

  /** `summed`: the result column whose sum is kept. */
  constructor(spec: SpecPatch, summed = '') {
    const plan = planOf(spec);
    this.output = new RowCounter(plan.resultFields.find(({ name }) => name === summed)?.slot);
    const last = plan.stages.length - 1;
    this.create = () => ({
      source: new SourceTask(plan, 0, last > 0 ? 1 : 0, this.output),
      later: plan.stages.slice(1).map((_, i) => {
        const place = { stage: i + 1, task: 0, upstreams: 1, nextPartitions: i + 1 < last ? 1 : 0 };
        return new ShuffleTask(plan, place, this.output);
      }),
    });
    ({ source: this.source, later: this.later } = this.create());
    this.positions = plan.stages.map(() => 0);
  }

  /** Feeds records from … to − 1 in batches, each followed by a commit of all stages. */
  feed(from: number, to: number, record: (i: number) => string, batch = 10_000): this {
    for (let start = from; start < to; start += batch) {
      const builder = new RecordBuilder(batch, batch * 32);
      for (let i = start; i < Math.min(to, start + batch); i++) builder.append(null, Buffer.from(record(i)), 0);
      this.source.onBatch(builder.toBatch(0, this.positions[0]!), Infinity);
      this.positions[0]! += builder.count;
      this.commit();
    }
    return this;
  }

  end(): this {
    this.source.raise(Infinity);
    this.commit();
    return this;
  }

  /** Bytes of the living state of all tasks: written twice, since the first time may say what has died. */
  get stateBytes(): number {
    const tasks = [this.source, ...this.later];
    tasks.forEach(stateOf);
    return tasks.reduce((sum, task) => sum + bytesOf(stateOf(task)), 0);
  }

  restore(): this {
    const states = [this.source, ...this.later].map(stateOf);
    ({ source: this.source, later: this.later } = this.create());
    [this.source, ...this.later].forEach((task, stage) => restoreInto(task, states[stage]!));
    return this;
  }

  private commit(): void {
    let messages = this.source.commit()[0] ?? [];
    for (const [index, task] of this.later.entries()) {
      const builder = new RecordBuilder();
      for (const message of messages) {
        this.longestMessage = Math.max(this.longestMessage, message.length);
        builder.append(null, message, 0);
      }
      if (builder.count > 0) task.onBatch(builder.toBatch(0, this.positions[index + 1]!));
      this.positions[index + 1]! += builder.count;
      messages = task.commit()[0] ?? [];
    }
    if (this.later.length === 0) this.source.commit();
  }
}
