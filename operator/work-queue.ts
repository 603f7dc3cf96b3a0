/**
 * The keys that want a pass, each once however often it was added. One key is never worked on twice at a time; one that
 * is added while it is worked on has another turn afterwards, since what changed may have come too late for the first.
 * Each key has at most one next turn, the soonest that was asked for: a pass decides anew when to look again.
 */

/** The clock that the queue lives by; tests have their own. */
export interface QueueTimers {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls `run` soon, and after what waits for the event loop, so that many short passes leave it time. */
  soon(run: () => void): void;
  /** Calls `run` once `delayMillis` have passed; returns how to call it off. */
  after(delayMillis: number, run: () => void): () => void;
}

export const SYSTEM_TIMERS: QueueTimers = {
  now: () => performance.now(),
  soon: (run) => void setImmediate(run),
  after: (delayMillis, run) => {
    const timer = setTimeout(run, delayMillis);
    return () => clearTimeout(timer);
  },
};

export interface WorkQueueOptions {
  readonly timers: QueueTimers;
  /** In [0, 1): spreads the pauses, so that keys that failed together do not come back together. */
  readonly random: () => number;
  /** Told of what a handler threw, and of when the key comes again. Must not throw itself. */
  readonly onThrow: (key: string, error: unknown, retryMillis: number) => void;
}

export type Handler = (key: string) => Promise<void>;

export interface QueueState {
  readonly loop: 'notStarted' | 'working' | 'ended';
  /** Keys that could be worked on now, if there were a free worker. */
  readonly depth: number;
  /** How long the first of them has waited; 0 for none. Counts while the queue is worked on only. */
  readonly oldestWaitingMillis: number;
  /** Passes under way, and for how long the longest of them; 0 for none. */
  readonly running: number;
  readonly longestRunMillis: number;
  /** Since a pass last began, or the loop. */
  readonly sinceLastStartMillis: number;
}

const BASE_MILLIS = 250;
const LONGEST_PAUSE_MILLIS = 60_000;
/** A timer of Node with more than that fires at once. */
const LONGEST_TIMER_MILLIS = 2 ** 31 - 1;

interface Run {
  readonly since: number;
  isWantedAgain: boolean;
}

interface Loop {
  readonly workers: number;
  readonly handle: Handler;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  readonly resolve: () => void;
}

export class WorkQueue {
  private readonly options: WorkQueueOptions;
  /** Since when each waits; the first came first. A key is here, in `delayed`, or wanted again in `running`, or none. */
  private readonly waiting = new Map<string, number>();
  private readonly running = new Map<string, Run>();
  private readonly delayed = new Map<string, { readonly dueAt: number; readonly cancel: () => void }>();
  /** Failures in a row. */
  private readonly failures = new Map<string, number>();
  private loop: Loop | undefined;
  private hasEnded = false;
  private isWoken = false;
  private lastStartAt = -Infinity;

  constructor(options: WorkQueueOptions) {
    this.options = options;
  }

  /** Wants a pass that begins after now. */
  add(key: string): void {
    this.delayed.get(key)?.cancel();
    this.delayed.delete(key);
    const run = this.running.get(key);
    if (run) {
      run.isWantedAgain = true;
      return;
    }
    if (this.waiting.has(key)) return;
    this.waiting.set(key, this.options.timers.now());
    this.wake();
  }

  /** As `add`, in `delayMillis`; nothing where the key has its next turn sooner. Throws a RangeError on NaN. */
  addAfter(key: string, delayMillis: number): void {
    if (Number.isNaN(delayMillis)) throw new RangeError(`no time to look at ${key} again`);
    if (this.waiting.has(key) || this.running.get(key)?.isWantedAgain) return;
    const { timers } = this.options;
    const millis = Math.min(Math.max(delayMillis, 0), LONGEST_TIMER_MILLIS);
    const dueAt = timers.now() + millis;
    const earlier = this.delayed.get(key);
    if (earlier && earlier.dueAt <= dueAt) return;
    earlier?.cancel();
    this.delayed.set(key, { dueAt, cancel: timers.after(millis, () => this.add(key)) });
  }

  /** The key comes again after a pause that doubles with each failure in a row. Returns the pause in milliseconds. */
  failed(key: string): number {
    const count = this.failures.get(key) ?? 0;
    this.failures.set(key, count + 1);
    const full = Math.min(BASE_MILLIS * 2 ** count, LONGEST_PAUSE_MILLIS);
    const millis = full * (0.5 + this.options.random() / 2);
    this.addAfter(key, millis);
    return millis;
  }

  /** The next failure is the first again. */
  succeeded(key: string): void {
    this.failures.delete(key);
  }

  /**
   * Works the keys off, in the order of their coming, until `signal`; resolves when no pass is under way any more, and
   * forgets what was to come later. `handle` says by `failed` or `succeeded` how it went; one that throws has failed.
   */
  async run(workers: number, handle: Handler, signal: AbortSignal): Promise<void> {
    if (this.loop) throw new Error('the queue is worked on already');
    const onAbort = (): void => this.wake();
    signal.addEventListener('abort', onAbort, { once: true });
    await new Promise<void>((resolve) => {
      this.loop = { workers, handle, signal, startedAt: this.options.timers.now(), resolve };
      this.wake();
    });
    signal.removeEventListener('abort', onAbort);
  }

  state(): QueueState {
    const now = this.options.timers.now();
    const startedAt = this.loop?.startedAt ?? now;
    const [oldest = now] = this.waiting.values();
    const longest = Math.min(now, ...[...this.running.values()].map(({ since }) => since));
    return {
      loop: this.loop ? 'working' : this.hasEnded ? 'ended' : 'notStarted',
      depth: this.waiting.size,
      oldestWaitingMillis: now - Math.max(oldest, startedAt),
      running: this.running.size,
      longestRunMillis: now - longest,
      sinceLastStartMillis: now - Math.max(this.lastStartAt, startedAt),
    };
  }

  private wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    this.options.timers.soon(() => {
      this.isWoken = false;
      if (this.loop) this.turn(this.loop);
    });
  }

  /** Begins as many passes as there are free workers. */
  private turn(loop: Loop): void {
    if (loop.signal.aborted) {
      if (this.running.size === 0) this.end(loop);
      return;
    }
    for (const key of this.waiting.keys()) {
      if (this.running.size >= loop.workers) return;
      void this.work(key, loop.handle);
    }
  }

  private async work(key: string, handle: Handler): Promise<void> {
    const now = this.options.timers.now();
    const run = { since: now, isWantedAgain: false };
    this.lastStartAt = now;
    this.waiting.delete(key);
    this.running.set(key, run);
    try {
      await handle(key);
    } catch (error) {
      this.options.onThrow(key, error, this.failed(key));
    } finally {
      this.running.delete(key);
      if (run.isWantedAgain) this.add(key);
      this.wake();
    }
  }

  private end(loop: Loop): void {
    for (const { cancel } of this.delayed.values()) cancel();
    this.delayed.clear();
    this.loop = undefined;
    this.hasEnded = true;
    loop.resolve();
  }
}
