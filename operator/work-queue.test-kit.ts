/** A queue in fake time, for its tests. */
import { WorkQueue } from './work-queue.ts';
import type { Handler, QueueTimers } from './work-queue.ts';

/** Time that passes when the test says so; what a turn leads to has settled before the next instant. */
export class FakeTimers implements QueueTimers {
  private time = 0;
  private readonly due: { at: number; run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  after(delayMillis: number, run: () => void): () => void {
    const entry = { at: this.time + delayMillis, run };
    this.due.push(entry);
    return () => {
      const index = this.due.indexOf(entry);
      if (index >= 0) this.due.splice(index, 1);
    };
  }

  wait(millis: number): Promise<void> {
    return new Promise((resolve) => this.after(millis, resolve));
  }

  async advance(millis: number): Promise<void> {
    const end = this.time + millis;
    for (;;) {
      await new Promise(setImmediate);
      const next = this.due.reduce((least, entry) => (entry.at < least.at ? entry : least), this.due[0]!);
      if (next === undefined || next.at > end) break;
      this.due.splice(this.due.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = end;
  }

  get pending(): number {
    return this.due.length;
  }
}

export interface World {
  readonly timers: FakeTimers;
  readonly queue: WorkQueue;
  /** `KEY@MILLIS` of each pass that began. */
  readonly began: string[];
  readonly thrown: string[];
  readonly stop: () => Promise<void>;
}

export interface Setting {
  readonly workers?: number;
  readonly random?: number;
  readonly handle?: (key: string, queue: WorkQueue, timers: FakeTimers) => Promise<void> | void;
}

export function start({ workers = 1, random = 1, handle = () => undefined }: Setting = {}): World {
  const timers = new FakeTimers();
  const thrown: string[] = [];
  const queue = new WorkQueue({
    timers,
    random: () => random,
    onThrow: (key, error, millis) => void thrown.push(`${key}: ${(error as Error).message}, again in ${millis}`),
  });
  const began: string[] = [];
  const stop = new AbortController();
  const work: Handler = async (key) => {
    began.push(`${key}@${timers.now()}`);
    await handle(key, queue, timers);
  };
  const ended = queue.run(workers, work, stop.signal);
  return {
    timers,
    queue,
    began,
    thrown,
    stop: async () => {
      stop.abort();
      await timers.advance(1e6);
      await ended;
    },
  };
}
