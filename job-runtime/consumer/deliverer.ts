/**
 * Brings sealed batches to a sink outside the log: after the commit that sealed them, in order for each task, and
 * acknowledged with a later commit. A batch that was delivered and not yet acknowledged when the process died is
 * delivered again under the same name, which the sink recognises.
 */
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { RunningTask } from './running-task.ts';

/** So many sealed batches of one task may wait; then it reads no more until the sink has taken some. */
const MOST_WAITING = 16;

export interface SealedOfTask {
  readonly running: RunningTask;
  /** The oldest first. */
  readonly batches: readonly SealedBatch[];
}

/** What waits for the sink, of one task. */
interface Waiting {
  readonly batches: SealedBatch[];
  /** Taken by the sink, and not said so in a commit yet. */
  delivered: number;
  /** Until all of it is with the sink. */
  writing: Promise<void> | undefined;
}

export class Deliverer {
  private readonly context: ConsumerContext;
  private waiting = new Map<RunningTask, Waiting>();
  private failure: unknown;

  constructor(context: ConsumerContext) {
    this.context = context;
  }

  /** What was sealed since the last call: it goes into the commit that is being taken, and is delivered behind it. */
  sealed(tasks: readonly RunningTask[]): readonly SealedOfTask[] {
    return tasks.flatMap((running) => {
      const batches = running.target?.outbox?.take() ?? [];
      return batches.length > 0 ? [{ running, batches }] : [];
    });
  }

  /** Delivers in the background what was sealed in a commit that succeeded. */
  deliver(sealed: readonly SealedOfTask[]): void {
    for (const { running, batches } of sealed) {
      let waiting = this.waiting.get(running);
      if (!waiting) this.waiting.set(running, (waiting = { batches: [], delivered: 0, writing: undefined }));
      waiting.batches.push(...batches);
      waiting.writing ??= this.write(waiting, this.waiting);
    }
  }

  /** Takes what was delivered out of the outboxes: the next commit says so. */
  acknowledge(): void {
    for (const [running, waiting] of this.waiting) {
      if (waiting.delivered === 0) continue;
      running.target!.outbox!.delivered(waiting.delivered);
      running.touch();
      waiting.delivered = 0;
    }
  }

  /** Resolves when everything is with the sink. */
  async drain(): Promise<void> {
    await Promise.all([...this.waiting.values()].map(({ writing }) => writing));
    this.expectHealthy();
    this.acknowledge();
  }

  isHeldUp(running: RunningTask): boolean {
    return (this.waiting.get(running)?.batches.length ?? 0) >= MOST_WAITING;
  }

  expectHealthy(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Forgets tasks that are gone; what is being written to the sink may end as it likes. */
  drop(): void {
    this.failure = undefined;
    this.waiting = new Map();
  }

  /** `of`: what waited when it began; something else once the tasks were dropped. */
  private async write(waiting: Waiting, of: Deliverer['waiting']): Promise<void> {
    const { delivery, observer, now } = this.context;
    if (delivery.kind !== 'outbox') return;
    try {
      for (let next = waiting.batches[0]; next && of === this.waiting; next = waiting.batches[0]) {
        const begin = now();
        await delivery.sink.write(next);
        observer.delivered(now() - begin);
        waiting.batches.shift();
        waiting.delivered++;
      }
    } catch (error) {
      if (of === this.waiting) this.failure ??= error;
    } finally {
      waiting.writing = undefined;
    }
  }
}
